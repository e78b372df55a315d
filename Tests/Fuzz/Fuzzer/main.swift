import Glibc

// The fuzzer of one target, which FUZZ_TARGET names; the arguments are those of libFuzzer.

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

enum Fuzzer {
    static let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    static let target = FuzzTarget(rawValue: name)

    static func run(_ input: [UInt8]) {
        do throws(Violation) {
            try target?.check(input)
        } catch {
            fatalError(error.description)
        }
    }
}

if Fuzzer.target == nil {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
    print("FUZZ_TARGET is \"\(Fuzzer.name)\"; there are: \(names)")
    exit(64)
}
var count = CommandLine.argc
var words = unsafe CommandLine.unsafeArgv
exit(
    unsafe runDriver(&count, &words) { start, byteCount in
        Fuzzer.run(unsafe Array(UnsafeBufferPointer(start: start, count: byteCount)))
        return 0
    }
)
