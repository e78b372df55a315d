extension HTTPCheck {
    /// For people: what is asked.
    var text: String {
        let words = method == "GET" ? url : "\(method) \(url)"
        return name.map { "\($0) at \(words)" } ?? words
    }
}
