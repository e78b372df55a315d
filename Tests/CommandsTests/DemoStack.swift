import FoundationEssentials
import Glibc
import Testing

/// A small stack with two snapshots of everything and one of a single component, made once and
/// only read by the tests that share it.
enum DemoStack {
    private static let made = Result { try make(Workplace()) }

    /// The stack; whoever changes anything makes one of his own.
    static func shared() throws -> Workplace { try made.get() }

    /// The ids of its snapshots, oldest first.
    static func ids(_ place: Workplace) throws -> [String] {
        try place.recover("list", "--ids").lines
    }

    private static func make(_ place: Workplace) throws -> Workplace {
        atexit { try? DemoStack.shared().remove() }
        try fill(place)
        try change(place)
        let partial = try place.recover("backup", "rbac", "--reason", "pre-migration")
        try #require(partial.status == 0, "\(partial.errors)")
        return place
    }

    /// Writes the stack, makes its repository and takes the first snapshot.
    static func fill(_ place: Workplace) throws {
        try place.write(
            """
            version: 1
            stack: demo
            repository: repository
            state: state
            components:
              memory: memory
              rbac: {path: security.db, required: true}

            """,
            to: "recover.yaml"
        )
        try place.write("alpha\n", to: "memory/notes/a.txt")
        try place.write("beta\n", to: "memory/notes/b.txt")
        try place.write("gamma\n", to: "memory/notes/백업 노트.txt")
        try place.write("was a file\n", to: "memory/turns")
        try place.sql(
            """
            CREATE TABLE notes(id INTEGER PRIMARY KEY, text);
            INSERT INTO notes(text) VALUES ('one'), ('two');
            CREATE TABLE gone(x); INSERT INTO gone VALUES (1);
            """,
            in: "memory/project.db"
        )
        try place.sql("CREATE TABLE users(name)", in: "security.db")
        let prepared = try place.shell(
            #"ln -s a.txt memory/notes/link && printf x > memory/notes/"$(printf 'odd\377')" "#
                + #"&& printf y > memory/notes/"$(printf 'new\nline\\')" && chmod 600 recover.yaml"#
        )
        try #require(prepared.status == 0, "\(prepared.errors)")
        for line in [["init"], ["backup", "--tag", "2026.01.13", "--note", "첫 번째"]] {
            let run = try place.recover(line)
            try #require(run.status == 0, "\(run.errors)")
        }
    }

    /// Changes something of each kind and takes the second snapshot.
    static func change(_ place: Workplace) throws {
        try place.write("alpha, longer\n", to: "memory/notes/a.txt")
        try place.write("delta\n", to: "memory/notes/d.txt")
        let changed = try place.shell(
            "rm memory/notes/b.txt memory/turns && mkdir memory/turns && echo in > memory/turns/in "
                + "&& chmod 600 memory/notes/백*"
        )
        try #require(changed.status == 0, "\(changed.errors)")
        try place.sql(
            """
            INSERT INTO notes(text) VALUES ('three'); DROP TABLE gone;
            CREATE TABLE fresh(x); INSERT INTO fresh VALUES (1), (2);
            """,
            in: "memory/project.db"
        )
        let run = try place.recover("backup", "--tag", "2026.01.14", "--reason", "nightly")
        try #require(run.status == 0, "\(run.errors)")
    }
}
