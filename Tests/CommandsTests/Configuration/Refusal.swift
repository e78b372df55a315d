import Testing

@testable import Commands

/// A line that must be refused, alone, with this code and message.
struct Refusal: CustomTestStringConvertible {
    let text: String
    let code: ConfigurationProblem.Code
    let message: String
    var testDescription: String { message }

    /// A line after the head, and the message behind `r.yaml:4:`.
    init(_ text: String, _ code: ConfigurationProblem.Code, _ message: String) {
        self.text = head + text
        self.code = code
        self.message = "r.yaml:4:\(message)"
    }

    static let values: [Refusal] = [
        Refusal("holt: 1h", .unknownKey, #"1: unknown key "holt"; did you mean hold?"#),
        Refusal("zzzzzz: 1", .unknownKey, #"1: unknown key "zzzzzz""#),
        Refusal(
            "gate: {retri: 1s}",
            .unknownKey,
            #"8: unknown key "retri" in gate; did you mean retry?"#
        ),
        Refusal(
            #""\e[2J": 1"#,
            .unknownKey,
            #"1: unknown key "\U0000001B[2J""#
        ),
        Refusal("gate: 5", .wrongValue, "7: gate: expected a mapping, found 5"),
        Refusal("gate:", .wrongValue, "6: gate: expected a mapping, found nothing"),
        Refusal("hold: {a: 1}", .wrongValue, "7: hold: expected \(duration), found a mapping"),
        Refusal("hold: 24", .wrongValue, "7: hold: expected \(duration), found 24"),
        Refusal("hold: 1.5h", .wrongValue, "7: hold: expected \(duration), found \"1.5h\""),
        Refusal("hold: -5s", .wrongValue, "7: hold: expected \(duration), found \"-5s\""),
        Refusal("hold: 5S", .wrongValue, "7: hold: expected \(duration), found \"5S\""),
        Refusal(
            "gate: {interval: 0s}",
            .wrongValue,
            "18: gate.interval: expected a duration such as 10m, at least 1s, found \"0s\""
        ),
        Refusal(
            "preflight: {disk: {fail: 10}}",
            .wrongValue,
            "26: preflight.disk.fail: \(size), found 10"
        ),
        Refusal(
            "preflight: {disk: {fail: 10Gb}}",
            .wrongValue,
            "26: preflight.disk.fail: \(size), found \"10Gb\""
        ),
        Refusal(
            "preflight: {gpu: {max_used: 101%}}",
            .wrongValue,
            "29: preflight.gpu.max_used: expected a percentage such as 90%, found \"101%\""
        ),
        Refusal(
            "preflight: {disk: {warn: 1GB, fail: 2GB}}",
            .contradiction,
            "37: preflight.disk: fail must not be more than warn"
        ),
        Refusal(
            "images: {save: no}",
            .wrongValue,
            #"16: images.save: expected true or false, found "no""#
        ),
        Refusal(
            "images: {keep: 0777}",
            .wrongValue,
            #"16: images.keep: expected a whole number from 1 to 1000, found "0777""#
        ),
        Refusal(
            "images: {keep: true}",
            .wrongValue,
            "16: images.keep: expected a whole number from 1 to 1000, found true"
        ),
        Refusal("metrics: true", .wrongValue, "10: metrics: expected \(path), found true"),
        Refusal("metrics: ~", .wrongValue, "10: metrics: expected \(path), found nothing"),
        Refusal("metrics: ~/m", .wrongValue, "10: metrics: expected \(path), found \"~/m\""),
        Refusal(
            "metrics: \"s3://b/m\"",
            .wrongValue,
            "10: metrics: expected \(path), found \"s3://b/m\""
        ),
        Refusal(
            #"metrics: "/a\0b""#,
            .wrongValue,
            "10: metrics: expected \(path), found \"/a\\U00000000b\""
        ),
        Refusal("exclude: a", .wrongValue, #"10: exclude: expected a list, found "a""#),
        Refusal("exclude: [a, b, a]", .wrongValue, #"17: exclude: "a" stands here twice"#),
        Refusal(
            "secrets: plain",
            .wrongValue,
            #"10: secrets: expected one of fingerprint, store, found "plain""#
        ),
        Refusal("start: make up", .wrongValue, #"8: start: expected a list, found "make up""#),
        Refusal(
            "hooks: {after_backup: [[]]}",
            .wrongValue,
            "24: hooks.after_backup: the list must not be empty"
        ),
        Refusal(
            "hooks: {after_backup: [sync]}",
            .wrongValue,
            #"24: hooks.after_backup: expected a list, found "sync""#
        ),
        Refusal("components: [a]", .wrongValue, "13: components: expected a mapping, found a list"),
        Refusal(
            "components: {Memory: /x}",
            .wrongValue,
            "14: components: expected \(name), found \"Memory\""
        ),
    ]

    static let duration = "a duration such as 30s, 10m, 24h or 7d"
    static let size = "expected a size such as 20GB or 10GiB"
    static let path = "a path of this host, without '~' and not a URL"
    static let name = "a name of a-z, 0-9, '.', '_' and '-', not longer than 64"

    static let sections: [Refusal] = [
        Refusal(
            "components: {a: {}}",
            .contradiction,
            "17: components.a: expected exactly one of path, qdrant, versions, volume, postgres, found none"
        ),
        Refusal(
            "components: {a: {path: /x, volume: v}}",
            .contradiction,
            "17: components.a: expected exactly one of path, qdrant, versions, volume, postgres, found path and volume"
        ),
        Refusal(
            "components: {a: [/x]}",
            .wrongValue,
            "17: components.a: expected a path or a mapping, found a list"
        ),
        Refusal(
            "components: {a: }",
            .wrongValue,
            "17: components.a: expected a path or a mapping, found nothing"
        ),
        Refusal(
            "components: {a: {path: /x, collections: [c]}}",
            .unknownKey,
            #"28: unknown key "collections" in components.a"#
        ),
        Refusal(
            "components: {a: {path: /x, required: maybe}}",
            .wrongValue,
            #"38: components.a.required: expected true or false, or a list, found "maybe""#
        ),
        Refusal(
            "components: {a: {path: /x, required: [weekly]}}",
            .wrongValue,
            "39: components.a.required: expected one of nightly, pre-deploy, pre-migration, pre-rollback, manual, found \"weekly\""
        ),
        Refusal(
            "components: {a: {path: /x, required: []}}",
            .wrongValue,
            "38: components.a.required: the list must not be empty"
        ),
        Refusal(
            "components: {a: {path: /x, writer: running}}",
            .wrongValue,
            #"36: components.a.writer: expected one of paused, found "running""#
        ),
        Refusal(
            "components: {a: {versions: /m, zone: Asia Seoul}}",
            .wrongValue,
            #"38: components.a.zone: expected a time zone such as Asia/Seoul or UTC, found "Asia Seoul""#
        ),
        Refusal(
            "components: {a: {versions: /m, link: a/b}}",
            .wrongValue,
            #"38: components.a.link: expected a file name without '/', found "a/b""#
        ),
        Refusal(
            "components: {a: {qdrant: \"http://h\", client_key: /k}}",
            .contradiction,
            "50: components.a: client_cert and client_key go together"
        ),
        Refusal(
            "archives: {dir: /a, components: [memory]}\ncomponents: {memori: /x}",
            .contradiction,
            #"34: archives.components: no component "memory"; did you mean memori?"#
        ),
        Refusal(
            "archives: {components: [a]}\ncomponents: {a: /x}",
            .missingKey,
            "11: missing key archives.dir"
        ),
        Refusal(
            "smoke: [{url: \"http://h\", method: POST}]",
            .contradiction,
            #"35: POST may change something; say "safe: true" if it does not"#
        ),
        Refusal(
            "health: {a: {url: \"http://h\", expect: {json: ok}}}",
            .wrongValue,
            #"46: health.a.expect.json: expected a mapping, found "ok""#
        ),
        Refusal(
            "verify: {full: weekly}",
            .wrongValue,
            "16: verify.full: expected one of each, or a duration such as 10m, at least 1s, found \"weekly\""
        ),
        Refusal(
            "retention: nightli",
            .wrongValue,
            #"12: retention: no policy "nightli"; did you mean nightly?"#
        ),
        Refusal(
            "retention: {keep: {}}",
            .wrongValue,
            "19: retention.keep keeps nothing; give at least one rule"
        ),
        Refusal(
            "retention: {keep: {last: 1}, safety: {within: 1d}}",
            .wrongValue,
            "47: retention.safety.within must be at least 14d"
        ),
        Refusal(
            "retention: {keep: {last: 1}, keep_verified: 2}",
            .wrongValue,
            "45: retention.keep_verified must be at least 3"
        ),
        Refusal(
            "retention: {keep: {last: -1}}",
            .wrongValue,
            "26: retention.keep.last: expected a whole number from 0 to 100000, found -1"
        ),
        Refusal(
            "retention: [nightly]",
            .wrongValue,
            "12: retention: expected the name of a policy or the path of a policy file, or a mapping, found a list"
        ),
    ]
}
