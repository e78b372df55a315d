import Support

extension SimulatedDisk {
    /// How much of what was not synced had reached the disk all the same.
    private struct Luck {
        let names: Double
        let bytes: Double
        let isGarbage: Bool

        init(_ random: inout SeededGenerator) {
            let chances = [0, 0.1, 0.5, 0.9, 1]
            names = chances.randomElement(using: &random) ?? 0
            bytes = chances.randomElement(using: &random) ?? 0
            isGarbage = random.happens(0.3)
        }

        /// None at all.
        init() {
            names = 0
            bytes = 0
            isGarbage = false
        }
    }

    /// The disk as it comes back after a power cut now: all that it holds is durable.
    ///
    /// - Parameter random: Decides what was lost.
    /// - Returns: The disk.
    func afterPowerCut(_ random: inout SeededGenerator) -> SimulatedDisk {
        let luck = Luck(&random)
        var disk = SimulatedDisk()
        var survivors: [Int: Int] = [:]
        survive(0, as: 0, on: &disk, &survivors, luck, &random)
        return disk
    }

    /// The disk as it comes back when of all that was not synced nothing had reached it.
    ///
    /// - Returns: The disk.
    func afterTotalLoss() -> SimulatedDisk {
        var disk = SimulatedDisk()
        var survivors: [Int: Int] = [:]
        var random = SeededGenerator(seed: 0)
        var twin = self
        for node in nodes.indices {
            twin.nodes[node].bytes = nodes[node].durableBytes
            twin.nodes[node].isSynced = true
            twin.nodes[node].changes = [:]
            twin.nodes[node].changed = []
        }
        twin.survive(0, as: 0, on: &disk, &survivors, Luck(), &random)
        return disk
    }

    private func survive(
        _ folder: Int,
        as copy: Int,
        on disk: inout SimulatedDisk,
        _ survivors: inout [Int: Int],
        _ luck: Luck,
        _ random: inout SeededGenerator
    ) {
        var entries = nodes[folder].durableEntries
        for name in nodes[folder].changed {
            let changes = nodes[folder].changes[name] ?? []
            if random.happens(luck.names) {
                entries[name] = changes[changes.count - 1]
            } else {
                let step = Int.random(in: 0..<changes.count, using: &random)
                if step > 0 { entries[name] = changes[step - 1] }
            }
        }
        for (name, node) in entries.sorted(by: { $0.value < $1.value }) {
            if let known = survivors[node] {
                disk.nodes[copy].entries[name] = known
                continue
            }
            var twin = Node(isFolder: nodes[node].isFolder)
            if !twin.isFolder {
                // Its own numbers: one sector more must not change the luck of the others.
                var own = SeededGenerator(seed: random.next())
                twin.bytes = survivingBytes(nodes[node], luck, &own)
                twin.durableBytes = twin.bytes
            }
            let made = disk.add(twin)
            survivors[node] = made
            disk.nodes[copy].entries[name] = made
            if twin.isFolder { survive(node, as: made, on: &disk, &survivors, luck, &random) }
        }
        disk.nodes[copy].durableEntries = disk.nodes[copy].entries
    }

    /// Each sector is the new one, the old one or, where there was none, zeros or garbage.
    private func survivingBytes(
        _ node: Node,
        _ luck: Luck,
        _ random: inout SeededGenerator
    ) -> [UInt8] {
        if node.isSynced { return node.bytes }
        let (old, new) = (node.durableBytes, node.bytes)
        var length = random.happens(luck.bytes) ? new.count : old.count
        if random.happens(0.3) {
            length = Int.random(
                in: min(old.count, new.count)...max(old.count, new.count),
                using: &random
            )
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        for start in stride(from: 0, to: length, by: Self.sectorBytes) {
            let end = min(start + Self.sectorBytes, length)
            let source = random.happens(luck.bytes) ? new : old
            let part = source[min(start, source.count)..<min(end, source.count)]
            bytes += part
            let rest = end - start - part.count
            bytes += luck.isGarbage ? random.bytes(rest) : [UInt8](repeating: 0, count: rest)
        }
        return bytes
    }
}
