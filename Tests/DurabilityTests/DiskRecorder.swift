import CFileCalls
import Files
import Threads

/// Notes what this process does to the files below a folder, as the kernel is asked to do it.
///
/// The code under test knows nothing of it and is what ships. One recorder at a time.
final class DiskRecorder: Sendable {
    private let root: String
    private let events = Monitor<[SimulatedDisk.Event]>([])

    /// Starts to record.
    ///
    /// - Parameter folder: By its real path, without symbolic links.
    init(_ folder: Path) {
        root = folder.description
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let code = unsafe recover_observe_calls(
            root,
            { call, context in
                guard let call = unsafe call, let context = unsafe context else { return }
                let recorder = unsafe Unmanaged<DiskRecorder>.fromOpaque(context)
                    .takeUnretainedValue()
                unsafe recorder.take(call.pointee)
            },
            context
        )
        precondition(code == 0, "another recorder is at work")
    }

    /// Notes that the test was promised something.
    ///
    /// - Parameter number: What the test makes of it.
    func mark(_ number: Int) {
        events.change { $0.append(.mark(number)) }
    }

    /// Ends the recording.
    ///
    /// - Returns: What happened, in order.
    func stop() -> [SimulatedDisk.Event] {
        _ = recover_observe_calls(nil, nil, nil)
        return events.change { $0 }
    }

    private func take(_ call: recover_call) {
        let path = unsafe relative(call.path)
        let newPath = unsafe relative(call.new_path)
        let event: SimulatedDisk.Event? =
            switch unsafe call.kind {
            case RECOVER_CALL_WRITE:
                .write(
                    path,
                    offset: Int(unsafe call.offset),
                    unsafe Array(UnsafeRawBufferPointer(start: call.bytes, count: call.count))
                )
            case RECOVER_CALL_RESIZE: .resize(path, sizeBytes: Int(unsafe call.offset))
            case RECOVER_CALL_SYNC: .sync(path)
            case RECOVER_CALL_SYNC_ALL: .syncAll
            case RECOVER_CALL_MAKE_FOLDER: .makeFolder(path)
            case RECOVER_CALL_RENAME: .rename(path, to: newPath)
            case RECOVER_CALL_LINK: .link(path, as: newPath)
            case RECOVER_CALL_REMOVE: .remove(path)
            default: nil
            }
        if let event { events.change { $0.append(event) } }
    }

    private func relative(_ path: UnsafePointer<CChar>?) -> String {
        guard let path = unsafe path else { return "" }
        return String(unsafe String(cString: path).dropFirst(root.count + 1))
    }
}
