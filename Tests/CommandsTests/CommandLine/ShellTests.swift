import Testing

@testable import Commands

/// The scripts and the page that the program prints, tried in the programs that read them.
@Suite struct ShellTests {
    private func place(_ shell: String) throws -> Workplace {
        let place = try Workplace()
        let script = try place.recover("completion", shell)
        try #require(script.status == 0)
        try place.write(script.output, to: "script")
        return place
    }

    @Test(.enabled(if: Workplace.has("bash")))
    func bash() throws {
        let place = try place("bash")
        try place.write(
            """
            set -u
            source ./script
            complete -p recover
            COMP_LINE='recover di' COMP_POINT=10 COMP_WORDS=(recover di) COMP_CWORD=1
            _recover
            printf '%s\\n' "${COMPREPLY[@]}"
            """,
            to: "driver"
        )
        let run = try place.start(["bash", "--noprofile", "--norc", "driver"])
        #expect(run.errors == "")
        #expect(run.lines == ["complete -F _recover recover", "diff"])
    }

    @Test(.enabled(if: Workplace.has("bash")))
    func idsAreOffered() throws {
        let place = try DemoStack.shared()
        let first = try #require(try DemoStack.ids(place).first)
        let script = try place.recover("completion", "bash").output
        let driver =
            script + """

                COMP_LINE='recover show 2' COMP_POINT=14 COMP_WORDS=(recover show 2) COMP_CWORD=2
                _recover
                printf '%s\\n' "${COMPREPLY[@]}"
                """
        let run = try place.start(["bash", "--noprofile", "--norc", "-c", driver])
        #expect(run.lines.count == 3)
        #expect(run.lines.first == first)
    }

    @Test(.enabled(if: Workplace.has("zsh")))
    func zsh() throws {
        let place = try place("zsh")
        try place.write(
            """
            autoload -Uz compinit
            compinit -u -D
            source ./script
            print -r -- $_comps[recover] ${+functions[_recover]}
            """,
            to: "driver"
        )
        let run = try place.start(["zsh", "-f", "driver"])
        #expect(run.errors == "")
        #expect(run.lines == ["_recover 1"])
    }

    @Test(.enabled(if: Workplace.has("fish")))
    func fish() throws {
        let place = try place("fish")
        try place.write("source ./script\ncomplete -C 'recover config va'\n", to: "driver")
        let run = try place.start(["fish", "--no-config", "driver"])
        #expect(run.errors == "")
        #expect(run.lines == ["validate\tcheck the configuration and change nothing"])
    }

    @Test(.enabled(if: Workplace.has("man")))
    func manualPage() throws {
        let place = try Workplace()
        let page = try place.recover("manual")
        try place.write(page.output, to: "recover.1")
        let run = try place.shell("man -l --warnings -E UTF-8 ./recover.1")
        #expect(run.status == 0)
        #expect(run.errors == "")
        for path in declaredCommands.map(\.path) {
            let heading = path.joined(separator: " ")
            #expect(run.lines.contains { $0.drop { $0 == " " }.hasPrefix(heading) }, "\(heading)")
        }
    }
}
