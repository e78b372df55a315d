internal import CLinux
internal import Glibc

extension Command {
    /// Runs the program and waits for its end.
    ///
    /// Blocks the calling thread, which may be any. The program leads a process group of its own;
    /// past the deadline the whole group is stopped. Without one, processes that the program left
    /// running stay, and what they write after its end is not waited for.
    ///
    /// - Returns: How it ended; a non-zero exit or a signal is a result.
    /// - Throws: ``ProcessError`` when it could not be started or watched.
    public func run() throws(ProcessError) -> CommandResult {
        guard let program = arguments.first, !program.isEmpty else {
            throw ProcessError(.invalidCommand, "a command without a program")
        }
        try refuseNulBytes(program)
        let path = try ProgramLookup.find(program, in: environment)
        var child: Child
        switch output {
        case .passedThrough:
            child = Child(
                pid: try start(path, output: 1, errors: 2),
                program: program,
                output: OutputPipe(nil, byteCountMax: 0),
                errors: OutputPipe(nil, byteCountMax: 0)
            )
        case .captured(let byteCountMax):
            let output = try Pipe()
            let errors = try Pipe()
            let pid = try start(path, output: output.writer.number, errors: errors.writer.number)
            child = Child(
                pid: pid,
                program: program,
                output: OutputPipe(output.readerOnly(), byteCountMax: byteCountMax),
                errors: OutputPipe(errors.readerOnly(), byteCountMax: byteCountMax)
            )
        }
        return try child.wait(deadlineSeconds: deadlineSeconds, graceSeconds: graceSeconds)
    }

    /// A NUL byte would silently cut the string it is in.
    private func refuseNulBytes(_ program: String) throws(ProcessError) {
        let variables = environment.values.lazy.flatMap { [$0.key, $0.value] }
        guard
            !arguments.contains(where: { $0.utf8.contains(0) }), !folder.contains(0),
            !variables.contains(where: { $0.utf8.contains(0) }),
            !environment.values.keys.contains(where: { $0.isEmpty || $0.contains("=") })
        else {
            throw ProcessError(
                .invalidCommand,
                "an argument or variable of \(program) cannot be passed on"
            )
        }
    }

    private func start(
        _ path: String,
        output: Int32,
        errors: Int32
    ) throws(ProcessError) -> pid_t {
        let folderNumber = unsafe (folder + [0]).withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                unsafe text.baseAddress.map {
                    unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                } ?? -1
            }
        }
        guard folderNumber >= 0 else {
            let name = String(decoding: folder, as: UTF8.self)
            throw ProcessError(
                .folderUnusable,
                "cannot work in the folder \(name)",
                cause: errorText(errno)
            )
        }
        let folder = try Descriptor.owning(folderNumber, "the working folder")
        let input = try Descriptor.input(self.input)
        let variables = environment.values.sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value)"
        }
        var pid: pid_t = 0
        let error = unsafe withCStrings(arguments) { arguments in
            unsafe withCStrings(variables) { variables in
                unsafe recover_spawn(
                    &pid,
                    path,
                    arguments,
                    variables,
                    folder.number,
                    input.number,
                    output,
                    errors
                )
            }
        }
        guard error == 0 else {
            let isMissing = error == ENOENT || error == EACCES || error == ENOTDIR
            throw ProcessError(
                isMissing ? .programNotFound : .system,
                "cannot start \(arguments[0])",
                cause: errorText(error)
            )
        }
        return pid
    }
}

/// Lends copies of the strings as a C array that ends with a null pointer.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
) -> Result {
    var pointers = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
