internal import Glibc

/// Finds the file of a program by the `PATH` the program itself will see.
enum ProgramLookup {
    static func find(_ name: String, in environment: Environment) throws(ProcessError) -> String {
        guard !name.contains("/") else { return name }
        // An empty element of PATH would mean the working folder: never a place for programs.
        for folder in environment.values["PATH", default: ""].split(separator: ":") {
            let path = "\(folder)/\(name)"
            if isExecutableFile(path) { return path }
        }
        throw ProcessError(.programNotFound, "no program \(name) in the PATH it was given")
    }

    private static func isExecutableFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && access(path, X_OK) == 0
    }
}
