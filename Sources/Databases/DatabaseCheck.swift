internal import CSQLite

/// What a check of a finished copy found.
public struct CheckReport: Sendable, Equatable, Codable {
    /// How it came out.
    public enum Outcome: String, Sendable, Codable {
        /// Nothing is wrong.
        case sound
        /// The messages say what is.
        case damaged
        /// SQLite could not judge, such as for want of an application's own function.
        case undecided
    }

    /// How it came out.
    public let outcome: Outcome
    /// SQLite's words, as far as they were asked for; empty where nothing is wrong.
    public let messages: [String]
}

/// Rows that point at rows that are not there.
public struct ForeignKeyReport: Sendable, Equatable, Codable {
    /// One such row.
    public struct Violation: Sendable, Equatable, Codable {
        /// The table that holds the row.
        public let table: String
        /// The row; nil in a table without row numbers.
        public let row: Int64?
        /// The table it points at.
        public let parent: String
    }

    /// How many there are.
    public let violationCount: Int
    /// The first of them.
    public let first: [Violation]
    /// Why SQLite could not tell; nil where it could.
    public let problem: String?
}

extension Database {
    /// How much a check looks at.
    public enum Depth: String, Sendable {
        /// Every page and row, but not whether indexes agree with their tables.
        case quick = "quick_check"
        /// Indexes, too: many times slower where their order is random.
        case full = "integrity_check"
    }

    /// Looks for damage.
    ///
    /// - Parameters:
    ///   - depth: How much is looked at.
    ///   - messageLimit: After how many findings to stop.
    ///   - shouldStop: Asked every few milliseconds.
    /// - Returns: The findings.
    /// - Throws: ``DatabaseError``; `interrupted` where `shouldStop` said so.
    public func check(
        _ depth: Depth,
        messageLimit: Int = 100,
        shouldStop: @escaping () -> Bool = { false }
    ) throws(DatabaseError) -> CheckReport {
        var messages: [String] = []
        do throws(DatabaseError) {
            try watched(by: shouldStop) { () throws(DatabaseError) in
                let statement = try prepare("PRAGMA \(depth.rawValue)(\(messageLimit))", "check")
                while try statement.step("check") { messages.append(statement.text(0)) }
            }
        } catch {
            switch error.code {
            case .corrupt, .notADatabase:
                return CheckReport(outcome: .damaged, messages: messages + [error.description])
            case .other:
                return CheckReport(outcome: .undecided, messages: messages + [error.description])
            default:
                throw error
            }
        }
        if messages == ["ok"] { return CheckReport(outcome: .sound, messages: []) }
        return CheckReport(outcome: .damaged, messages: messages)
    }

    /// Looks for rows that point at rows that are not there, whether or not the application has
    /// SQLite enforce it.
    ///
    /// - Parameters:
    ///   - rowLimit: How many are named.
    ///   - shouldStop: Asked every few milliseconds.
    /// - Returns: The findings.
    /// - Throws: ``DatabaseError``; `interrupted` where `shouldStop` said so.
    public func checkForeignKeys(
        rowLimit: Int = 10,
        shouldStop: @escaping () -> Bool = { false }
    ) throws(DatabaseError) -> ForeignKeyReport {
        var count = 0
        var first: [ForeignKeyReport.Violation] = []
        do throws(DatabaseError) {
            try watched(by: shouldStop) { () throws(DatabaseError) in
                let statement = try prepare("PRAGMA foreign_key_check", "check foreign keys of")
                while try statement.step("check foreign keys of") {
                    count += 1
                    if first.count >= rowLimit { continue }
                    first.append(
                        .init(
                            table: statement.text(0),
                            row: statement.isNull(1) ? nil : statement.number(1),
                            parent: statement.text(2)
                        )
                    )
                }
            }
        } catch {
            // A schema whose keys do not fit each other, or damage that the other check names.
            guard [.other, .corrupt, .notADatabase].contains(error.code) else { throw error }
            return ForeignKeyReport(
                violationCount: count,
                first: first,
                problem: error.description
            )
        }
        return ForeignKeyReport(violationCount: count, first: first, problem: nil)
    }

    /// Runs statements that are interrupted once the caller says so.
    func watched(
        by shouldStop: @escaping () -> Bool,
        _ body: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let watch = Watch(shouldStop)
        unsafe withHandle { handle in
            unsafe sqlite3_progress_handler(
                handle,
                10_000,
                { context in
                    guard let context = unsafe context else { return 0 }
                    let watch = unsafe Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue()
                    return watch.shouldStop() ? 1 : 0
                },
                Unmanaged.passUnretained(watch).toOpaque()
            )
        }
        defer {
            unsafe withHandle { unsafe sqlite3_progress_handler($0, 0, nil, nil) }
            withExtendedLifetime(watch) {}
        }
        try body()
    }
}

private final class Watch {
    let shouldStop: () -> Bool

    init(_ shouldStop: @escaping () -> Bool) {
        self.shouldStop = shouldStop
    }
}
