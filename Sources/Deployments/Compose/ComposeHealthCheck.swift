/// How an engine looks at the health of a service, with compose's own defaults.
public struct ComposeHealthCheck: Sendable, Equatable, Codable {
    /// The time between two looks.
    public internal(set) var intervalSeconds = 30.0
    /// The time that a look may take.
    public internal(set) var timeoutSeconds = 30.0
    /// How long failures do not count.
    public internal(set) var startPeriodSeconds = 0.0
    /// How many failures in a row make it unhealthy.
    public internal(set) var retryCount = 3

    enum CodingKeys: String, CodingKey {
        case intervalSeconds = "interval_seconds"
        case timeoutSeconds = "timeout_seconds"
        case startPeriodSeconds = "start_period_seconds"
        case retryCount = "retries"
    }

    /// How long a service that comes up may take until the engine has made up its mind.
    public var windowSeconds: Double {
        startPeriodSeconds + (intervalSeconds + timeoutSeconds) * Double(max(1, retryCount))
    }

    /// Reads a time such as `1m30s`, `500ms` or `2.5s`.
    ///
    /// - Parameter text: With variables replaced.
    /// - Returns: Seconds; nil for anything else.
    public static func seconds(_ text: String) -> Double? {
        let units = ["us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60, "h": 3600, "d": 86_400]
        var rest = text[...]
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { $0.isLetter }
            rest = rest[unit.endIndex...]
            guard let value = Double(number), let factor = units[String(unit)] else { return nil }
            sum += value * factor
        }
        return sum
    }
}
