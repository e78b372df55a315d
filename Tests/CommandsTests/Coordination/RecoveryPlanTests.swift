import Deployments
import Documents
import FoundationEssentials
import Operations
import Recovery
import Testing

@testable import Commands

@Suite struct RecoveryPlanTests {
    private static var plan: RecoveryPlan {
        var plan = RecoveryPlan(operation: "one", verb: "restore", stack: "test")
        plan.snapshot = "20260114T021000Z-1234"
        plan.tagBefore = "2026.01.15"
        plan.tag = "2026.01.14"
        var part = RecoveryPlan.Part(name: "memory", place: "/data", steps: ["replace /data"])
        part.loses = ["80 rows of p.db"]
        plan.parts = [part]
        plan.images = [
            .init(service: "api", name: "app:1", id: "sha256:aa", runningID: "sha256:bb"),
            .init(service: "front", name: "app:1", id: "sha256:aa", runningID: "sha256:aa"),
        ]
        plan.stops = ["worker", "api"]
        plan.starts = ["api", "worker"]
        plan.tagChange = .init(path: "/env", key: "TAG", from: "2026.01.15", to: "2026.01.14")
        plan.checks = ["api at http://localhost/health"]
        plan.outlook = ["note: the data is of yesterday"]
        return plan
    }

    @Test func itIsPrintedInTheOrderInWhichItHappens() {
        #expect(
            Self.plan.lines == [
                "take data from snapshot 20260114T021000Z-1234",
                "take a safety snapshot of what is there now", "memory: replace /data",
                "memory: loses 80 rows of p.db", "stop worker, api",
                "set TAG in /env from 2026.01.15 to 2026.01.14", "run api from app:1, sha256:aa",
                "start api, worker", "ask api at http://localhost/health",
                "note: the data is of yesterday",
            ]
        )
    }

    @Test func aLaterRunReadsTheSame() throws {
        let bytes = try JSONEncoder().encode(Self.plan)
        #expect(try JSONDecoder().decode(RecoveryPlan.self, from: bytes) == Self.plan)
    }

    @Test func anOverrideIsYAMLToo() throws {
        let text = ImageOverride.text(["api": "sha256:aa", "a \"b\"": "sha256:bb"], version: "2.4")
        let root = try YAMLNode(parsing: Array(text.utf8), name: "override")
        guard case .scalar(let image)? = root["services"]?["a \"b\""]?["image"]?.content,
            case .scalar(let version)? = root["version"]?.content
        else {
            Issue.record("an image and a version")
            return
        }
        #expect(image.text == "sha256:bb" && version.value == .text("2.4"))
    }

    @Test func linesThatCameAndWentAreCounted() {
        let counts = ConfigurationDrift.counts(
            from: Array("a\nb\nc\n".utf8),
            to: Array("a\nx\ny\nc\n".utf8)
        )
        #expect(counts.added == 2 && counts.removed == 1)
    }

    @Test func onlyRevisionsThatBothKnowAreCompared() {
        let now = [
            SchemaRevision(component: "memory", path: "p.db", userVersion: 1, alembic: "0010"),
            SchemaRevision(component: "memory", path: "new.db", userVersion: 1, alembic: nil),
            SchemaRevision(component: "rbac", path: "", userVersion: 3, alembic: nil),
        ]
        let then = ["memory/p.db": "0009", "rbac/": "user_version 3", "gone/x": "0001"]
        #expect(
            RollbackChoice.changedSchemas(now, then).map(\.text)
                == ["memory/p.db is at 0010, and was at 0009"]
        )
    }

    @Test func aServiceThatDoesNotAnswerIsNotGuessedAt() {
        func service(_ alembic: String?, fault: String? = nil) -> SchemaRevision {
            var schema = SchemaRevision(service: "db")
            (schema.alembic, schema.fault) = (alembic, fault)
            return schema
        }
        func changed(_ now: SchemaRevision, _ then: String) -> [String] {
            RollbackChoice.changedSchemas([now], ["service db": then]).map(\.text)
        }
        #expect(changed(service("0009"), "0009").isEmpty)
        #expect(changed(service(nil), "no revision").isEmpty)
        #expect(changed(service("0010"), "0009") == ["service db is at 0010, and was at 0009"])
        #expect(
            changed(service(nil), "0009") == ["service db is at no revision, and was at 0009"]
        )
        let paused = service(nil, fault: "no container of it runs")
        #expect(
            changed(paused, "0009")
                == ["service db is at unknown (no container of it runs), and was at 0009"]
        )
        #expect(
            changed(paused, "unknown").count == 1 && changed(service("1"), "unknown").count == 1
        )
        func refused(_ now: SchemaRevision, _ running: String) -> [String] {
            let all = RollbackChoice.changedSchemas([now], ["service db": "1"])
            let image = RecoveryPlan.Image(service: "db", name: "pg", id: "a", runningID: running)
            let (refused, warned) = RollbackChoice.divide(all, [image])
            #expect(refused.count + warned.count == all.count)
            return refused.map(\.text)
        }
        // It keeps its image: what it does not say now is worth a warning, what it says a refusal.
        #expect(refused(paused, "a").isEmpty && refused(paused, "b").count == 1)
        #expect(refused(service("2"), "a").count == 1)
        let failure = RollbackChoice.schemaFailure(
            RollbackChoice.changedSchemas([service("2")], ["service db": "1"]),
            "t"
        )
        // It would bring nothing of it back.
        #expect(failure.next?.contains("--with-data") == false)
        #expect(failure.next?.contains("--keep-data") == true)
        #expect(
            RecoveryPlanner.note(service("2"), then: "1").contains("is at 2, and was at 1 then")
        )
        #expect(RecoveryPlanner.note(paused, then: nil).contains("unknown (no container"))
    }

    @Test func theLastOneThatPassedIsProposed() {
        func candidate(_ tag: String, _ passed: Bool?, _ missing: [String] = [])
            -> RollbackChoice
            .Candidate
        {
            .init(tag: tag, passed: passed, isRunning: tag == "5", missing: missing)
        }
        let all = [
            candidate("5", true), candidate("4", false), candidate("3", nil),
            candidate("2", true, ["api"]), candidate("1", true),
        ]
        #expect(RollbackChoice.proposal(all)?.tag == "1")
        #expect(RollbackChoice.proposal(Array(all.prefix(4)))?.tag == "3")
        #expect(RollbackChoice.proposal(Array(all.prefix(2))) == nil)
    }

    @Test func aWayBackSaysNothingOfATag() {
        func outcome(_ verb: String, _ result: Outcome.Result, at stage: RecoveryState) -> Outcome {
            var facts = OperationFacts()
            (facts.tag, facts.stage) = ("14", stage.rawValue)
            return Outcome(
                operation: "one",
                verb: verb,
                stack: "test",
                host: "here",
                startedAt: "",
                finishedAt: "",
                durationSeconds: 1,
                exitCode: 0,
                result: result,
                facts: facts
            )
        }
        let failed = outcome("restore", .reverted, at: .health)
        for verb in ["resume", "abort"] {
            #expect(RollbackChoice.passed("14", [outcome(verb, .done, at: .smoke)]) == nil)
            #expect(RollbackChoice.passed("14", [failed, outcome(verb, .done, at: .tag)]) == false)
            #expect(
                RollbackChoice.passed("14", [failed, outcome(verb, .done, at: .commit)]) == true
            )
        }
        #expect(RollbackChoice.passed("14", [outcome("restore", .incomplete, at: .commit)]) == true)
        #expect(RollbackChoice.passed("14", [outcome("resume", .reverted, at: .smoke)]) == false)
        #expect(RollbackChoice.passed("13", [failed]) == nil)
    }
}
