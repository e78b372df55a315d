internal import Arguments
internal import Monitoring

/// `recover smoke`: whether the stack answers as its users ask.
enum SmokeVerb: Verb {
    static let description = Command(
        "smoke",
        "send the requests that a working stack answers",
        section: "Watch",
        discussion: """
            Sends what stands under smoke in the configuration, in order. A request other than \
            GET and HEAD is sent only where the configuration promises with safe: true that it \
            changes nothing, and once.
            """,
        examples: [
            Example("recover smoke", "one verdict a request; 1 where one fails"),
            Example("recover smoke --json | jq .data.failed", "for a pipeline"),
        ]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        guard !loaded.value.smoke.isEmpty else {
            throw CommandFailure(
                .configuration,
                "no-smoke",
                "the configuration names no request to send",
                next: "add `smoke: [\"http://localhost/\"]` to \(loaded.path)"
            )
        }
        let checks = SmokeTest(configuration: loaded.value, context: context).checks()
        return Findings(checks).report(
            "smoke",
            failing: .failed,
            loaded.value.stack,
            next: "recover health --explain"
        )
    }
}
