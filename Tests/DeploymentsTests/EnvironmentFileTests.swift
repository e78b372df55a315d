import Files
import Support
import Testing

@testable import Deployments

/// What is expected here is what `docker compose config` 2.26.1 makes of the same lines.
struct EnvironmentFileTests {
    @Test(arguments: [
        ("A=1", "1"), ("export A=1", "1"), ("  A = 1", "1"), ("A: yaml", "yaml"), ("A=", ""),
        ("A=x #c", "x"), ("A=x#c", "x#c"), ("A=x\t# c", "x\t# c"), ("A=# one", "# one"),
        ("A=  # two", "# two"), ("A=\"x # y\" # c", "x # y"), ("A=\"tail\" ", "tail"),
        ("A=a=b:c", "a=b:c"), ("A=1\r\nB=2\r\n", "1"), ("\u{FEFF}A=1\r\nB=2", "1"),
        ("A=1\nA=2", "2"), ("#A=1\nA=2\n # A=3", "2"),
        (#"A="a\"b\\c\$d""#, #"a"b\c$d"#), (#"A="a\nb""#, "a\nb"), (#"A='it\'s\n'"#, #"it's\n"#),
        ("B=\"x y\"\nA=$B-1", "x y-1"), ("B=x\nA=\"${B}z\"", "xz"), ("B=x\nA='$B'", "$B"),
        ("A=$$x", "$x"), ("A=${NONE:-y}", "y"),
        ("A=1\nPEM=\"-----BEGIN\nA=zzz\nMIIE==\n-----END\"\nB=2", "1"),
    ])
    func valuesAreThoseOfCompose(_ text: String, _ value: String) {
        #expect(EnvironmentFile.values(in: text)["A"] == value)
    }

    /// Lines of a key between quotes would else be taken for names of keys, which are shown.
    @Test func aValueOfManyLinesIsOne() {
        let text = "PEM=\"-----BEGIN\nTAG=zzz\nMIIE==\n-----END\"\nQ=2\nL\n"
        #expect(
            EnvironmentFile.values(in: text)
                == ["PEM": "-----BEGIN\nTAG=zzz\nMIIE==\n-----END", "Q": "2"]
        )
    }

    /// The variables of this process are not known here; compose may find them there.
    @Test func whatOnlyAProcessKnowsStaysAsItIsWritten() {
        #expect(EnvironmentFile.values(in: "A=${HOME}/data")["A"] == "${HOME}/data")
    }

    @Test func aQuoteThatNothingEndsIsALetter() {
        #expect(EnvironmentFile.values(in: "A='1\nB=2") == ["A": "'1", "B": "2"])
    }

    /// The two programs put different texts in the place of a `$`.
    @Test func noFormOfAValueIsShown() throws {
        let scratch = try Scratch()
        let text = "A=first$$second\nB=\"third\\\"fourth\"\nC=${A}-fifth\n"
        let settings = DeploymentSettings(
            files: [try scratch.write(Path("compose.yml"), Array("services: {}".utf8))],
            environmentFile: try scratch.write(Path(".env"), Array(text.utf8))
        )
        let redaction = try settings.redaction(try settings.stack([:]))
        let forms = [
            "first$second", "first$$second", "third\"fourth", "third\\\"fourth",
            "first$second-fifth",
        ]
        for form in forms { #expect(redaction.cleaned("x \(form) y") == "x *** y") }
    }
}
