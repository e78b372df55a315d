import Files
import Support
import Testing

@testable import Deployments

struct PostgresSchemaTests {
    /// An engine whose program is a script: it answers what is asked, and notes its arguments.
    private func schema(
        _ inspect: String = "[null]",
        exec: String,
        keys: [String] = [],
        state: String = "running"
    ) throws -> (revision: SchemaRevision, arguments: String) {
        let scratch = try Scratch()
        let script = """
            #!/bin/sh
            case $1 in
            inspect) echo '\(inspect)' ;;
            exec) echo "$@" >>'\(scratch.path)/arguments'; \(exec) ;;
            esac
            """
        let program = try scratch.write(Path("docker"), Array(script.utf8))
        try OpenFile(program, .update).setMode(0o755)
        let engine = ContainerEngine(
            program: program.description,
            environment: ["PATH": "/usr/bin:/bin"]
        )
        let container = Container(
            id: "c1",
            name: "db",
            service: "db",
            imageName: "postgres:16",
            imageID: "sha256:a",
            state: state,
            health: nil,
            exitCode: 0,
            isOutOfMemory: nil,
            restartCount: 0,
            restartPolicy: "no",
            startedAt: "",
            environmentKeys: keys,
            features: [:]
        )
        let revision = PostgresSchema(engine: engine).revision(of: "db", [container])
        let noted = try? OpenFile(scratch.path.appending("arguments"), .read).readAll()
        return (revision, String(decoding: noted ?? [], as: UTF8.self))
    }

    @Test func theRevisionIsAskedAndNoValueIsAnArgument() throws {
        let (revision, arguments) = try schema(
            #"["POSTGRES_USER=s3cr3t-user","POSTGRES_DB=s3cr3t-db",null]"#,
            exec: #"[ "$PGUSER/$PGDATABASE/$PGHOST" = s3cr3t-user/s3cr3t-db/ ] || exit 1; "#
                + #"case "$*" in *pg_tables*) echo public ;; *) echo 0009 ;; esac"#
        )
        #expect(revision.fault == nil && revision.text == "0009")
        #expect(revision.place == "service db")
        #expect(arguments.contains("--env PGUSER") && arguments.contains("psql -XAtqw -c"))
        #expect(arguments.contains(#"FROM "public".alembic_version"#))
        #expect(!arguments.contains("s3cr3t"))
    }

    @Test func withoutATableThereIsNoRevision() throws {
        let found = try schema(exec: "exit 0").revision
        #expect(found.fault == nil && found.text == "no revision")
    }

    @Test(arguments: [
        (
            #"echo 'FATAL: role "s3cr3t" does not exist; connection to server' >&2; exit 2"#,
            "local socket"
        ),
        (#"echo 'exec: "psql": executable file not found in $PATH' >&2; exit 127"#, "no psql"),
        ("echo 'ERROR:  permission denied for table alembic_version' >&2; exit 1", "may not read"),
        ("echo 'x'; exit 3", "psql failed"),
    ])
    func whatDoesNotAnswerIsUnknown(_ exec: String, _ why: String) throws {
        let found = try schema(exec: exec).revision
        #expect(found.text == "unknown" && found.alembic == nil)
        #expect(found.fault?.contains(why) == true)
        #expect(found.fault?.contains("s3cr3t") == false)
    }

    @Test func whatIsNotToldIsNotGuessed() throws {
        #expect(try schema(exec: "echo public", state: "paused").revision.fault != nil)
        let file = try schema(exec: "echo public", keys: ["POSTGRES_DB_FILE"]).revision
        #expect(file.fault?.contains("POSTGRES_DB_FILE") == true)
        // A name that would end its own quotes.
        #expect(try schema(exec: #"echo 'a" UNION SELECT'"#).revision.fault != nil)
        #expect(throws: DeploymentError.self) { try PostgresSchema.question("a\"b") }
    }

    @Test func namesAreThoseOfTheImage() {
        let none = PostgresSchema.variables([:])
        #expect(none["PGUSER"] == "postgres" && none["PGDATABASE"] == "postgres")
        let user = PostgresSchema.variables(["POSTGRES_USER": "rag", "POSTGRES_DB": ""])
        #expect(user["PGUSER"] == "rag" && user["PGDATABASE"] == "rag")
        #expect(user["PGHOST"] == "")
    }

    @Test func severalRevisionsAreOneText() {
        #expect(PostgresSchema.text([]) == nil)
        #expect(PostgresSchema.text([("public", [])]) == nil)
        #expect(PostgresSchema.text([("public", ["a", "b"])]) == "a,b")
        #expect(PostgresSchema.text([("x", ["a"]), ("y", ["a"])]) == "x:a,y:a")
    }

    @Test func onlyTheseVariablesAreAskedFor() {
        let template = ContainerEngine.template(["POSTGRES_USER", "POSTGRES_DB"])
        #expect(
            template == #"[{{range .Config.Env}}{{if or (eq (truncate . 14) "POSTGRES_USER=") "#
                + #"(eq (truncate . 12) "POSTGRES_DB=")}}{{json .}},{{end}}{{end}}null]"#
        )
    }

    @Test func aRecordOfAServiceIsReadAgain() throws {
        var record = DeploymentRecord(
            takenAt: "2026-11-22T00:00:00Z",
            profiles: [],
            tag: .init(key: "TAG", services: [], literalServices: [])
        )
        var schema = SchemaRevision(service: "db")
        schema.fault = "no container of it runs"
        record.schemas = [schema, .init(component: "m", path: "p", userVersion: 1, alembic: nil)]
        #expect(DeploymentRecord(record.bytes) == record)
        #expect(record.schemas.map(\.text) == ["unknown", "user_version 1"])
    }
}
