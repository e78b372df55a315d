import Glibc
import Testing

@testable import Databases

/// Twelve databases that another process writes in one order, most of them idle at any time.
///
/// `RECOVER_TORTURE=200` takes as many snapshots in each mode, with the true time of rest of
/// stamps, and prints what it found.
@Suite(.serialized)
struct TortureTests {
    private let count = unsafe getenv("RECOVER_TORTURE").flatMap { unsafe Int32(atoi($0)) }

    @Test func noSnapshotShowsALaterWriteAndMissesAnEarlierOne() throws {
        let torture = try Torture(isLong: count != nil)
        let found = try torture.run(.barrier, snapshots: Int(count ?? 20))
        let report = try torture.stop()
        print("torture barrier: \(found) \(report)")
        #expect(found.violations == 0)
        #expect(found.failures == 0)
        #expect(found.skipped > found.snapshots)
        #expect(try #require(report["per_second"]) >= 500)
        #expect(try #require(report["wait_median_us"]) <= 50_000)
    }

    /// The test above proves something only if it finds violations where they have to be.
    @Test(arguments: [Torture.Mode.withoutSecondLook, .oneAfterAnother])
    func findsViolationsWithout(_ mode: Torture.Mode) throws {
        let torture = try Torture(isLong: count != nil)
        let found = try torture.run(
            mode,
            snapshots: Int(count ?? 400),
            untilViolation: count == nil
        )
        print("torture \(mode): \(found) \(try torture.stop())")
        #expect(found.violations > 0)
    }
}
