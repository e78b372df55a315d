/// The names somebody may have meant by a word: a few typing errors away, or begun by it.
///
/// Upper and lower case count as alike. Two letters swapped count as one error.
///
/// - Parameters:
///   - word: The word written.
///   - names: The names there are.
/// - Returns: At most three of the names, the nearest first; none when all are far.
public func nearestNames(to word: String, among names: [String]) -> [String] {
    let letters = Array(word.lowercased())
    let ranked = names.enumerated().compactMap { index, name -> (Int, Int, String)? in
        let others = Array(name.lowercased())
        let length = max(letters.count, others.count)
        let limit = min(3, max(1, length / 3))
        if letters.count >= 2 && others.starts(with: letters) {
            return (min(others.count - letters.count, limit), index, name)
        }
        guard abs(letters.count - others.count) <= limit else { return nil }
        let distance = editDistance(letters, others)
        return distance <= limit && distance < length ? (distance, index, name) : nil
    }
    return ranked.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(3).map(\.2)
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
private func editDistance(_ source: [Character], _ target: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...target.count)
    for row in 0..<source.count {
        var current = [row + 1]
        for column in 0..<target.count {
            let isSame = source[row] == target[column]
            var best = min(
                last[column] + (isSame ? 0 : 1),
                last[column + 1] + 1,
                current[column] + 1
            )
            if row > 0 && column > 0 && source[row] == target[column - 1]
                && source[row - 1] == target[column]
            {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        beforeLast = last
        last = current
    }
    return last[target.count]
}
