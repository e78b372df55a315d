import Files
import Support
import Testing

@testable import Deployments

struct RecordTests {
    private static let secret = "s3cr3t-value-of-more-than-16"

    private func survey(
        keepsSecrets: Bool = false
    ) throws -> (scratch: Scratch, survey: DeploymentSurvey) {
        let scratch = try Scratch()
        let text = """
            services:
              api: {image: "api:${TAG}", env_file: [svc.env], environment: {A: "${API_KEY}"}}
              db: {image: "postgres:16.1"}
            """
        let file = try scratch.write(Path("compose.yml"), Array(text.utf8))
        let values = "TAG=2026.01.14\nAPI_KEY=\(Self.secret)\nFEATURE_CHAT=on\nEMPTY=\n"
        let env = try scratch.write(Path(".env.prod"), Array(values.utf8))
        try scratch.write(Path("svc.env"), Array("OTHER=\(Self.secret)\n".utf8))
        let settings = DeploymentSettings(files: [file], environmentFile: env)
        // No program is in this PATH: what can be known without an engine.
        let survey = DeploymentSurvey(
            settings,
            ["PATH": "/nowhere"],
            key: FingerprintKey(bytes: [UInt8](repeating: 1, count: 32)),
            keepsSecrets: keepsSecrets
        )
        return (scratch, survey)
    }

    @Test func aBrokenEngineLeavesWhatTheFilesSay() throws {
        let (_, survey) = try survey()
        let record = survey.record
        #expect(record.tag.value == "2026.01.14")
        #expect(record.tag.services == ["api"])
        #expect(record.tag.literalServices == ["db"])
        #expect(record[service: "db"]?.data == "data of postgres")
        #expect(record[service: "api"]?.image == "api:2026.01.14")
        #expect(record.engineVersion == nil && record.project == nil)
        #expect(record.problems.count == 1)
        #expect(record.files.map(\.storedAs) == ["compose/1-compose.yml"])
        #expect(survey.contents.map(\.name) == ["compose/1-compose.yml"])
    }

    @Test func noValueIsInARecordButFlags() throws {
        let (_, survey) = try survey()
        let text = String(decoding: survey.record.bytes, as: UTF8.self)
        #expect(!text.contains(Self.secret))
        let keys = survey.record.environmentFiles[0].keys
        #expect(keys.map(\.name) == ["API_KEY", "EMPTY", "FEATURE_CHAT", "TAG"])
        #expect(keys.map(\.value) == [nil, nil, "on", nil])
        #expect(keys.map { $0.fingerprint == nil } == [false, true, false, false])
        #expect(survey.record.environmentFiles.count == 2)
        #expect(DeploymentRecord(survey.record.bytes) == survey.record)
    }

    @Test func bytesOfEnvFilesAreKeptOnRequestOnly() throws {
        let (_, survey) = try survey(keepsSecrets: true)
        let names = ["compose/1-compose.yml", "env/1-.env.prod", "env/2-svc.env"]
        #expect(survey.contents.map(\.name) == names)
        #expect(survey.record.environmentFiles.map(\.storedAs) == [names[1], names[2]])
    }

    @Test func changesShowByName() {
        let key = FingerprintKey(bytes: [UInt8](repeating: 1, count: 32))
        func record(_ values: [String: String]) -> EnvironmentRecord {
            EnvironmentRecord(
                path: "/e",
                mode: "0600",
                fingerprint: nil,
                storedAs: nil,
                keys: values.map {
                    .init(name: $0.key, fingerprint: key.fingerprint(of: $0.value, named: $0.key))
                }
            )
        }
        let changed = record(["A": "1", "B": "2", "C": "3"]).changedKeys(
            from: record(["A": "1", "B": "9", "D": "4"])
        )
        #expect(changed == ["B", "C", "D"])
    }

    @Test func anAnswerOfTheEngineIsRead() throws {
        let line =
            #"{"id":"ab","name":"/s_api_1","service":"api","one_off":"False","image":"a:1","#
            + #""image_id":"sha256:c1","state":"running","exit_code":0,"health":"healthy","#
            + #""restart_count":2,"started_at":"2026-11-21T19:38:37Z","restart_policy":"","#
            + #""keys":["A","FEATURE_X"],"features":["FEATURE_X=a=b",null]}"#
        let oneOff = line.replacing("False", with: "True")
        let found = try ContainerReply.containers("\(line)\n\(oneOff)\n")
        #expect(found.count == 1)
        #expect(found[0].name == "s_api_1" && found[0].restartPolicy == "no")
        #expect(found[0].features == ["FEATURE_X": "a=b"])
        #expect(found[0].isUp)
        #expect(throws: DeploymentError.self) { try ContainerReply.containers("Error\n") }
    }
}
