import Testing

/// Before a recovery what is required for one must be saved.
///
/// A snapshot without it is incomplete either way.
struct RequirementTests {
    private static let quick = ["QDRANT_MAX_RETRIES": "0"]

    private func place(_ required: String) throws -> Workplace {
        let place = try Workplace()
        try place.write(
            """
            version: 1
            stack: demo
            repository: repository
            state: state
            components:
              notes: notes
              vectors: {qdrant: "http://localhost:1", required: \(required)}

            """,
            to: "recover.yaml"
        )
        try place.write("one\n", to: "notes/a.txt")
        let made = try place.shell("chmod 600 recover.yaml && recover -q init")
        try #require(made.status == 0, "\(made.errors)")
        return place
    }

    @Test(arguments: [
        ("[pre-rollback]", "nightly", 3), ("[nightly]", "nightly", 3), ("true", "nightly", 3),
        ("false", "nightly", 3),
    ])
    func whatIsMissingIsSaidWhateverIsRequired(required: String, reason: String, status: Int32)
        throws
    {
        let place = try place(required)
        let run = try place.recover(["backup", "--reason", reason], environment: Self.quick)
        #expect(run.status == status, "\(run.errors)")
        #expect((run.output + run.errors).contains("vectors"))
        let shown = try place.recover("list", "--json").json()
        #expect(shown["data.snapshots.0.complete"] == .boolean(false))
    }

    @Test(arguments: ["[nightly, pre-rollback]", "true"])
    func nothingIsReplacedBeforeWhatIsNamedIsSaved(required: String) throws {
        let place = try place(required)
        _ = try place.recover("backup", environment: Self.quick)
        let id = try #require(try place.recover("list", "--ids").lines.first)
        try place.write("two\n", to: "notes/a.txt")
        let run = try place.recover(
            ["restore", "--snapshot", id, "notes", "--confirm", "demo"],
            environment: Self.quick
        )
        let now = try place.shell("cat notes/a.txt").output
        if required == "true" {
            #expect(run.status == 0 && now == "one\n", "\(run.errors)")
        } else {
            #expect(run.status == 1 && now == "two\n", "\(run.status) \(run.errors)")
            #expect(run.errors.contains("does not hold vectors whole"))
        }
    }
}
