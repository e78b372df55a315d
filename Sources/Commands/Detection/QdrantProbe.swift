internal import FoundationEssentials
internal import Transfers

/// Asks a Qdrant who it is.
enum QdrantProbe {
    private struct Greeting: Decodable {
        var title: String
        var version: String
    }

    /// Asks for `/`, patient for two seconds.
    ///
    /// - Parameter url: Scheme, host and port.
    /// - Returns: What answered, in words, such as `version 1.12.0 answers`.
    static func answer(at url: String) -> String {
        do throws(TransferError) {
            var transfer = try Transfer()
            var request = Request(url: url + "/")
            request.connectTimeoutSeconds = 2
            request.stallTimeoutSeconds = 2
            request.bodyByteCountMax = 65_536
            let response = try transfer.get(request)
            guard
                let greeting = try? JSONDecoder().decode(Greeting.self, from: Data(response.body)),
                greeting.title.hasPrefix("qdrant")
            else { return "something else than Qdrant answers (\(response.status))" }
            return "version \(greeting.version.prefix(32)) answers"
        } catch {
            return "it does not answer now"
        }
    }
}
