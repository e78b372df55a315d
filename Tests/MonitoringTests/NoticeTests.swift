import FoundationEssentials
import Operations
import Testing
import Threads

@testable import Monitoring

@Suite struct NoticeTests {
    private func event(_ code: Int32, after before: Int32?, live: Bool = false) -> Notice.Event? {
        Notice.event(
            of: run("backup", code, .done),
            after: before.map { run("backup", $0, .done, ago: 9000) },
            changesLive: live
        )
    }

    @Test func eventsFollowFromTwoRuns() {
        #expect(event(0, after: nil) == .succeeded)
        #expect(event(0, after: 0) == .succeeded)
        #expect(event(0, after: 1) == .recovered)
        #expect(event(0, after: 21) == .recovered)
        #expect(event(1, after: 0) == .failed && event(1, after: 1) == .failed)
        #expect(event(3, after: 0) == .failed && event(22, after: 0) == .failed)
        #expect(event(21, after: 0) == .reverted)
        #expect(event(75, after: 1) == nil && event(11, after: 0) == nil)
        #expect(event(0, after: 1, live: true) == .restored)
        #expect(event(21, after: 0, live: true) == .reverted)
    }

    @Test func aKilledRunIsToldAsItself() {
        var standing = healthy
        standing.unfinished = ["the operation x"]
        standing.snapshots?.damaged = ["snapshots/a.json"]
        let notice = Notice(.unfinished, of: standing, host: "host")
        #expect(notice.title == "UNFINISHED run of demo (exit 24)" && notice.isAlarm)
        #expect(notice.firstError == "the operation x did not come to its end")
    }

    @Test func onlyANewWarningIsTold() {
        let known = Outcome.Problem(code: "shrunk", component: "memory", message: "a")
        let other = Outcome.Problem(code: "shrunk", component: "rbac", message: "a")
        let before = run("backup", 0, .done, ago: 9000, warnings: [known])
        func event(_ warnings: [Outcome.Problem]) -> Notice.Event? {
            Notice.event(
                of: run("backup", 0, .done, warnings: warnings),
                after: before,
                changesLive: false
            )
        }
        #expect(event([known]) == .succeeded)
        #expect(event([known, other]) == .warning)
        #expect(event([]) == .succeeded)
    }

    /// Whoever captured one component by hand, or proved one snapshot, has not mended the night.
    @Test func onlyARunOverAsMuchRecovers() {
        func event(_ outcome: Outcome, after before: Outcome) -> Notice.Event? {
            Notice.event(of: outcome, after: before, changesLive: false)
        }
        var partial = run("backup", 0, .done)
        partial.facts.figures["partial"] = 1
        #expect(event(partial, after: run("backup", 3, .incomplete, ago: 9000)) == .succeeded)
        let damaged = proving([], ago: 9000, code: 20)
        #expect(event(run("verify", 0, .done), after: damaged) == .succeeded)
        #expect(event(proving([.quick], ago: 60), after: damaged) == .recovered)
        let alone = run("verify", 20, .damaged, ago: 9000)
        #expect(event(run("verify", 0, .done), after: alone) == .recovered)
    }

    private var failed: Notice {
        var outcome = run("backup", 3, .incomplete)
        outcome.errors = [
            .init(code: "failed", component: "memory", message: "/mnt/e/secret-path: gone")
        ]
        outcome.firstError = "/mnt/e/secret-path: gone <b> & co"
        outcome.facts.tag = "2026.01.14"
        outcome.next = "recover backup"
        return Notice(.failed, of: outcome)
    }

    @Test func theCardHasWhatAPersonNeeds() throws {
        let card = String(decoding: NoticeBody.teams(failed), as: UTF8.self)
        for text in [
            #""type":"message""#, #""contentType":"application/vnd.microsoft.card.adaptive""#,
            #""type":"AdaptiveCard""#, "FAILED backup of demo (exit 3)", "2026.01.14",
            "failed memory", "recover backup", "secret-path", failed.id ?? "?",
        ] {
            #expect(card.contains(text), "\(text)")
        }
        _ = try JSONSerialization.check(NoticeBody.teams(failed))
        _ = try JSONSerialization.check(NoticeBody.webhook(failed))
        let slack = String(decoding: NoticeBody.slack(failed), as: UTF8.self)
        #expect(slack.contains("&lt;b&gt; &amp; co"))
    }

    @Test func aPingHasCodesAndNobodysWords() {
        let body = String(decoding: NoticeBody.ping(failed, limitBytes: 10_000), as: UTF8.self)
        #expect(body.contains("exit 3") && body.contains("- failed memory"))
        #expect(!body.contains("/mnt") && !body.contains("secret-path"))
        let short = NoticeBody.ping(failed, limitBytes: 10)
        #expect(short.count == 10)
        var korean = failed
        korean.tag = "백업"
        for limit in 0..<120 {
            let bytes = NoticeBody.ping(korean, limitBytes: limit)
            #expect(bytes.count <= limit && String(validating: bytes, as: UTF8.self) != nil)
        }
    }

    @Test func aSecretURLIsNeverSaid() {
        let url = "http://127.0.0.1:9/workflows/s3cr3t?sig=t0ken"
        let fault = NoticeChannel(.teams, url: url, cancellation: .init()).tell(failed) ?? ""
        #expect(fault.contains("127.0.0.1") && fault.contains("teams was not told"))
        #expect(!fault.contains("s3cr3t") && !fault.contains("t0ken"))
        let ping = PingChannel(url: url, cancellation: .init()).start() ?? ""
        #expect(ping.contains("127.0.0.1") && !ping.contains("s3cr3t"))
    }
}

extension JSONSerialization {
    static func check(_ bytes: [UInt8]) throws {
        struct Anything: Decodable {}
        _ = try JSONDecoder().decode(Anything.self, from: Data(bytes))
    }
}

enum JSONSerialization {}
