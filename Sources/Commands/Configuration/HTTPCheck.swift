/// One request with the answer that a working service gives.
struct HTTPCheck: Sendable, Hashable {
    static let readingMethods = ["GET", "HEAD"]
    static let methods = readingMethods + ["POST", "PUT", "PATCH", "DELETE"]

    /// The service that is asked; nil for a check of the whole stack.
    let name: String?
    let url: String
    let method: String
    let bearer: SecretReference?
    let body: String?
    let status: Int
    /// What a JSON answer must contain.
    let json: ExpectedValue?

    init(_ setting: Setting, name: String?) {
        self.name = name
        url = setting["url"].string
        method = setting["method"].string
        bearer = setting.find("bearer").map(SecretReference.init)
        body = setting.find("body")?.string
        status = setting["expect"]["status"].count
        json = setting["expect"].find("json")?.expectation
    }
}
