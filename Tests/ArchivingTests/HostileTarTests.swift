import Testing

@testable import Archiving

/// Archives that contradict themselves, made by hand.
@Suite struct HostileTarTests {
    private static func header(
        _ name: String,
        type: Character,
        size: [UInt8],
        _ change: (inout [UInt8]) -> Void = { _ in }
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        block.replaceSubrange(0..<name.utf8.count, with: name.utf8)
        block.replaceSubrange(124..<(124 + size.count), with: size)
        block[156] = type.asciiValue ?? 0
        block.replaceSubrange(257..<265, with: Array("ustar  \0".utf8))
        change(&block)
        block.replaceSubrange(148..<156, with: repeatElement(32, count: 8))
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        block.replaceSubrange(148..<156, with: Array((sum + "\0       ").utf8.prefix(8)))
        return block
    }

    private static func octal(_ value: Int) -> [UInt8] {
        Array(String(value, radix: 8).utf8)
    }

    private static let zeros = [UInt8](repeating: 0, count: 1024)

    private static func sparse(
        _ pairs: [(Int, Int)],
        real: Int,
        stored: Int,
        goesOn: Bool = false
    ) -> [UInt8] {
        header("s", type: "S", size: octal(stored)) { block in
            for (number, pair) in pairs.enumerated() {
                let start = 386 + 24 * number
                block.replaceSubrange(start..<(start + octal(pair.0).count), with: octal(pair.0))
                let place = start + 12
                block.replaceSubrange(place..<(place + octal(pair.1).count), with: octal(pair.1))
            }
            block[482] = goesOn ? 1 : 0
            block.replaceSubrange(483..<(483 + octal(real).count), with: octal(real))
        }
    }

    @Test func aContradictionIsAnError() {
        let huge: [UInt8] = [0x80] + [UInt8](repeating: 0xFF, count: 11)
        let cases: [(String, [UInt8])] = [
            ("negative", Self.header("a", type: "0", size: [0xFF] + huge.dropFirst())),
            ("beyond counting", Self.header("a", type: "0", size: huge)),
            ("no length", Self.header("a", type: "0", size: Array("x".utf8))),
            ("folder with data", Self.header("a", type: "5", size: Self.octal(1))),
            ("no name", Self.header("", type: "0", size: Self.octal(0))),
            ("endless name", Self.header("l", type: "L", size: Self.octal(1 << 20))),
            ("no long name", Self.header("l", type: "L", size: Self.octal(0))),
            ("pax", Self.header("x", type: "x", size: Self.octal(10))),
            ("hard link", Self.header("x", type: "1", size: Self.octal(0))),
            ("runs overlap", Self.sparse([(0, 512), (100, 512)], real: 4096, stored: 1024)),
            ("runs behind the end", Self.sparse([(4000, 512)], real: 4096, stored: 512)),
            ("runs of other length", Self.sparse([(0, 512)], real: 4096, stored: 1024)),
            ("data behind the end", Self.zeros + [1]),
            (
                "member behind its archive",
                Self.header("n.tar", type: "0", size: Self.octal(1024))
                    + Self.header("a", type: "0", size: Self.octal(1024))
            ),
            (
                "sparse map behind its archive",
                Self.header("n.tar", type: "0", size: Self.octal(512))
                    + Self.sparse(
                        [(0, 1), (2, 1), (4, 1), (6, 1)],
                        real: 9,
                        stored: 4,
                        goesOn: true
                    )
            ),
            (
                "long name at the end of an archive",
                Self.header("n.tar", type: "0", size: Self.octal(1024))
                    + Self.header("l", type: "L", size: Self.octal(5)) + [97, 97, 97, 97, 0]
                    + [UInt8](repeating: 0, count: 507) + Self.zeros
            ),
        ]
        for (name, bytes) in cases {
            #expect(throws: ArchiveError.self, "\(name)") { try CutTar(bytes + Self.zeros) }
        }
    }

    @Test func anEmptyTarIsWhole() throws {
        #expect(try CutTar(Self.zeros).members.isEmpty)
        #expect(throws: ArchiveError.self) { try CutTar([]) }
        #expect(throws: ArchiveError.self) { try CutTar(Array(Self.zeros.prefix(512))) }
    }

    @Test func dataArePassedOver() throws {
        let bytes =
            Self.header("a", type: "0", size: Self.octal(1000)) + [UInt8](repeating: 7, count: 1000)
            + [UInt8](repeating: 0, count: 24) + Self.zeros
        var cutter = TarCutter()
        var index = 0
        let head = Array(bytes.prefix(512))
        while try cutter.next(in: head.span, at: &index) != nil {}
        #expect(cutter.expectedData?.count == 1000)
        cutter.skip(600)
        #expect(cutter.expectedData?.offset == 600)
        cutter.skip(400)
        #expect(cutter.expectedData == nil)
        index = 0
        let rest = Array(bytes.dropFirst(1512))
        while try cutter.next(in: rest.span, at: &index) != nil {}
        try cutter.finish()
    }
}
