import Files
import Testing

@Suite struct AccessListTests {
    @Test func bothFormsSayTheSame() throws {
        let text =
            "user::rw-\nuser:7:r--\nuser:1234:r-x\ngroup::r--\ngroup:9:-w-\nmask::rwx\nother::---"
        let list = try #require(AccessList(text: text))
        #expect(list.text == text)
        #expect(AccessList(attribute: list.attribute) == list)
        let shuffled =
            "other::---,user:ann:r-x:1234,mask::rwx,group:9:-w-,group::r--,user::rw-,user:7:r--"
        #expect(AccessList(text: shuffled) == list)
        let first: [UInt8] = [2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 7, 0, 0, 0]
        #expect(list.attribute.starts(with: first))
    }

    @Test(arguments: ["", "user:ann:r--", "user:r--", "nobody::r--", "mask:3:r--"])
    func whatIsNoListIsNone(text: String) {
        #expect(AccessList(text: text) == nil)
    }

    @Test(
        arguments: [[], [1, 0, 0, 0], [2, 0, 0, 0, 1], [2, 0, 0, 0, 3, 0, 6, 0, 0, 0, 0, 0]]
            as [[UInt8]]
    )
    func foreignBytesAreNone(bytes: [UInt8]) {
        #expect(AccessList(attribute: bytes) == nil)
    }
}
