internal import Monitoring
internal import Processes

/// How full the memory of the graphics cards is, where there are any.
enum GraphicsMemory {
    private static let question = [
        "nvidia-smi", "--query-gpu=index,memory.used,memory.total", "--format=csv,noheader,nounits",
    ]

    /// Asks `nvidia-smi`; nothing is said where there is no such program.
    static func checks(
        _ limits: Configuration.Preflight,
        _ environment: [String: String]
    ) -> [Check] {
        var command = Processes.Command(question, environment: Environment(environment))
        command.deadlineSeconds = 15
        let result: CommandResult
        do throws(ProcessError) {
            result = try command.run()
        } catch {
            return error.code == .programNotFound
                ? [] : [Check("gpu.memory", nil, .warn, error.description)]
        }
        guard result.succeeded else {
            return [Check("gpu.memory", nil, .warn, "nvidia-smi does not answer")]
        }
        return read(result.output.text, limits.gpuUsedPercentMaximum)
    }

    /// Reads its lines: card, used and total MiB.
    static func read(_ text: String, _ percentMaximum: Int) -> [Check] {
        text.split(separator: "\n").map { line in
            let fields = line.split(separator: ",").map { field in
                Int(field.split(separator: " ").joined()) ?? -1
            }
            guard fields.count == 3, fields[1] >= 0, fields[2] > 0 else {
                return Check("gpu.memory", nil, .warn, "nvidia-smi says nothing that is understood")
            }
            let percent = fields[1] * 100 / fields[2]
            let said = "card \(fields[0]): \(percent) % of \(fields[2]) MiB are used"
            if percent > percentMaximum {
                return Check("gpu.memory", nil, .fail, "\(said), more than \(percentMaximum) %")
            }
            // A card that nobody uses is not what a model server leaves behind.
            return fields[1] == 0
                ? Check("gpu.memory", nil, .warn, "\(said): no service uses it")
                : Check("gpu.memory", nil, .pass, said)
        }
    }
}
