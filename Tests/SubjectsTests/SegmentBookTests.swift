import Testing

@testable import Subjects

@Suite struct SegmentBookTests {
    private static func versions(_ numbers: UInt64...) -> [UInt8] {
        numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    }

    @Test func filesAreKnownByTheirNames() {
        #expect(SegmentBook("mutable_id_tracker.mappings") == .log)
        #expect(SegmentBook("id_tracker.versions") == .versions)
        #expect(SegmentBook("vector_storage/matrix.dat") == nil)
        #expect(SegmentBook.isWanted("id_tracker.deleted"))
        #expect(!SegmentBook.isWanted("id_tracker.versions"))
    }

    @Test func aLogIsOnlyAddedTo() {
        #expect(SegmentBook.log.continues([1, 2], as: [1, 2], since: 9))
        #expect(SegmentBook.log.continues([1, 2], as: [1, 2, 3], since: 9))
        #expect(!SegmentBook.log.continues([1, 2], as: [1], since: 9))
        #expect(!SegmentBook.log.continues([1, 2], as: [1, 3, 2], since: 9))
    }

    @Test func noPointComesBack() {
        #expect(SegmentBook.deletions.continues([0b0101], as: [0b1101], since: 9))
        #expect(!SegmentBook.deletions.continues([0b0101], as: [0b1100], since: 9))
    }

    @Test func aPointChangesByWhatCameLater() {
        let old = Self.versions(3, 300, 9)
        #expect(SegmentBook.versions.continues(old, as: old, since: 300))
        #expect(
            SegmentBook.versions.continues(old, as: Self.versions(301, 300, 9, 302), since: 300)
        )
        #expect(SegmentBook.versions.continues(old, as: Self.versions(3, 0, 9), since: 300))
        #expect(!SegmentBook.versions.continues(old, as: Self.versions(4, 300, 9), since: 300))
        #expect(!SegmentBook.versions.continues(old, as: Self.versions(3, 299, 9), since: 300))
    }
}
