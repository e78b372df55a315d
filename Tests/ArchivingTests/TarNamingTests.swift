import Archiving
import Testing

@Suite struct TarNamingTests {
    /// The headers of the members of a recorded archive, and what they say.
    private static func headers() throws -> [(header: [UInt8], member: TarMember)] {
        let bytes = try Recorded.bytes("notes-base.stream.tar")
        var cutter = TarCutter()
        var index = 0
        var header: [UInt8] = []
        var found: [(header: [UInt8], member: TarMember)] = []
        while let event = try cutter.next(in: bytes.span, at: &index) {
            switch event {
            case .header(let range): header += bytes[range]
            case .begin(let member):
                found.append((header, member))
                header = []
            default: break
            }
        }
        return found
    }

    private static func member(_ header: [UInt8]) throws -> TarMember? {
        var cutter = TarCutter()
        var index = 0
        while let event = try cutter.next(in: header.span, at: &index) {
            if case .begin(let member) = event { return member }
        }
        return nil
    }

    @Test func onlyTheNameChanges() throws {
        let headers = try Self.headers()
        #expect(headers.contains { $0.member.kind == .sparse && $0.header.count > 512 })
        for length in [1, 99, 100, 101, 511, 512, 600] {
            let name = Array(repeating: UInt8(ascii: "n"), count: length)
            for (header, member) in headers {
                let renamed = try TarNaming.renamed(header, to: name)
                let found = try Self.member(renamed)
                #expect(found?.path == name && found?.kind == member.kind)
                #expect(found?.segments == member.segments && found?.sizeBytes == member.sizeBytes)
                // And back, from a long name too.
                let back = try Self.member(TarNaming.renamed(renamed, to: member.path))
                #expect(back == member)
            }
        }
    }

    @Test func whatIsNoHeaderIsRefused() {
        for bytes in [[], [UInt8](repeating: 0, count: 512), [UInt8](repeating: 7, count: 511)] {
            #expect(throws: ArchiveError.self) { try TarNaming.renamed(bytes, to: [0x61]) }
        }
    }
}
