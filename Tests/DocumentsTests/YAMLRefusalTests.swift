import Documents
import Testing

struct YAMLRefusalTests {
    @Test(arguments: NastyInput.all)
    func refusesWithItsCode(input: NastyInput) throws {
        let error = try #require(throws: DocumentError.self) {
            try YAMLNode(parsing: input.bytes, name: "n.yaml")
        }
        #expect(error.code == input.code)
        let place = "n.yaml:\(error.position.line):\(error.position.column): "
        #expect(error.message.hasPrefix(place))
    }

    @Test(arguments: [
        ("a: 1\nb:\n  c: [1,\n", DocumentPosition(line: 4, column: 1)),
        ("a: 1\nb: 2\n  a: 3\n", DocumentPosition(line: 3, column: 4)),
        ("a: 1\n\na: 3\n", DocumentPosition(line: 3, column: 1)),
        ("é: *b\n", DocumentPosition(line: 1, column: 4)),
        ("a: 1\n--- \nb: 2\n", DocumentPosition(line: 2, column: 1)),
    ])
    func saysWhere(text: String, position: DocumentPosition) throws {
        let error = try #require(throws: DocumentError.self) {
            try YAMLNode(parsing: Array(text.utf8), name: "n.yaml")
        }
        #expect(error.position == position)
    }

    @Test func placesABadByte() throws {
        let error = try #require(throws: DocumentError.self) {
            try YAMLNode(parsing: Array("a: 1\né: ".utf8) + [0xFF], name: "n.yaml")
        }
        #expect(error.position == DocumentPosition(line: 2, column: 4))
        #expect(error.cause?.isEmpty == false)
    }

    @Test func messagesCannotSteerATerminal() throws {
        let key = #""\e[2J\u202E""#
        let error = try #require(throws: DocumentError.self) {
            try YAMLNode(parsing: Array("\(key): 1\n\(key): 2\n".utf8), name: "n.yaml")
        }
        #expect(error.message.contains(#""\U0000001B[2J\U0000202E""#))
    }

    /// Whatever the bytes: a tree within its limits or an error, never a crash or a hang.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func survivesMutations(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let seeds = NastyInput.all.map(\.bytes).filter { $0.count < 4_000 } + [Array(sample.utf8)]
        let limits = DocumentLimits(sizeBytes: 8_000, depth: 12, expandedBytes: 20_000)
        var trees = 0
        for _ in 0..<1_500 {
            var bytes = try #require(seeds.randomElement(using: &random))
            for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&bytes, &random) }
            do throws(DocumentError) {
                let node = try YAMLNode(parsing: bytes, name: "n", limits: limits)
                #expect(depth(node) <= limits.depth)
                #expect(count(node) * 16 <= limits.expandedBytes)
                trees += 1
            } catch {
                #expect(error.position.line > 0 && error.position.column > 0)
            }
        }
        #expect(trees > 100, "the mutations leave too little that can be read")
    }

    private let sample = """
        base: &base {a: 1, "b": [x, 'y', ~]}
        more:
          - <<: *base
            c: |
              lines
              of text
          - !!str 5
        """

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let marks = Array("&*!<>{}[]:,-?|%@`\"'# \n\t".utf8)
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 1: bytes.insert(marks.randomElement(using: &random) ?? 0, at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 3))
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
        default:
            if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        }
    }

    private func children(_ node: YAMLNode) -> [YAMLNode] {
        node.items ?? node.entries?.map(\.value) ?? []
    }

    private func depth(_ node: YAMLNode) -> Int {
        1 + (children(node).map(depth).max() ?? 0)
    }

    private func count(_ node: YAMLNode) -> Int {
        1 + children(node).map(count).reduce(0, +)
    }
}

/// A small generator whose sequence is the same everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
