internal import Cryptography

/// Puts back a document of which a single bit was flipped: its digest tells when it is right.
enum OneBit {
    private static let opening = Array("\"digest\":\"".utf8)
    private static let closing = Array("\",".utf8)
    private static let fieldBytes = opening.count + 64 + closing.count
    /// Every bit is tried: a larger document would take minutes.
    private static let limitBytes = 16 << 10

    /// The document as it was written; nil where more than one bit is not as it was.
    static func heal(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count <= limitBytes, let start = field(in: bytes) else { return nil }
        var healed = bytes
        let digits = (start + opening.count)..<(start + opening.count + 64)
        healed.replaceSubrange(start..<digits.lowerBound, with: opening)
        healed.replaceSubrange(digits.upperBound..<(start + fieldBytes), with: closing)
        var rest = Array(healed[..<start] + healed[(start + fieldBytes)...])
        let stated = Array(healed[digits])
        let real = SHA256.digest(of: rest).hexBytes
        if healed != bytes || real == stated { return real == stated ? healed : nil }
        if isOneBit(real, stated) {
            healed.replaceSubrange(digits, with: real)
            return healed
        }
        guard let wanted = Digest(hex: stated[...]) else { return nil }
        for position in rest.indices {
            for bit in 0..<8 {
                rest[position] ^= 1 << bit
                if SHA256.digest(of: rest) == wanted {
                    healed[position < start ? position : position + fieldBytes] = rest[position]
                    return healed
                }
                rest[position] ^= 1 << bit
            }
        }
        return nil
    }

    private static func isOneBit(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        zip(left, right).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount } == 1
    }

    /// Where the last field of that name begins; one byte of its marks may be wrong.
    private static func field(in bytes: [UInt8]) -> Int? {
        guard bytes.count >= fieldBytes else { return nil }
        for start in (0...(bytes.count - fieldBytes)).reversed() {
            var wrong = 0
            for (index, byte) in opening.enumerated() where bytes[start + index] != byte {
                wrong += 1
                if wrong > 1 { break }
            }
            if wrong > 1 { continue }
            let end = start + opening.count + 64
            for (index, byte) in closing.enumerated() where bytes[end + index] != byte {
                wrong += 1
            }
            if wrong <= 1 { return start }
        }
        return nil
    }
}
