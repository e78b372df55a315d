import Storage
import Support
import Testing
import Threads

/// What every store must do for several threads at once.
@Suite struct StoreConcurrencyTests {
    @Test(arguments: StoreKind.allCases) func ofManyWritersOneWins(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        let outcomes = Monitor<[StorageError.Code?]>([])
        let threads = (0..<8).map { writer in
            OwnedThread {
                for number in 0..<20 {
                    let content = [UInt8](repeating: UInt8(writer), count: 1000)
                    let code = failure {
                        try store.put("race/\(number)", content)
                    }
                    outcomes.change { $0.append(code) }
                }
            }
        }
        for thread in threads { thread.join() }
        let all = outcomes.change { $0 }
        #expect(all.count == 160)
        #expect(all.filter { $0 == nil }.count == 20)
        #expect(all.filter { $0 == .exists }.count == 140)
        for number in 0..<20 {
            let content = try store.getSmall("race/\(number)", limit: 2000)
            #expect(content.count == 1000 && Set(content).count == 1)
        }
        #expect(try store.list("tmp") == [])
    }

    /// Readers see an object whole or not at all, whatever else happens.
    @Test(arguments: StoreKind.allCases) func readersSeeWholeObjects(kind: StoreKind) throws {
        let (store, scratch) = try kind.make()
        defer { _ = scratch }
        let size = 70_000
        let faults = Monitor<[String]>([])
        let isDone = Monitor(false)
        let writers = (0..<2).map { writer in
            OwnedThread {
                for number in 0..<60 {
                    let name = "shared/\(writer)-\(number % 7)"
                    let content = [UInt8](repeating: UInt8(number), count: size)
                    do throws(StorageError) {
                        try store.put(name, content)
                        if number % 5 == 0 { try store.sync() }
                        if number > 20 { try store.delete(name) }
                    } catch {
                        if error.code != .exists { faults.change { $0.append("\(error)") } }
                    }
                }
            }
        }
        let readers = (0..<3).map { _ in
            OwnedThread {
                while !isDone.change({ $0 }) {
                    do throws(StorageError) {
                        for object in try store.list("shared") {
                            let bytes = try store.get(object.name, at: 0, count: size)
                            if Set(bytes).count != 1 || object.sizeBytes != UInt64(size) {
                                faults.change { $0.append("\(object.name) was torn") }
                            }
                        }
                    } catch {
                        if error.code != .notFound { faults.change { $0.append("\(error)") } }
                    }
                }
            }
        }
        for thread in writers { thread.join() }
        isDone.change { $0 = true }
        for thread in readers { thread.join() }
        #expect(faults.change { $0 } == [])
    }
}
