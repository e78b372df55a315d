/// A flow of the program that uses a store from its first operation to its last.
enum StoreFlow: String, CaseIterable {
    case create
    case backup
    case verify
    case restore
    case export
    case prune
    case undelete
}
