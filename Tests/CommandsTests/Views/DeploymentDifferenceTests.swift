import Files
import FoundationEssentials
import Testing

@testable import Commands
@testable import Deployments

@Suite struct DeploymentDifferenceTests {
    private func record(
        _ values: [String: String],
        tag: String,
        image: String,
        key: UInt8 = 1
    ) throws -> DeploymentRecord {
        let text = values.map { "\($0.key)=\($0.value)\n" }.joined()
        let folder = try StackFolder([
            "compose.yml": "services: {api: {image: 'api:${TAG}'}}", ".env": "TAG=\(tag)\n\(text)",
        ])
        let settings = DeploymentSettings(
            files: [folder.path.appending("compose.yml")],
            environmentFile: nil
        )
        let survey = DeploymentSurvey(
            settings,
            ["PATH": "/nowhere"],
            key: FingerprintKey(bytes: [UInt8](repeating: key, count: 32))
        )
        var record = survey.record
        record.environmentFiles[0].path = "/stack/.env"
        record.services[0].imageID = image
        return record
    }

    @Test func whatChangedIsNamedWithoutValues() throws {
        let before = try record(
            ["API_KEY": "hunter-two", "GONE": "a", "SAME": "b", "FEATURE_CHAT": "on"],
            tag: "1",
            image: "sha256:1"
        )
        let after = try record(
            ["API_KEY": "hunter-six", "NEW": "a", "SAME": "b", "FEATURE_CHAT": "off"],
            tag: "2",
            image: "sha256:2"
        )
        let difference = DeploymentDifference(before, after)
        #expect(
            difference.lines == [
                "what runs:", "  TAG: 1 -> 2", "  image api: sha256:1 -> sha256:2",
                "  FEATURE_CHAT: on -> off",
                "  keys of /stack/.env that changed: API_KEY, GONE, NEW",
            ]
        )
        let bytes = try JSONEncoder().encode(difference)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter"))
        #expect(DeploymentDifference(before, before).lines == [])
        #expect(DeploymentDifference(before, before).isSame)
    }

    @Test func otherKeysOfFingerprintsSayNothingOfValues() throws {
        let before = try record(["A": "1", "B": "1"], tag: "1", image: "i")
        let after = try record(["A": "2", "C": "1"], tag: "1", image: "i", key: 2)
        let difference = DeploymentDifference(before, after)
        #expect(difference.environmentFiles.map(\.changedKeys) == [["B", "C"]])
        #expect(difference.lines.last?.contains("cannot be compared") == true)
    }
}
