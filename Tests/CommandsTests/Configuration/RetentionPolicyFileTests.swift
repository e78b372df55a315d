import FoundationEssentials
import Retention
import Testing

@testable import Commands

struct RetentionPolicyFileTests {
    private func file(_ name: String) throws -> String {
        try String(
            contentsOf: packageFolder.appending(path: "retention/\(name).yaml"),
            encoding: .utf8
        )
    }

    @Test func theCompiledPoliciesAreTheFiles() throws {
        let folder = packageFolder.appending(path: "retention").path()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
        #expect(names.sorted() == RetentionPolicyFile.compiled.map(\.name))
        for (name, text) in RetentionPolicyFile.compiled { #expect(try file(name) == text) }
    }

    @Test(arguments: ["nightly", "releases", "safety"])
    func everyFileLoads(name: String) throws {
        let text = try file(name)
        let policy = try RetentionPolicyFile.parse(bytes: Array(text.utf8), fileName: name)
        #expect(policy == RetentionPolicyFile.compiled(name))
        #expect(policy.keepVerified == 3 && policy.trashDays == 7)
        #expect(policy.safety.last == 3 && policy.safety.within == .seconds(14 * 86_400))
    }

    @Test func nightlyKeepsAHalfYear() throws {
        let keep = try #require(RetentionPolicyFile.compiled("nightly")).keep
        #expect(keep.daily == 7 && keep.weekly == 4 && keep.monthly == 6)
        #expect(keep.last == 0 && keep.hourly == 0 && keep.yearly == 0 && keep.within == .zero)
    }

    @Test func releasesKeepEveryTag() throws {
        let policy = try #require(RetentionPolicyFile.compiled("releases"))
        #expect(policy.perTag.last == 1 && policy.keep.yearly == 2)
        #expect(Set(policy.perReason.keys) == ["pre-deploy", "pre-migration"])
        #expect(policy.perReason["pre-migration"]?.within == .seconds(90 * 86_400))
    }

    @Test func inlineAndNamedPoliciesAreTheSame() throws {
        let inline = try configuration(
            head + "retention: {keep: {daily: 7, weekly: 4, monthly: 6}}"
        )
        #expect(inline.retention == (try configuration(head)).retention)
        let own = try configuration(head + "retention: ours.yaml")
        #expect(own.retention == .file("/stacks/ours.yaml"))
    }

    @Test(arguments: [
        ("keep: {dayly: 1}", #"p.yaml:1:8: unknown key "dayly" in keep; did you mean daily?"#),
        ("keep_verified: 3", "p.yaml:1:1: missing key keep"),
        ("keep: {last: 0}", "p.yaml:1:7: keep keeps nothing; give at least one rule"),
        ("keep: {last: 1}\ntrash_days: 0", "p.yaml:2:13: trash_days must be at least 1"),
        ("keep: {last: 1}\nsafety: {last: 1}", "p.yaml:2:16: safety.last must be at least 3"),
        ("keep: {within: 9999999d}", "p.yaml:1:16: keep.within must be between 0d and 36500d"),
        (
            "keep: {last: 1}\nper_reason: {weekly: {last: 1}}",
            #"p.yaml:2:14: unknown key "weekly" in per_reason"#
        ),
        ("keep: [", "p.yaml:2:1: not valid YAML"),
    ])
    func refusesWithAPlace(text: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try RetentionPolicyFile.parse(bytes: Array(text.utf8), fileName: "p.yaml")
        }
        #expect(error.message == message)
    }
}
