internal import Deployments
internal import Files
internal import FoundationEssentials
internal import Operations

/// The containers as they were before a recovery stopped any, as its journal tells.
struct RunningBefore {
    private static let step = "running"
    private static let questions = "unanswered"

    /// All of the project.
    let containers: [Container]
    /// What was asked of them and not answered well.
    let unansweredChecks: [String]

    /// Reads the last note.
    ///
    /// - Parameter journal: Of the recovery; without a note nothing ran.
    /// - Throws: ``CommandFailure`` where the note cannot be read.
    init(_ journal: OperationJournal) throws(CommandFailure) {
        unansweredChecks =
            journal.detail(of: Self.questions, .note)?["checks"]?
            .split(separator: "\n").map(String.init) ?? []
        guard let text = journal.detail(of: Self.step, .note)?["containers"] else {
            containers = []
            return
        }
        do {
            containers = try JSONDecoder().decode([Container].self, from: Data(text.utf8))
        } catch {
            throw CommandFailure(
                .notReverted,
                "journal-unreadable",
                "what ran before cannot be read from \(journal.path): \(error)"
            )
        }
    }

    /// Whether there is a note.
    static func isNoted(_ journal: OperationJournal) -> Bool {
        journal.detail(of: step, .note) != nil
    }

    /// Notes them; of an earlier note stays what has died since by itself, and any Qdrant that ran.
    static func note(
        _ driver: ComposeDriver,
        _ journal: OperationJournal
    ) throws(CommandFailure) {
        let earlier = try RunningBefore(journal).up
        let containers = try driving { () throws(DeploymentError) in
            let qdrants = try driver.stack().services(of: .qdrant)
            return try driver.shown(try driver.containers()).map { now in
                guard !now.isUp, now.hasFailed || qdrants.contains(now.service) else { return now }
                return earlier.first { $0.id == now.id } ?? now
            }
        }
        guard let data = try? JSONEncoder().encode(containers) else {
            preconditionFailure("plain values always encode")
        }
        do throws(FileError) {
            let text = String(decoding: data, as: UTF8.self)
            try journal.write(step, .note, ["containers": text])
        } catch {
            throw CommandFailure(error, doing: "write the journal")
        }
    }

    /// Notes which questions are not answered before anything is touched.
    static func note(
        unanswered checks: [String],
        _ journal: OperationJournal
    ) throws(CommandFailure) {
        if checks.isEmpty { return }
        do throws(FileError) {
            try journal.write(questions, .note, ["checks": checks.joined(separator: "\n")])
        } catch {
            throw CommandFailure(error, doing: "write the journal")
        }
    }

    /// Those that were at work, paused or not.
    var up: [Container] { containers.filter(\.isUp) }

    /// The images that services ran.
    var images: [String: String] {
        Dictionary(up.map { ($0.service, $0.imageID) }) { $1 }
    }

    /// How many containers of services ran; of those of which none ran, how many there were.
    var counts: [String: Int] {
        let running = Dictionary(up.map { ($0.service, 1) }, uniquingKeysWith: +)
        let all = Dictionary(containers.map { ($0.service, 1) }, uniquingKeysWith: +)
        return running.merging(all) { ran, _ in ran }
    }

    /// The images of the containers of services of which none ran.
    var idleImages: [String: String] {
        let idle = Dictionary(containers.map { ($0.service, $0.imageID) }) { $1 }
        return idle.filter { name, _ in images[name] == nil }
    }

    /// The services that somebody held still.
    var pausedServices: Set<String> {
        Set(up.filter { $0.state == "paused" }.map(\.service))
    }

    /// The services that were not well before anything was touched: dead, unhealthy, or started again
    /// and again.
    var ailingServices: [String] {
        containers.filter {
            $0.hasFailed || $0.state == "restarting" || $0.isUp && $0.health == "unhealthy"
        }
        .map(\.service).uniqued.sorted()
    }

    /// Starts a Qdrant of the stack that ran and has died since: it is needed on the way back, and no
    /// recovery stops one.
    ///
    /// - Returns: Whether there was one.
    func startQdrant(_ driver: ComposeDriver) throws(CommandFailure) -> Bool {
        try driving { () throws(DeploymentError) in
            let qdrants = try driver.stack().services(of: .qdrant)
            let mine = up.filter { qdrants.contains($0.service) && $0.state != "paused" }
            if mine.isEmpty { return false }
            let now = try driver.containers()
            let dead = mine.filter { old in now.contains { $0.id == old.id && !$0.isUp } }
            try driver.start(dead)
            return !dead.isEmpty
        }
    }

    /// Holds still again what was so before and was started.
    func pauseAgain(_ driver: ComposeDriver) throws(CommandFailure) {
        let services = pausedServices
        if services.isEmpty { return }
        try driving { () throws(DeploymentError) in _ = try driver.pause(services.sorted()) }
    }
}
