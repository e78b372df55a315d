import Operations
import Testing

@testable import Commands
@testable import Deployments

/// Which TAG ran, where nothing but images can tell.
@Suite struct TagOfImagesTests {
    private static func form() throws -> TagForm {
        let text = "version: 1\nstack: s\nrepository: /r\n"
        return TagForm(
            try Configuration.parse(bytes: Array(text.utf8), fileName: "f", folder: "/").release
        )
    }

    /// Services as a snapshot holds them: the name in the files, that of the container (nil is
    /// stopped) and the id.
    static func record(
        _ services: [(name: String, file: String, container: String?, id: String)],
        key: String? = nil
    ) throws -> DeploymentRecord {
        let names = services.map { "\"\($0.name)\"" }.joined(separator: ",")
        let text = services.map { service in
            let container = service.container.map {
                """
                {"id":"c","name":"c","service":"\(service.name)","image":"\($0)",
                 "image_id":"\(service.id)","state":"running","exit_code":0,"restart_count":0,
                 "restart_policy":"","started_at":"","environment_keys":[],"features":{}}
                """
            }
            return """
                {"name":"\(service.name)","image":"\(service.file)","image_id":"\(service.id)",
                 "containers":[\(container ?? "")]}
                """
        }.joined(separator: ",")
        let value = key.map { ",\"value\":\"\($0)\"" } ?? ""
        let lists =
            key == nil
            ? "\"services\":[],\"literal_services\":[\(names)]"
            : "\"services\":[\(names)],\"literal_services\":[]"
        let document = """
            {"schema":"recover-deployment/1","taken_at":"","files":[],"profiles":[],
             "environment_files":[],"tag":{"key":"TAG"\(value),\(lists)},
             "services":[\(text)],"schemas":[],"problems":[]}
            """
        return try #require(DeploymentRecord(Array(document.utf8)))
    }

    @Test func theOneTagThatNamesHaveInCommon() throws {
        let form = try Self.form()
        #expect(
            form.common(of: ["app:2026.01.15", "front:2026.01.15", "qdrant:v1.9"]) == "2026.01.15"
        )
        #expect(form.common(of: ["app:2026.01.15", "front:2026.01.14"]) == nil)
        #expect(form.common(of: ["app:2026.01.15", "sha256:00ff00ff00ff"]) == nil)
        #expect(form.common(of: ["app:latest", "localhost:5000/app"]) == nil)
        #expect(TagForm.tags(of: ["a:1", "b:1", "sha256:00", "c"]) == ["1"])
    }

    @Test func whatRanIsNotWhatASnapshotIsCalled() throws {
        let form = try Self.form()
        func ran(_ file: String, _ container: String?, key: String? = nil) throws -> String? {
            try Self.record([("api", file, container, "sha256:aa")], key: key).tagThatRan(form)
        }
        #expect(try ran("app:2026.01.15", "app:2026.01.15") == "2026.01.15")
        // The file was edited, and `up` not run yet.
        #expect(try ran("app:2026.01.16", "app:2026.01.15") == "2026.01.15")
        #expect(
            try ran("app:2026.01.16", "app:2026.01.15", key: "2026.01.16") == "2026.01.15"
        )
        #expect(try ran("app:2026.01.15", nil) == "2026.01.15")
        // Started by its id, as after a rollback: what the file names is not what runs.
        #expect(try ran("app:2026.01.15", "sha256:aa") == nil)
        #expect(try ran("app:2026.01.15", "sha256:aa", key: "2026.01.15") == "2026.01.15")
        // Of another form the key alone tells.
        #expect(try ran("app:v2-gpu", "app:v2-gpu", key: "v2") == "v2")
        #expect(try ran("app:latest", "app:latest") == nil)
        // A key that no image uses says nothing: the name of the snapshot counts.
        var unused = try Self.record([("api", "app:v14", "app:v14", "sha256:aa")])
        unused.tag.value = "2025.12.01"
        #expect(unused.tagThatRan(form) == nil)
    }

    @Test func dataOfATagIsThatUnderWhichItRan() {
        let ran = ["old": "2026.01.14", "newest": "2026.01.15"]
        func own(_ called: [String]) -> [String] {
            SnapshotChoice.own(called, "2026.01.14") { ran[$0] }
        }
        #expect(own(["old", "newest"]) == ["old"])
        #expect(own(["old", "silent", "newest"]) == ["old", "silent"])
        // The name alone, where nothing else is there.
        #expect(own(["newest"]) == ["newest"])
    }

    @Test func anImageThatIsHereMakesATag() {
        let services = [ComposeService(name: "api"), ComposeService(name: "front")]
        func isHere(_ names: [String]) -> Bool {
            RollbackChoice.hasImage(services, names) { $0.name == "api" ? "sha256:aa" : nil }
        }
        #expect(isHere([]) && isHere(["api"]) && !isHere(["front"]))
        #expect(!RollbackChoice.hasImage([], []) { _ in "sha256:aa" })
    }

    @Test func whatIsStoppedSaysNothingBesideWhatRuns() throws {
        var record = try Self.record(
            [
                ("api", "app:2026.01.15", "app:2026.01.14", "a"),
                ("job", "job:2026.01.15", nil, "j"),
            ],
            key: "2026.01.15"
        )
        #expect(record.tagThatRan(try Self.form()) == "2026.01.14")
        record.services.removeFirst()
        #expect(record.tagThatRan(try Self.form()) == "2026.01.15")
    }

    @Test func theWayBackIsAcceptedByWhatRan() throws {
        // The env file was edited, and `up` not run: the safety snapshot is called after the file.
        let form = try Self.form()
        let before = form.ran([("app:2026.01.15", "app:2026.01.14")], written: "2026.01.15")
        #expect(before == "2026.01.14")
        #expect(RollbackChoice.isOf("2026.01.14", called: "2026.01.15", ran: before))
        #expect(!RollbackChoice.isOf("2026.01.15", called: "2026.01.15", ran: before))
        #expect(RollbackChoice.isOf("2026.01.15", called: "2026.01.15", ran: nil))
        #expect(RollbackChoice.isOf("2026.01.14", called: nil, ran: nil))
        #expect(!RollbackChoice.isOf("2026.01.13", called: "2026.01.15", ran: before))
        #expect(!RollbackChoice.isOf("2026.01.13", called: nil, ran: before))
        // Started by its id, as by a rollback, or nothing runs.
        #expect(form.ran([("app:2026.01.15", "sha256:aa")], written: "2026.01.15") == "2026.01.15")
        #expect(form.ran([], written: "2026.01.15") == "2026.01.15")
    }

    @Test func whatRunsIsFoundByItsImages() throws {
        let running = RollbackChoice.Running(images: ["api": "sha256:bb", "db": "sha256:dd"])
        func record(_ id: String) throws -> DeploymentRecord {
            try Self.record([
                ("api", "app:1", nil, id), ("db", "db:1", nil, "sha256:dd"),
                ("gone", "gone:1", nil, "sha256:99"),
            ])
        }
        #expect(running.isRunning("2026.01.15", try record("sha256:bb")))
        #expect(!running.isRunning("2026.01.14", try record("sha256:aa")))
        #expect(!running.isRunning("2026.01.14", nil))
        let named = RollbackChoice.Running(tag: "2026.01.15", images: ["api": "sha256:bb"])
        #expect(named.isRunning("2026.01.15", nil))
        // Built anew under the same name: to go back to what ran then is a change.
        #expect(!named.isRunning("2026.01.15", try record("sha256:aa")))
        // Where the key tells, ids do not.
        #expect(
            RollbackChoice.Running(tag: "2026.01.15").isRunning("2026.01.15", try record("x"))
        )
    }
}
