import Documents
import Testing

@testable import Commands

struct ConfigurationListingTests {
    @Test func showsTheExampleWithOrigins() throws {
        let shown = ConfigurationListing.text(of: try configuration(try fixture("example.yaml")))
        try expectGolden(shown, "shown.yaml")
    }

    @Test func showsDefaultsWithOrigins() throws {
        let read = try configuration(
            head + "components: {a: x}\n",
            overrides: [
                ConfigurationOverride(key: "hold", value: "1h", origin: .flag("--hold")),
                ConfigurationOverride(
                    key: "gate.soak",
                    value: "1m",
                    origin: .environment("RECOVER_GATE_SOAK")
                ),
            ]
        )
        try expectGolden(ConfigurationListing.text(of: read), "shown-small.yaml")
    }

    @Test(arguments: [
        "", "x-a: 1\n", "compose: [a.yml, \"b c.yml\"]\n", "stop: [\"sh\", \"-c\", \"a: #b\"]\n",
        "components: {a: x, b: {path: \"*.db\", required: [manual], exclude: [\"*\"]}}\n",
        "smoke: [\"http://h\", {url: \"http://h/?q=1\", expect: {json: {a: [1, 1.5, true, ~, \"no\"]}}}]\n",
        "hooks: {before_backup: [[a, \"b\\nc\"], [\"no\"]]}\n", "metrics: \"/tab\\there\"\n",
        "retention: {keep: {daily: 3}, per_tag: {last: 1}, per_reason: {manual: {within: 1d}}}\n",
        "retention: ./p.yaml\n", "notify: {ping: \"file:x y\"}\n",
        "components: {true: /x, 7: /y}\n",
    ])
    func readsBackTheSame(text: String) throws {
        let first = try configuration(head + text)
        let shown = ConfigurationListing.text(of: first)
        let second = try configuration(shown)
        #expect(withoutOrigins(ConfigurationListing.text(of: second)) == withoutOrigins(shown))
        #expect(first.components == second.components && first.smoke == second.smoke)
        #expect(first.hooks == second.hooks && first.retention == second.retention)
        #expect(first.compose == second.compose && first.stop == second.stop)
        #expect(first.metrics == second.metrics && first.notifications == second.notifications)
    }

    @Test func hidesBodies() throws {
        let read = try configuration(
            head + "smoke: [{url: \"http://h\", body: \"pass=hunter2\"}]\n"
        )
        let shown = ConfigurationListing.text(of: read)
        #expect(!shown.contains("hunter2"))
        #expect(shown.contains("body: \"\(ConfigurationListing.mask)\"  # r.yaml:4\n"))
    }

    private func withoutOrigins(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            line.split(separator: "  # ").dropLast().joined(separator: "  # ")
        }
    }
}

struct ConfigurationJSONSchemaTests {
    @Test func isTheRecordedOne() throws {
        try expectGolden(ConfigurationJSONSchema.text, "schema.json")
    }

    @Test func isJSON() throws {
        // JSON is YAML of the same meaning, so the reader at hand shows the structure.
        let root = try YAMLNode(parsing: Array(ConfigurationJSONSchema.text.utf8), name: "schema")
        let keys = try #require(root["properties"]?.entries).map(\.key)
        #expect(keys == ConfigurationSchema.root.keys.map(\.name))
        #expect(root["required"]?.items?.count == 3)
        #expect(root["properties"]?["hold"]?["default"]?.scalar?.value == .text("24h"))
    }
}
