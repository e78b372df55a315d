import Files
import Support
import Testing

@testable import Deployments

struct DeploymentDriftTests {
    private let scratch: Scratch
    private let key = FingerprintKey(bytes: [UInt8](repeating: 1, count: 32))
    private let settings: DeploymentSettings
    private let record: DeploymentRecord

    init() throws {
        scratch = try Scratch()
        let file = try scratch.write(Path("c.yml"), Array("services: {a: {image: x}}\n".utf8))
        let env = try scratch.write(Path(".env"), Array("TAG=1\nA=one\nB=two\nC=\n".utf8))
        settings = DeploymentSettings(files: [file], environmentFile: env)
        record = DeploymentSurvey(settings, ["PATH": "/nowhere"], key: key).record
    }

    private func rewrite(_ name: String, _ text: String) throws {
        try scratch.folder().remove(Path(name))
        try scratch.write(Path(name), Array(text.utf8))
    }

    private func drift(_ key: FingerprintKey?) -> DeploymentDrift {
        DeploymentDrift(settings, from: record, key: key)
    }

    @Test func whatIsTheSameIsNotSaid() throws {
        // The TAG is what a recovery changes.
        try rewrite(".env", "TAG=2\nA=one\nB=two\nC=\n")
        #expect(drift(key).files.isEmpty && drift(key).environmentFiles.isEmpty)
    }

    @Test func whatChangedIsNamed() throws {
        try rewrite(".env", "TAG=1\nA=other\nC=now\nD=4\n")
        try rewrite("c.yml", "services: {}\n")
        let found = drift(key)
        #expect(found.files.map(\.storedAs) == ["compose/1-c.yml"])
        #expect(found.files[0].bytes == Array("services: {}\n".utf8))
        let keys = try #require(found.environmentFiles.first)
        #expect(keys.changed == ["A", "C"] && keys.added == ["D"] && keys.removed == ["B"])
    }

    /// Another machine, or a state folder that is gone: names only.
    @Test func withoutTheKeyNamesAreCompared() throws {
        try rewrite(".env", "A=other\nD=4\nB=\nC=\n")
        for key in [nil, FingerprintKey(bytes: [UInt8](repeating: 2, count: 32))] {
            let keys = try #require(drift(key).environmentFiles.first)
            #expect(keys.changed.isEmpty && keys.added == ["D"] && keys.removed.isEmpty)
        }
    }

    @Test func aFileThatIsGoneIsSaid() throws {
        try scratch.folder().remove(Path("c.yml"))
        let found = drift(key).files
        #expect(found.count == 1 && found[0].bytes == nil && found[0].storedAs != nil)
    }

    @Test func aKeyIsOnlyRead() throws {
        #expect(FingerprintKey(existingIn: scratch.path) == nil)
        #expect(try !scratch.folder().names().contains(Path("fingerprint.key")))
        let made = try FingerprintKey(in: scratch.path)
        #expect(FingerprintKey(existingIn: scratch.path)?.id == made.id)
    }
}
