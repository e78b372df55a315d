// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is compiled alike. Warnings are errors where `RECOVER_STRICT` is set,
/// as `scripts/test` does: a newer compiler's new warning must not stop a user's build.
let strict = Context.environment["RECOVER_STRICT"] != nil
let settings: [SwiftSetting] =
    [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A C library of the system, reached through `Sources/<name>/module.modulemap`.
func library(_ name: String, pkgConfig: String, apt package: String) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([package])]
    )
}

let package = Package(
    name: "recover",
    products: [],
    targets: [
        // The C libraries, each with the one module that owns it.
        .target(name: "CLinux"),
        library("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),

        module("Files", "CLinux"),
        module("Cryptography", "CCrypto"),
        module("Threads"),
        module("Manifests", "Cryptography", "Files"),
        module("Storage", "Files", "Threads"),
        module("Deduplication", "CZstd", "Cryptography", "Files", "Manifests", "Storage", "Threads"),
    ],
    swiftLanguageModes: [.v6]
)
