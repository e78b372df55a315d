import Deduplication
import Files
import Manifests
import Storage
import Subjects
import Support
import Testing

@Suite struct TarCaptureTests {
    private static let names = [
        "mixed.collection.snapshot", "mixed.stream.tar", "notes-base.collection.snapshot",
        "notes-base.partial.tar", "notes-base.shard.snapshot", "notes-base.stream.tar",
        "notes-day2.partial.tar", "notes-day3.partial.tar", "notes-day4.partial.tar",
        "rocksdb-index-1.16.3.collection.snapshot", "rocksdb-payload-1.16.3.collection.snapshot",
    ]

    /// By our reader, by the script in the repository and by a reader written from the format.
    @Test func everyArchiveComesBackByteForByte() throws {
        let store = try TestStore()
        let snapshot = try store.backup { sink in
            for name in Self.names { try sink.add(archive: TestStore.archive(name), at: name) }
        }
        let files = try store.files(snapshot)
        #expect(files.count == Self.names.count)
        for name in Self.names {
            let archive = try TestStore.archive(name)
            #expect(files[name] == archive, "\(name)")
        }
        let tests = try store.shell("pwd; cd '\(currentFolder())/Tests' && pwd")
        #expect(tests.contains("/Tests"))
        try store.shell("sh repository/restore.sh latest out/script")
        try store.shell(
            "python3 '\(currentFolder())/Tests/EndToEnd/reader.py' repository latest out/reader"
        )
        for how in ["script", "reader"] {
            try store.shell(
                "diff -r '\(currentFolder())/\(TestStore.fixtures)/archives' out/\(how)/qdrant | grep -v points.json > differs; test ! -s differs"
            )
        }
    }

    /// What the second capture adds, in each layout.
    @Test(arguments: ["notes-base.stream.tar", "notes-base.collection.snapshot"])
    func theSameArchiveAddsNothing(name: String) throws {
        let store = try TestStore()
        let bytes = try TestStore.archive(name)
        try store.backup { try $0.add(archive: bytes, at: "a") }
        let again = try store.backup { try $0.add(archive: bytes, at: "a") }
        #expect(again.addedBytes < 20_000, "\(again.addedBytes) bytes")
    }

    /// The layouts of one state share the data of their files.
    @Test func layoutsOfOneStateShareTheirData() throws {
        let store = try TestStore()
        try store.backup {
            try $0.add(archive: TestStore.archive("notes-base.stream.tar"), at: "a")
        }
        let again = try store.backup {
            try $0.add(archive: TestStore.archive("notes-base.collection.snapshot"), at: "a")
        }
        #expect(again.addedBytes < 60_000, "\(again.addedBytes) bytes")
    }

    @Test func aBrokenArchiveLeavesTheRest() throws {
        let store = try TestStore()
        let bytes = try TestStore.archive("notes-base.stream.tar")
        let snapshot = try store.backup { sink in
            try sink.add(archive: bytes, at: "a")
            let error = #expect(throws: CaptureError.self) {
                try sink.add(archive: Array(bytes.dropLast(1024)), at: "b")
            }
            #expect(error?.code == .source)
            try sink.add(archive: bytes, at: "c")
        }
        #expect(try store.files(snapshot) == ["a": bytes, "c": bytes])
    }

    /// Many small members: more literals than a line may hold.
    @Test func manySmallMembersComeBack() throws {
        let store = try TestStore()
        try store.shell(
            "mkdir t && cd t && for i in $(seq 9000); do echo $i > file-$i; done && cd .. && tar cf many.tar --format=gnu t"
        )
        let bytes = try TestStore.read("\(store.scratch.path)/many.tar")
        let snapshot = try store.backup { try $0.add(archive: bytes, at: "many") }
        #expect(try store.files(snapshot) == ["many": bytes])
        try store.shell(
            "sh repository/restore.sh latest out/script; cmp many.tar out/script/qdrant/many"
        )
    }
}

/// The folder of the package, in which tests run.
func currentFolder() -> String {
    String(#filePath.split(separator: "/Tests/").first ?? "")
}
