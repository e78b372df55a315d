import Files
import Operations
import Testing

@testable import Monitoring

@Suite struct ProofTests {
    private func deep(_ runs: [Outcome]) throws -> Proof {
        try #require(proofs(runs).first { $0.kind == .deep })
    }

    @Test func onlyARunThatSucceededAndProvedItCounts() throws {
        let good = proving([.quick, .full, .deep], ago: 40 * 86_400)
        #expect(try deep([good]).last == ago(40 * 86_400))
        for run in [
            proving([.quick, .full], ago: 100),
            proving([.quick, .full, .deep], ago: 100, code: 20),
            proving([.quick, .full, .deep], ago: 100, code: 75), run("backup", 0, .done, ago: 100),
            run("verify", 0, .done, ago: 100),
        ] {
            #expect(try deep([good, run]).last == ago(40 * 86_400))
        }
        // Of two records of one run the later counts: nobody could read the result.
        var amended = good
        amended.exitCode = 1
        #expect(try deep([good, amended]).last == nil)
    }

    @Test func itIsDueAtTheTimeNearestToItsDate() throws {
        let noon = ago(12 * 3600)
        let proof = try deep([proving([.deep], ago: 12 * 3600)])
        func at(_ days: Double) -> Moment {
            Moment(secondsSince1970: noon.secondsSince1970 + Int64(days * 86_400))
        }
        #expect(!proof.isDue(at: at(0.7)) && !proof.isDue(at: at(29.4)))
        #expect(proof.isDue(at: at(29.6)) && proof.isDue(at: at(400)))
        #expect(try deep([]).isDue(at: now))
        // A clock that was wrong for a while puts nothing off for years.
        #expect(proof.isDue(at: at(-3)) && !proof.isDue(at: at(-0.5)))
    }

    @Test func overdueIsASixthLaterAndAtLeastADay() throws {
        let proof = try deep([proving([.deep], ago: 0)])
        #expect(proof.limitSeconds == 35 * day)
        func later(_ seconds: Int) -> Moment {
            Moment(secondsSince1970: now.secondsSince1970 + Int64(seconds))
        }
        #expect(!proof.isOverdue(at: later(35 * day), since: nil))
        #expect(proof.isOverdue(at: later(35 * day + 1), since: nil))
        let never = try deep([])
        #expect(!never.isOverdue(at: now, since: nil))
        #expect(never.isOverdue(at: now, since: ago(36 * 86_400)))
        let limits = proofs([]).map(\.limitSeconds)
        #expect(limits == [2 * day, 7 * day + 7 * day / 6, 35 * day, 31 * day + 31 * day / 6])
    }

    @Test func withoutAClockOnlyASpanIsWanted() {
        let each = Proof(.quick, spanSeconds: nil, slotSeconds: nil, runs: [])
        #expect(!each.isWanted && !each.isScheduled)
        let span = Proof(.full, spanSeconds: 7 * day, slotSeconds: nil, runs: [])
        #expect(span.isWanted && !span.isScheduled)
    }
}
