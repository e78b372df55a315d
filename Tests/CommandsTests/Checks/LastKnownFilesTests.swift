import Testing

@testable import Commands

/// Models that were there in the newest snapshot are there, or preflight names them.
@Suite struct LastKnownFilesTests {
    private func stack(_ component: String) throws -> Workplace {
        let place = try Workplace()
        for name in ["a", "b", "c", "d", "e"] {
            try place.write("weights of \(name)", to: "models/\(name).gguf")
        }
        try place.write("a note", to: "models/note.txt")
        try place.write(
            """
            version: 1
            stack: test
            repository: repository
            state: state
            preflight: {disk: {warn: 1B, fail: 1B}}
            components: {weights: \(component)}

            """,
            to: "recover.yaml"
        )
        for words in [["-q", "init"], ["-q", "backup"]] {
            let run = try place.recover(words)
            try #require(run.status == 0, "\(run.errors)")
        }
        return place
    }

    private func look(_ place: Workplace) throws -> (status: Int32, line: String) {
        let run = try place.recover("preflight")
        return (run.status, run.lines.first { $0.contains("  files weights") } ?? "")
    }

    @Test(arguments: ["models", "models/*.gguf", "{path: models, store: manifest}"])
    func aModelThatIsGoneIsNamed(component: String) throws {
        let place = try stack(component)
        var found = try look(place)
        #expect(found.status == 0 && found.line.hasPrefix("PASS"), "\(found.line)")
        try place.write("less", to: "models/e.gguf")
        found = try look(place)
        #expect(found.status == 0 && found.line.hasPrefix("WARN"), "\(found.line)")
        #expect(found.line.hasSuffix("smaller: e.gguf"))
        _ = try place.shell("rm models/[a-d].gguf")
        found = try look(place)
        #expect(found.status == 23 && found.line.hasPrefix("FAIL"), "\(found.line)")
        #expect(found.line.contains("gone: a.gguf, b.gguf, c.gguf and 1 more; smaller: e.gguf"))
        // A snapshot later it is what there is.
        _ = try place.recover("-q", "backup")
        found = try look(place)
        #expect(found.status == 0 && found.line.hasPrefix("PASS"), "\(found.line)")
    }

    @Test func otherFilesComeAndGo() throws {
        let place = try stack("models")
        _ = try place.shell("rm models/note.txt")
        let found = try look(place)
        #expect(found.status == 0 && found.line.hasPrefix("PASS"), "\(found.line)")
    }
}
