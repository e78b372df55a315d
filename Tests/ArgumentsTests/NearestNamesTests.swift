import Arguments
import Testing

@Suite struct NearestNamesTests {
    @Test(
        "Names are near by few errors, best first",
        arguments: [
            ("bakcup", ["backup"]), ("bcakup", ["backup"]), ("backp", ["backup"]),
            ("backupp", ["backup"]), ("BACKUP", ["backup"]), ("verfy", ["verify"]),
            ("sho", ["show"]), ("snap", ["snapshot"]), ("shcedule", ["schedule"]),
            ("re", ["repair", "resume", "restore"]), ("resore", ["restore", "resume"]),
            ("xyz", []), ("x", []), ("", []), ("destroy-everything", []),
        ]
    )
    func near(word: String, wanted: [String]) {
        let names = [
            "backup", "show", "verify", "snapshot", "repair", "resume", "restore", "schedule",
        ]
        #expect(nearestNames(to: word, among: names) == wanted)
    }

    @Test func nearestComesFirst() {
        #expect(
            nearestNames(to: "abcdef", among: ["abcxyf", "abcdex", "abcdef"]).first == "abcdef"
        )
        #expect(nearestNames(to: "구성요소", among: ["구성요수", "상태"]) == ["구성요수"])
    }

    @Test func longWordsAreQuick() {
        let word = String(repeating: "a", count: 100_000)
        #expect(nearestNames(to: word, among: ["backup"]) == [])
    }
}
