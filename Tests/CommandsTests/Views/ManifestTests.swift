import Testing

@testable import Commands

@Suite struct ManifestTests {
    @Test func checksARestoredFolder() throws {
        let place = try DemoStack.shared()
        let line =
            "recover restore --snapshot latest:2026.01.14 --to restored "
            + "&& recover manifest latest:2026.01.14 > sums && cd restored && sha256sum -c ../sums"
        let run = try place.shell(line)
        #expect(run.status == 0, "\(run.errors)")
        // Seven regular files in memory, odd names among them, and one in rbac.
        #expect(run.lines.filter { $0.hasSuffix(": OK") }.count == 8)
        _ = try place.shell("echo changed > restored/memory/notes/a.txt")
        let changed = try place.shell("cd restored && sha256sum --quiet -c ../sums")
        #expect(changed.status == 1)
        #expect(changed.output.contains("memory/notes/a.txt: FAILED"))
    }

    @Test func oneComponent() throws {
        let place = try DemoStack.shared()
        let all = try place.recover("manifest", "latest:2026.01.14")
        let one = try place.recover("-q", "manifest", "latest:2026.01.14", "rbac")
        #expect(one.lines.count == 1)
        #expect(one.lines[0].hasSuffix("  rbac/security.db"))
        #expect(all.outputBytes.count > one.outputBytes.count)
        #expect(all.lines.last == one.lines.last)
        let unknown = try place.recover("manifest", "latest:2026.01.14", "rbca")
        #expect(unknown.status == 25)
        #expect(unknown.errors.contains("it holds rbac"))
    }

    @Test func pathsThatAreNotUTF8() throws {
        let place = try DemoStack.shared()
        let files = try place.recover("manifest", "latest:2026.01.14", "--json").json()[
            "data.files"
        ]
        let odd = try #require(files?.items.first { $0["path_b64"] != nil })
        #expect(odd["path"] == .string(#"notes/odd\xff"#))
        #expect(odd["path_b64"] == .string("bm90ZXMvb2Rk/w=="))
        #expect(files?.items.count == 8)
    }

    @Test func outputThatTakesNothing() throws {
        let place = try DemoStack.shared()
        let full = try place.shell("recover manifest > /dev/full")
        #expect(full.status == 1)
        #expect(full.errors.contains("No space left on device"))
        let closed = try place.shell("{ recover manifest; echo $? >&2; } | true")
        #expect(closed.errors == "0\n")
    }
}
