internal import Files
internal import FoundationEssentials
internal import Manifests

/// What the previous snapshot holds of a Qdrant; whatever of it cannot be read is not there.
struct QdrantParent {
    private static let recordBytes: UInt64 = 4 << 20

    private var files: [Path: FileEntry] = [:]
    private var records: [Path: [UInt8]] = [:]

    /// Nothing.
    init() {}

    /// Reads the records, which are small.
    init(_ sink: any CaptureSink) throws(CaptureError) {
        for entry in try sink.parentFiles() {
            files[entry.path] = entry
            guard entry.path.bytes.suffix(5).elementsEqual(".json".utf8),
                entry.sizeBytes <= Self.recordBytes
            else { continue }
            do throws(CaptureError) {
                records[entry.path] = try sink.parentContent(entry)?.read(0..<entry.sizeBytes)
            } catch {
                guard error.code == .source else { throw error }
            }
        }
    }

    /// A record.
    func record<Record: Decodable>(_ type: Record.Type, at path: Path) -> Record? {
        guard let bytes = records[path] else { return nil }
        return try? JSONDecoder().decode(type, from: Data(bytes))
    }

    /// How a shard was taken.
    func shard(_ path: Path) -> ShardRecord? {
        guard let record = record(ShardRecord.self, at: path.adding(suffix: ".json")),
            record.version == 1
        else { return nil }
        return record
    }

    /// The archive of a shard with its record; nil without either.
    func lineage(_ path: Path, from sink: any CaptureSink) throws(CaptureError) -> ShardLineage? {
        guard let record = shard(path), let entry = files[path],
            let archive = try sink.parentContent(entry)
        else { return nil }
        return ShardLineage(record: record, archive: archive)
    }
}
