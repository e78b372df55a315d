import Cryptography
import Files
import Support
import Testing

@testable import Deployments

struct FingerprintTests {
    /// RFC 4231, cases 1, 2, 4 and 6: short, text, and longer than a block.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func vectors(key: [UInt8], text: String, hex: String) {
        #expect(KeyedDigest.digest(of: Array(text.utf8), key: key).hex == hex)
    }

    @Test func aKeyIsMadeOnceAndTellsNothing() throws {
        let scratch = try Scratch()
        let key = try FingerprintKey(in: scratch.path)
        let again = try FingerprintKey(in: scratch.path)
        #expect(key.id == again.id)
        let status = try FileStatus(of: scratch.path.appending("fingerprint.key"))
        #expect(status.mode & 0o777 == 0o600)
        let mark = key.fingerprint(of: "1234", named: "PIN")
        #expect(mark == again.fingerprint(of: "1234", named: "PIN"))
        #expect(mark != key.fingerprint(of: "1235", named: "PIN"))
        #expect(mark != key.fingerprint(of: "1234", named: "NIP"))
        let other = FingerprintKey(bytes: [UInt8](repeating: 7, count: 32))
        #expect(other.fingerprint(of: "1234", named: "PIN") != mark)
        #expect(other.id != key.id)
    }

    @Test func valuesAreTakenOutOfMessages() {
        let redaction = Redaction([
            ["KEY": "s3cr3t-s3cr3t", "LONGER": "s3cr3t-s3cr3t-more", "FEATURE_X": "enabled"],
            ["P": "80"],
        ])
        let said = "port 80 of s3cr3t-s3cr3t-more is not s3cr3t-s3cr3t, enabled"
        #expect(redaction.cleaned(said) == "port 80 of *** is not ***, enabled")
    }
}
