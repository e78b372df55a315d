import Files
import Testing

/// Every input that a fuzzer once found worth keeping, crashes of the past among them.
@Suite struct CorpusTests {
    private static let folder = Path(#filePath).parent.parent.appending("Fixtures/fuzz")

    @Test(arguments: FuzzTarget.allCases)
    func keepsItsPromises(target: FuzzTarget) throws {
        let folder = try Directory(Self.folder.appending(target.rawValue))
        let names = try folder.names()
        #expect(names.count > 1, "no corpus")
        for name in names {
            let file = try folder.open(name, .read)
            let input = try file.readAll(limitBytes: 1 << 20)
            do throws(Violation) {
                try target.check(input)
            } catch {
                Issue.record("\(target.rawValue)/\(name): \(error)")
            }
        }
    }
}
