internal import Arguments

/// What the command line of a restore says about its parts; nothing in every other command.
struct RestoreOptions {
    /// The components that were named.
    var components: [String] = []
    /// The collections that were named.
    var collections: [String] = []
    /// Another name for the only collection.
    var collectionName: String?
    /// Whether versions of Qdrant may differ by any amount.
    var allowsAnyVersion = false

    init(_ invocation: Invocation) {
        guard invocation.path[0] == "restore" else { return }
        components = invocation.positionals("COMPONENT")
        collections = invocation.strings("collection")
        collectionName = invocation.string("as")
        allowsAnyVersion = invocation.flag("any-version")
    }
}
