import Files
import FoundationEssentials
import Operations
import Testing

@testable import Monitoring

@Suite struct MetricsTests {
    private let text = MetricsText(healthy, version: "0.1.0").text

    private func names(_ text: String) -> Set<String> {
        Set(text.matches(of: /recover_[a-z_]+/).map { String($0.output) })
    }

    @Test func everyMetricOfTheCatalogueIsWritten() {
        let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let written = Set(samples.map { String($0.prefix { $0 != "{" }) })
        #expect(written == Set(Metric.allCases.map(\.rawValue)))
    }

    @Test func samplesAreWhatTheStandingSays() {
        let newest = now.secondsSince1970 - 6 * 3600
        let yesterday = now.secondsSince1970 - 86_400
        for line in [
            #"recover_build_info{version="0.1.0"} 1"#,
            #"recover_operation_last_success_timestamp_seconds{stack="demo",operation="backup"} \#(newest)"#,
            #"recover_operation_last_outcome{stack="demo",operation="backup",outcome="ok"} 1"#,
            #"recover_operation_last_outcome{stack="demo",operation="backup",outcome="failed"} 0"#,
            #"recover_operations_total{stack="demo",operation="backup",outcome="ok"} 1"#,
            #"recover_component_items{stack="demo",component="memory"} 700"#,
            #"recover_snapshots{stack="demo",state="unverified"} 1"#,
            #"recover_verify_errors{stack="demo",level="full"} 0"#,
            #"recover_restore_downtime_seconds{stack="demo"} 37"#,
            #"recover_drill_rto_seconds{stack="demo"} 12.5"#,
            #"recover_operation_unfinished{stack="demo"} 0"#,
            #"recover_release_info{stack="demo",tag="2026.01.14"} 1"#,
            #"recover_health_check_up{stack="demo",check="http api"} 1"#,
            #"recover_health_check_up{stack="demo",check="containers web"} 0"#,
            #"recover_health_check_up{stack="demo",check="disk"} 1"#,
            #"recover_proof_last_success_timestamp_seconds{stack="demo",level="deep"} \#(yesterday)"#,
            #"recover_proof_allowed_age_seconds{stack="demo",level="quick"} 172800"#,
            #"recover_proof_allowed_age_seconds{stack="demo",level="deep"} 3024000"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }

    @Test func onlyOneOutcomeIsTrue() {
        for (code, word) in [(Int32(0), "ok"), (1, "failed"), (21, "reverted"), (3, "failed")] {
            var standing = healthy
            standing.operations = OperationStanding.all([run("backup", code, .done)])
            let lines = MetricsText(standing, version: "1").text.split(separator: "\n")
                .filter { $0.hasPrefix("recover_operation_last_outcome{") && $0.hasSuffix(" 1") }
            #expect(lines.count == 1 && lines[0].contains("outcome=\"\(word)\""))
        }
    }

    @Test func anUnreadableRepositoryHidesNothingElse() {
        var standing = healthy
        standing.snapshots = nil
        standing.repositoryBytes = nil
        let text = MetricsText(standing, version: "1").text
        #expect(text.contains("recover_operation_last_outcome"))
        #expect(!text.contains("recover_snapshots{"))
    }

    /// A file that has one sample twice is refused whole.
    @Test func ofTwoChecksOfOneNameTheWorseOneIsSaid() {
        var standing = healthy
        standing.health = [
            Check("http", "api", .fail, "503"), Check("http", "api", .pass, "200"),
            Check("http", nil, .pass, "200"),
        ]
        let lines = MetricsText(standing, version: "1").text.split(separator: "\n")
            .filter { $0.hasPrefix("recover_health_check_up{") }
        #expect(
            lines == [
                #"recover_health_check_up{stack="demo",check="http"} 1"#,
                #"recover_health_check_up{stack="demo",check="http api"} 0"#,
            ]
        )
        standing.health = []
        #expect(!MetricsText(standing, version: "1").text.contains("recover_health_check_up"))
    }

    /// Two folders of models may have versions and links of one name.
    @Test func noVersionIsSaidTwice() {
        var standing = healthy
        standing.models = [
            .init(version: "v1", alias: "current"), .init(version: "v1", alias: "last_good"),
            .init(version: "v1", alias: "current"), .init(version: "v2", alias: "last_good"),
        ]
        let lines = MetricsText(standing, version: "1").text.split(separator: "\n")
            .filter { $0.hasPrefix("recover_model_info{") }
        #expect(lines.count == 3 && Set(lines).count == 3)
    }

    @Test func labelsAreEscaped() {
        var standing = healthy
        standing.tag = "a\"b\\c\nd"
        let text = MetricsText(standing, version: "1").text
        #expect(text.contains(#"tag="a\"b\\c\nd"} 1"#))
    }

    @Test func dashboardAndRulesAskForNothingElse() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/monitoring")
        let known = Set(Metric.allCases.map(\.rawValue))
        for file in ["recover.rules.yml", "recover.dashboard.json"] {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            let asked = names(text)
            #expect(!asked.isEmpty && asked.isSubset(of: known), "\(asked.subtracting(known))")
        }
        let dashboard = folder.appending(path: "recover.dashboard.json")
        let shown = names(try String(contentsOf: dashboard, encoding: .utf8))
        let unseen: Set = [
            "recover_operation_last_attempt_timestamp_seconds",
            "recover_oldest_snapshot_timestamp_seconds",
            "recover_schedule_expected_interval_seconds",
        ]
        #expect(known.subtracting(shown) == unseen)
    }
}
