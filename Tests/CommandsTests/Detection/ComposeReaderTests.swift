import Documents
import Files
import Testing

@testable import Commands
@testable import Deployments

struct ComposeReaderTests {
    private func service(_ lines: String) throws -> ComposeService {
        let text =
            "services:\n  a:\n"
            + lines.split(separator: "\n").map { "    \($0)\n" }.joined()
            + "volumes:\n  disk: {driver_opts: {type: none, o: bind, device: /mnt/disk}}\n"
        let root = try YAMLNode(parsing: Array(text.utf8), name: "compose.yml")
        let variables = ["TAG": "1", "DIR": "/mnt/d", "EMPTY": "", "HOME": "/home/x"]
        var reader = ComposeReader(root, base: Path("/s/docker"), variables: variables)
        return try #require(reader.services().first)
    }

    struct Mount: CustomTestStringConvertible {
        let text: String
        let mount: ComposeMount?
        var testDescription: String { text }

        init(
            _ text: String,
            _ source: ComposeMount.Source?,
            _ target: String = "/t",
            ro: Bool = false
        ) {
            self.text = text
            mount = source.map { ComposeMount(source: $0, target: target, isReadOnly: ro) }
        }
    }

    @Test(arguments: [
        Mount("./data:/t", .host(Path("/s/docker/data"))),
        Mount("../data/:/t:ro", .host(Path("/s/data")), ro: true),
        Mount("/mnt/e:/t:z,ro", .host(Path("/mnt/e")), ro: true),
        Mount("~/x:/t", .host(Path("/home/x/x"))),
        Mount("${DIR}/x:/t", .host(Path("/mnt/d/x"))),
        Mount("${NONE:-/mnt/e}/x:/t", .host(Path("/mnt/e/x"))),
        Mount("${NONE}/x:/t", nil),
        Mount("${NONE}:/t", nil),
        Mount("named:/t", .volume("named")),
        Mount("disk:/t", .host(Path("/mnt/disk"))),
        Mount("/t", .volume("/t")),
        Mount(
            "{type: bind, source: ./d, target: /t, read_only: true}",
            .host(Path("/s/docker/d")),
            ro: true
        ),
        Mount("{type: volume, source: named, target: /t}", .volume("named")),
        Mount("{type: volume, target: /t}", .volume("/t")),
        Mount("{type: tmpfs, target: /t}", .temporary),
        Mount("{type: bind, source: '${NONE}/d', target: /t}", nil),
    ])
    func mounts(_ row: Mount) throws {
        let text = row.text.hasPrefix("{") ? row.text : "\"\(row.text)\""
        #expect(try service("volumes:\n  - \(text)").mounts == (row.mount.map { [$0] } ?? []))
    }

    @Test(arguments: [
        ("$DIR/a", "/mnt/d/a"), ("${DIR}a", "/mnt/da"), ("$$DIR", "$DIR"), ("${NONE-x}", "x"),
        ("${EMPTY:-x}", "x"), ("${EMPTY-x}", ""), ("${TAG:+x}", "x"), ("${NONE:+x}", ""),
        ("${NONE:-${NONE:-$TAG}}", "1"), ("${TAG:?needed}", "1"), ("${broken", "${broken"),
        ("5$", "5$"),
    ])
    func variables(raw: String, text: String) {
        let values = ["TAG": "1", "DIR": "/mnt/d", "EMPTY": ""]
        #expect(Interpolation(variables: values).expand(raw).text == text)
    }

    @Test(arguments: [600, 100_000])
    func nestingHasAnEnd(depth: Int) {
        let raw = String(repeating: "${A:-", count: depth) + String(repeating: "}", count: depth)
        #expect(!Interpolation(variables: [:]).expand(raw).text.isEmpty)
    }

    @Test(arguments: [
        ("6333:6333", ["http://localhost:6333"]),
        ("127.0.0.1:7000:6333/tcp", ["http://127.0.0.1:7000"]),
        ("0.0.0.0:6333:6333", ["http://localhost:6333"]),
        ("[::1]:6333:6333", ["http://[::1]:6333"]),
        ("6333-6334:6333-6334", ["http://localhost:6333", "http://localhost:6334"]),
        ("6333", []), ("", []), ("/", []), ("/tcp", []), ("a:b", []), ("0:1", []), ("9-8:9-8", []),
        ("1-2-3:1", []), ("99999:1", []),
    ])
    func ports(text: String, urls: [String]) {
        #expect(ComposePort.parse(text).map(\.url) == urls)
    }

    @Test(arguments: [
        ("app:${TAG}", ["TAG"]), ("reg:5000/app", []), ("reg:5000/app:${A:-x}-$B", ["A", "B"]),
        ("${REG:-x:y}/app:1", []), ("${IMAGE}", []),
    ])
    func tagKeys(image: String, keys: [String]) throws {
        #expect(try service("image: \"\(image)\"").tagKeys == keys)
    }

    @Test(arguments: [
        "environment: {A: 1, TAG: , C: \"${TAG}\"}", "environment: [A=1, TAG, C=$TAG]",
    ])
    func environment(text: String) throws {
        #expect(try service(text).environment == ["A": "1", "TAG": "1", "C": "1"])
    }

    @Test func longPorts() throws {
        let found = try service("ports: [{target: 6333, published: \"7000\", host_ip: 10.0.0.1}]")
        #expect(found.ports.map(\.url) == ["http://10.0.0.1:7000"])
    }

    @Test(arguments: [
        ("qdrant/qdrant:v1", ServiceKind.qdrant), ("ghcr.io/x/pgvector:pg16", .postgres),
        ("postgres@sha256:0", .postgres), ("docker.io/library/redis:7", .server("redis")),
        ("app:1", .ordinary), ("", .ordinary), ("bitnami/postgresql:16", .postgres),
        ("postgrest/postgrest:v12", .ordinary), ("x/postgres-exporter:v1", .ordinary),
        ("x/postgres-backup-local:16", .ordinary), ("acme/postgres-tuned:16", .postgres),
        ("acme/postgres-with-backup:16", .postgres),
    ])
    func kinds(image: String, kind: ServiceKind) {
        #expect(ServiceKind(image: image) == kind)
    }

    @Test(arguments: [
        (
            "SECURITY_DB_PATH", "/d/security.db",
            ComposeService.Residence?.some(.host(Path("/s/docker/d/security.db")))
        ),
        ("DATABASE_URL", "sqlite:////d/x.db?mode=ro", .host(Path("/s/docker/d/x.db"))),
        ("DATABASE_URL", "sqlite+aiosqlite:////d/deep/x.db", .volume("named")),
        ("DATABASE_URL", "sqlite:///d/x.db", .host(Path("/s/docker/d/x.db"))),
        ("DATABASE_URL", "sqlite:///:memory:", nil), ("DATABASE_URL", "sqlite://", nil),
        ("DATABASE_URL", "postgresql://u:p@db/x.db", nil),
        ("X", "file:/d/x.sqlite?cache=shared", .host(Path("/s/docker/d/x.sqlite"))),
        ("X", "/inner/x.db", .container), ("X", "/d/readme", nil), ("X_DB_PATH", "x.db", nil),
        ("X", "/d/../../etc/x.db", .container),
    ])
    func databaseReferences(key: String, value: String, place: ComposeService.Residence?) throws {
        let found = try service(
            "volumes: [\"./d:/d\", \"named:/d/deep\"]\nenvironment: {\(key): \"\(value)\"}"
        )
        #expect(DatabaseReference.all(of: found).first?.residence == place)
    }
}
