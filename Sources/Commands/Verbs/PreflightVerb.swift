internal import Arguments
internal import Files
internal import Monitoring

/// `recover preflight`: whether a deployment or a restore could begin now.
enum PreflightVerb: Verb {
    static let description = Command(
        "preflight",
        "look whether a deployment or a restore could begin",
        section: "Watch",
        discussion: """
            Looks at the env file, the compose files, the programs, the images and containers, \
            ports, folders, disks and graphics cards. Of env files only names of keys are shown. \
            Changes nothing, unless --create is given.
            """,
        examples: [
            Example("recover preflight", "PASS, WARN or FAIL for each check; 23 where one fails"),
            Example("recover preflight --env-file .env.next", "with an env file that is to come"),
            Example("recover preflight --strict", "3 where there is a warning"),
        ],
        options: [
            .value("env-file", "FILE", "Another env file than the configured one.", kind: .file),
            .flag(
                "create",
                "Let compose make the containers of a stack that is down, and start none."
            ),
        ]
    )

    static func run(_ context: Context) throws(CommandFailure) -> Report {
        let loaded = try context.configured()
        var preflight = Preflight(loaded: loaded, context: context)
        preflight.environmentFile = context.invocation.string("env-file").map { Path($0).absolute }
        preflight.makesContainers = context.invocation.flag("create")
        let checks = preflight.checks()
        return Findings(checks).report(
            "preflight",
            failing: .preflightFailed,
            loaded.value.stack,
            next: "mend what FAIL says, then recover preflight"
        )
    }
}
