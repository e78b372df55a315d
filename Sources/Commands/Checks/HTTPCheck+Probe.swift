internal import Monitoring
internal import Transfers

extension HTTPCheck {
    /// The question that a configuration describes, with its token read.
    ///
    /// - Parameter environment: Where secrets are looked up.
    /// - Returns: The question.
    /// - Throws: ``CommandFailure`` where the token cannot be read.
    func probe(_ environment: [String: String]) throws(CommandFailure) -> HTTPProbe {
        var probe = HTTPProbe(url: url)
        probe.method = method
        probe.status = status
        probe.body = body
        probe.bearer = try bearer?.value(environment)
        probe.document = json?.json
        return probe
    }
}

extension ExpectedValue {
    /// The same as a JSON document.
    var json: JSONValue {
        switch self {
        case .null: .null
        case .boolean(let flag): .boolean(flag)
        case .integer(let number): .integer(Int64(number))
        case .number(let number): .number(number)
        case .text(let text): .text(text)
        case .list(let items): .array(items.map(\.json))
        case .object(let members):
            .object(Dictionary(members.map { ($0.key, $0.value.json) }) { $1 })
        }
    }
}
