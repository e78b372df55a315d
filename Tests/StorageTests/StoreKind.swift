import Storage
import Support

/// The stores that must all do the same.
enum StoreKind: CaseIterable {
    case local
    case memory

    /// An empty store, with what must outlive it.
    func make() throws -> (store: any Store, scratch: Scratch) {
        let scratch = try Scratch(isInMemory: true)
        switch self {
        case .local: return (try LocalStore(scratch.path), scratch)
        case .memory: return (MemoryStore(), scratch)
        }
    }
}

/// Which failure of the store some work ends with; nil where it ends with none.
func failure(of work: () throws -> Void) -> StorageError.Code? {
    do {
        try work()
        return nil
    } catch {
        return (error as? StorageError)?.code
    }
}
