extension ConfigurationSchema {
    /// The kinds of component; each is known by its first key.
    static let component = Shape.variants(
        [
            Record([.required("path", .text(.path), "A file, folder or pattern of files.")] + path),
            Record([.required("qdrant", .text(.url), "The URL of a Qdrant.")] + qdrant),
            Record(
                [.required("versions", .text(.path), "A folder of dated model folders.")] + versions
            ),
            Record([.required("volume", .text(.service), "A named Docker volume.")] + volume),
            Record([.required("postgres", .record(postgres), "A Postgres of the stack."), required]
            ),
        ],
        short: "path"
    )

    private static let required = Key.standard(
        "required",
        .either(
            .flag,
            .list(.choice(BackupReason.allCases.map(\.rawValue)), unique: true, minimum: 1)
        ),
        "false",
        "Whether, or for which reasons, a snapshot is incomplete without it even where its kind cannot be "
            + "captured yet. With `pre-rollback` in the list, nothing is replaced before it is saved whole."
    )

    private static let appendOnly = Key.standard(
        "append_only",
        .flag,
        "false",
        "Whether its files only grow, so that a restore never shortens one."
    )

    private static let store = Key.standard(
        "store",
        .choice(Component.Storage.allCases.map(\.rawValue)),
        "content",
        "Whether the bytes are stored, or only their hashes."
    )

    private static let files: [Key] = [
        .standard("exclude", .names(.glob), "[]", "Patterns of files that it does not hold."),
        .optional(
            "writer",
            .choice(["paused"]),
            otherwise: "not paused",
            "Says that the hooks hold the writer of an encrypted database during the copy."
        ),
    ]

    private static let path = [required, store, appendOnly] + files

    private static let volume = [required, appendOnly] + files

    private static let qdrant: [Key] = [
        .optional("api_key", .text(.secret), otherwise: "none", "The key that it asks for."),
        .optional(
            "collections",
            .names(.label, minimum: 1),
            otherwise: "all",
            "The collections that are protected."
        ),
        .standard("peers", .names(.url), "[]", "The URLs of the other nodes of a cluster."),
        .optional("ca", .text(.path), otherwise: "the system's", "The authorities to trust."),
        .optional("client_cert", .text(.path), otherwise: "none", "The certificate to show."),
        .optional("client_key", .text(.path), otherwise: "none", "The key of that certificate."),
        .standard(
            "method",
            .choice(Component.QdrantMethod.allCases.map(\.rawValue)),
            "auto",
            "How a collection archive is fetched."
        ),
        .standard(
            "timeout",
            .duration(minimumSeconds: 1),
            "60s",
            "How long the server may be silent."
        ),
        required,
    ]

    private static let versions: [Key] = [
        .standard("link", .text(.fileName), "current", "The link to the version in use."),
        .standard("pattern", .text(.timestamp), "YYYYMMDDHHMM", "How the folders are named."),
        .optional("zone", .text(.zone), otherwise: "the host's", "The time zone of the names."),
        .standard("ready", .text(.fileName), "_SUCCESS", "The file that says a folder is whole."),
        .standard(
            "settle",
            .duration(minimumSeconds: 0),
            "5m",
            "How long a folder without that file must lie still."
        ),
        required,
        store,
        .standard("exclude", .names(.glob), "[]", "Patterns of files that it does not hold."),
    ]

    private static let postgres = Record(
        short: "service",
        [.required("service", .text(.service), "The compose service that runs it.")]
    )
}
