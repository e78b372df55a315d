internal import Deployments
internal import Files
internal import Operations
internal import Recovery

/// From the TAG to the last question: services come up, and are asked whether they are well.
extension CoordinatedWork {
    func changeTag() throws(CommandFailure) {
        var values = plan.flags
        if let change = plan.tagChange { values[change.key] = change.to }
        guard !values.isEmpty, let driver else { return }
        let edit = try EnvironmentEdit(driver.settings.environmentFileInUse)
        if journal.detail(of: "assignments", .note) == nil {
            var before = EnvironmentEdit.note(try edit.raw(Array(values.keys)))
            before["path"] = edit.path.description
            try write("assignments", .note, before)
        }
        context.console.phase("setting \(values.keys.sorted().joined(separator: ", "))")
        try edit.set(values.mapValues(EnvironmentEdit.quoted))
    }

    func start() throws(CommandFailure) {
        if driver == nil { try command(configuration.start, "start") }
        if !plan.starts.isEmpty {
            context.console.phase("starting \(plan.starts.joined(separator: ", "))")
            do throws(CommandFailure) {
                try bringUp(plan.starts, images: wantedImages)
            } catch {
                // Compose waits for what others depend on, and knows less of why it does not come.
                try judge { () throws(RecoveryGate.Finding) in try gate.lookForLost(plan.starts) }
                throw error
            }
        }
        for hook in configuration.hooks.afterRestore where restore != nil {
            try command(hook, "after_restore")
        }
    }

    var wantedImages: [String: String] {
        Dictionary(plan.images.map { ($0.service, $0.id) }) { $1 }
    }

    func lookAtHealth() throws(CommandFailure) {
        let expected = try self.expected()
        try judge { () throws(RecoveryGate.Finding) in
            try gate.awaitHealth(of: expected, images: wantedImages)
            for server in servers {
                guard let why = server.fault() else { continue }
                throw RecoveryGate.Finding(check: "collections:\(server.name)", message: why)
            }
        }
        endDowntime()
    }

    /// What must run afterwards: what ran, and what was started; not what somebody holds still.
    func expected() throws(CommandFailure) -> [String] {
        let paused = try RunningBefore(journal).pausedServices
        return plan.starts
            + plan.running.filter { !plan.starts.contains($0) && !paused.contains($0) }
    }

    func trySmoke() throws(CommandFailure) {
        let expected = try self.expected()
        try judge { () throws(RecoveryGate.Finding) in
            try gate.trySmoke()
            try gate.soak(expected, images: wantedImages)
        }
    }

    func judge(
        isStoppable: Bool = true,
        _ body: () throws(RecoveryGate.Finding) -> Void
    ) throws(CommandFailure) {
        do throws(RecoveryGate.Finding) {
            try body()
        } catch {
            if isStoppable, context.cancellation.isRaised {
                throw CommandFailure(.interrupted, "stopped", "it was asked to stop")
            }
            context.facts.failingCheck = context.facts.failingCheck ?? error.check
            throw CommandFailure(.failed, "gate", "\(error.check): \(error.message)")
        }
    }
}
