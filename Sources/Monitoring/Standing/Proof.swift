public import Files
public import Operations

/// A kind of proof that is wanted now and then: how often, and when there was one.
///
/// It says nothing of single snapshots; the repository keeps receipts of these.
public struct Proof: Sendable, Equatable {
    /// What is proven, the cheapest first; each of a verification includes those before it.
    public enum Kind: String, Sendable, CaseIterable {
        /// Lists and sizes are right.
        case quick
        /// Every stored byte is what it was.
        case full
        /// Every content comes back.
        case deep
        /// A stack comes back.
        case drill

        /// The verb that proves it.
        public var verb: String { self == .drill ? "drill" : "verify" }

        /// In the figures of an outcome: 1 where the run proved it of everything.
        public var figure: String { "proves.\(rawValue)" }

        /// What a person runs for it.
        public var command: String {
            switch self {
            case .quick: "recover verify --all --level quick"
            case .full: "recover verify --all"
            case .deep: "recover verify --all --level deep"
            case .drill: "recover drill"
            }
        }
    }

    /// In the figures of an outcome: 1 for a run over everything, whatever it proved.
    public static let wholeFigure = "whole"

    /// What is proven.
    public let kind: Kind
    /// How old the last one may become until the next is wanted.
    public let spanSeconds: Int
    /// How far the times are apart at which it can be had.
    public let slotSeconds: Int
    /// Whether anything runs it by the clock.
    public let isScheduled: Bool
    /// Whether anybody wants it: nothing is wanted each time that never comes.
    public let isWanted: Bool
    /// When the last one ended that succeeded.
    public private(set) var last: Moment?

    /// Looks into the history for the last one.
    ///
    /// - Parameters:
    ///   - kind: What is proven.
    ///   - spanSeconds: How often it is wanted; nil for each time that it can be had.
    ///   - slotSeconds: How far the times are apart at which it can be had; nil where nothing runs
    ///     it by the clock.
    ///   - runs: The history, the oldest first; of two records of one run the later counts.
    public init(_ kind: Kind, spanSeconds: Int?, slotSeconds: Int?, runs: [Outcome]) {
        self.kind = kind
        let slot = slotSeconds ?? spanSeconds ?? 86_400
        self.spanSeconds = spanSeconds ?? slot
        self.slotSeconds = slot
        isScheduled = slotSeconds != nil
        isWanted = slotSeconds != nil || spanSeconds != nil
        var settled: Set<String> = []
        for run in runs.reversed() where settled.insert(run.operation).inserted {
            guard run.verb == kind.verb, run.ending == .ok || run.ending == .warning,
                kind == .drill || run.facts.figures[kind.figure] == 1
            else { continue }
            last = Moment(rfc3339: run.finishedAt)
            break
        }
    }

    /// After how long without one it is overdue: a sixth more, 35 days for 30, and at least a day.
    public var limitSeconds: Int {
        let interval = max(spanSeconds, slotSeconds)
        return interval + max(interval / 6, 86_400)
    }

    /// Whether the time at hand is the one nearest to the date on which the last becomes too old.
    ///
    /// - Parameter now: A time at which it can be had.
    /// - Returns: True also where there was none yet, or where it is of the future.
    public func isDue(at now: Moment) -> Bool {
        guard let last else { return true }
        let age = now.secondsSince1970 - last.secondsSince1970
        return age < -Int64(slotSeconds) || age > Int64(spanSeconds - slotSeconds / 2)
    }

    /// Whether there was none for too long.
    ///
    /// - Parameters:
    ///   - now: The present.
    ///   - start: Since when one could be had.
    /// - Returns: False without a start and without any.
    public func isOverdue(at now: Moment, since start: Moment?) -> Bool {
        guard let since = last ?? start else { return false }
        return now.secondsSince1970 - since.secondsSince1970 > Int64(limitSeconds)
    }

    /// What a person is told where it is overdue.
    ///
    /// - Parameter now: The present.
    /// - Returns: The text.
    public func overdueText(at now: Moment) -> String {
        let what = kind == .drill ? "drill" : "\(kind.rawValue) verification"
        let age = last.map { Int(now.secondsSince1970 - $0.secondsSince1970) }
        let when = age.map { "the last one was \(AgeText.text(max(0, $0))) ago" }
        return "no \(what) succeeded in \(AgeText.text(limitSeconds)); "
            + (when ?? "there was none yet")
    }
}
