import Testing

@testable import Databases

struct PathBytesTests {
    @Test(arguments: [
        ("/a/b.db", "file:///a/b.db"), ("/a b?c#d%e&f", "file:///a%20b%3Fc%23d%25e%26f"),
        ("//host/x", "file:////host/x"), ("/ü", "file:///%C3%BC"),
    ])
    func escapesForAURI(_ path: String, _ uri: String) {
        #expect(String(decoding: [UInt8](path).fileURI, as: UTF8.self) == uri)
    }

    @Test func showsAnyBytes() {
        #expect([UInt8]("/ü").shown == "/ü")
        #expect([0x2F, 0xFF, 0x61].shown == "/\\xffa")
        #expect([0x2F, 0x0A].shown == "/\\x0a")
    }

    @Test func opensCopiesOfAnyName() throws {
        let scratch = try Scratch()
        for name in [[UInt8]("%41?mode=memory#x&y z"), [0xFF, 0xFE, 0x0A, 0x25]] {
            let path = try scratch.database(
                scratch.folder + [UInt8]("/") + name,
                ["CREATE TABLE t (x)", "INSERT INTO t VALUES (9)"]
            )
            let pinned = try #require(WriteBarrier().pin([path]).databases.first)
            let copy = try pinned.copy(to: path + [0x32])
            let database = try Database(finished: copy.path)
            #expect(try database.number("SELECT x FROM t", "read") == 9)
        }
    }
}
