import Testing
import Threads

@Suite struct BoundedQueueTests {
    @Test func elementsComeOutAsTheyWentIn() {
        let queue = BoundedQueue<Int>(limit: 1000)
        for number in 0..<1000 { queue.push(number) }
        #expect((0..<1000).map { _ in queue.pop() } == Array(0..<1000).map { $0 })
    }

    @Test func aClosedQueueIsDrainedAndTakesNothing() {
        let queue = BoundedQueue<Int>(limit: 4)
        queue.push(1)
        queue.close()
        queue.push(2)
        #expect(queue.pop() == 1)
        #expect(queue.pop() == nil)
        #expect(queue.pop() == nil)
    }

    @Test func aFullQueueHoldsItsProducerBack() {
        let queue = BoundedQueue<Int>(limit: 3)
        let pushed = Monitor(0)
        let producer = OwnedThread {
            for number in 0..<50 {
                queue.push(number)
                pushed.change { $0 = number + 1 }
            }
        }
        pushed.wait { $0 == 3 ? () : nil }
        for number in 0..<50 {
            // Whatever the producer has done, it is never more than the limit and one ahead.
            #expect(pushed.change { $0 } <= number + 3)
            #expect(queue.pop() == number)
        }
        producer.join()
    }

    @Test func closingFreesAProducerThatWaits() {
        let queue = BoundedQueue<Int>(limit: 1)
        queue.push(1)
        let producer = OwnedThread { queue.push(2) }
        queue.close()
        producer.join()
        #expect(queue.pop() == 1)
        #expect(queue.pop() == nil)
    }

    @Test func nothingIsLostBetweenManyThreads() {
        let queue = BoundedQueue<Int>(limit: 7)
        let sum = Monitor((total: 0, count: 0))
        let consumers = (0..<4).map { _ in
            OwnedThread {
                while let number = queue.pop() {
                    sum.change { $0 = ($0.total + number, $0.count + 1) }
                }
            }
        }
        let producers = (0..<4).map { part in
            OwnedThread { for number in 0..<500 { queue.push(part * 500 + number) } }
        }
        for thread in producers { thread.join() }
        queue.close()
        for thread in consumers { thread.join() }
        let result = sum.change { $0 }
        #expect(result.count == 2000)
        #expect(result.total == 1999 * 2000 / 2)
    }
}

@Suite struct MonitorTests {
    @Test func changesAreOneAfterAnother() {
        let counter = Monitor(0)
        let threads = (0..<4).map { _ in
            OwnedThread { for _ in 0..<2000 { counter.change { $0 += 1 } } }
        }
        for thread in threads { thread.join() }
        #expect(counter.change { $0 } == 8000)
    }

    @Test func whoWaitsIsWokenByAChange() {
        let baton = Monitor(0)
        let other = OwnedThread {
            for turn in stride(from: 1, to: 200, by: 2) {
                baton.wait { $0 == turn ? () : nil }
                baton.change { $0 += 1 }
            }
        }
        for turn in stride(from: 0, to: 200, by: 2) {
            baton.wait { $0 == turn ? () : nil }
            baton.change { $0 += 1 }
        }
        other.join()
        #expect(baton.change { $0 } == 200)
    }
}

@Suite struct OwnedThreadTests {
    @Test func whatAThreadDidIsSeenAfterItIsJoined() {
        let seen = Monitor(false)
        let thread = OwnedThread { seen.change { $0 = true } }
        thread.join()
        thread.join()
        #expect(seen.change { $0 })
        #expect(OwnedThread.recommendedCount >= 2)
    }

    /// What a body holds may lean on what ends right after the join.
    @Test func aJoinedThreadHoldsNothing() {
        final class Held: Sendable {}
        for _ in 0..<2000 {
            weak var held: Held?
            let thread = {
                let object = Held()
                held = object
                return OwnedThread { withExtendedLifetime(object) {} }
            }()
            thread.join()
            #expect(held == nil)
        }
    }

    @Test func aWishToStopIsRaisedAcrossThreads() {
        let cancellation = Cancellation()
        #expect(cancellation.reason == nil)
        OwnedThread { cancellation.raise(15) }.join()
        #expect(cancellation.reason == 15)
    }
}
