import Arguments
import FoundationEssentials
import Testing

@testable import Commands

/// Record all pages anew with `RECOVER_RECORD=1 swift test --filter HelpPageTests`.
@Suite struct HelpPageTests {
    private static let pages: [(name: String, subject: HelpSubject)] =
        [("overview", .overview)]
        + declaredCommands.map { ($0.path.joined(separator: "-"), .command($0.path)) }
        + RecoverProgram.description.topics.map { ($0.name, .topic($0.name)) }

    @Test func pagesAreAsReviewed() throws {
        for page in Self.pages {
            let text = RecoverProgram.description.help(page.subject, width: 80)
            try expectGolden(text, "\(page.name).txt", in: "help")
        }
    }

    @Test func noPageIsLeftOver() throws {
        let folder = packageFolder.appending(path: "Tests/Fixtures/help").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(files) == Set(Self.pages.map { "\($0.name).txt" }))
    }

    @Test func examplesComeFirst() {
        for page in Self.pages {
            if case .topic = page.subject { continue }
            let text = RecoverProgram.description.help(page.subject, width: 80)
            let headings = text.split(separator: "\n").filter { !$0.hasPrefix(" ") }
            #expect(headings.dropFirst().first == "Examples:", "\(page.name)")
        }
    }

    @Test(
        "Every way to ask",
        arguments: [
            (["help"], "overview"), (["--help"], "overview"), (["help", "backup"], "backup"),
            (["backup", "--help"], "backup"), (["config", "show", "-h"], "config-show"),
            (["help", "config", "show"], "config-show"), (["help", "exit-codes"], "exit-codes"),
        ]
    )
    func asked(arguments: [String], page: String) throws {
        let run = try Workplace().recover(arguments)
        #expect(run.status == 0)
        #expect(run.errors == "")
        #expect(try run.output == fixture("\(page).txt", in: "help"))
    }

    @Test func codesNeverChange() {
        let codes: [Int32] = [
            0, 1, 3, 10, 11, 12, 13, 20, 21, 22, 23, 24, 25, 26, 27, 28, 64, 75, 78, 130, 143,
        ]
        #expect(ExitStatus.allCases.map(\.rawValue) == codes)
    }

    @Test func mistakesNameWhatWasMeant() throws {
        let verb = try Workplace().recover("lsit")
        #expect(verb.status == 64)
        #expect(verb.errors.contains("'list'"))
        let option = try Workplace().recover("list", "--tga", "x")
        #expect(option.status == 64)
        #expect(option.errors.contains("'--tag'"))
        let topic = try Workplace().recover("help", "exit-cods")
        #expect(topic.errors.contains("'exit-codes'"))
    }
}
