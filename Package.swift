// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is compiled alike.
///
/// Warnings are errors where `RECOVER_STRICT` is set, as `scripts/test` does: a newer compiler's
/// new warning must not stop a user's build.
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
    products: [.executable(name: "recover", targets: ["recover"])],
    targets: [
        // The C libraries, each with the one module that owns it.
        .target(name: "CLinux"),
        .target(name: "CHash"),
        library("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        library("CArchive", pkgConfig: "libarchive", apt: "libarchive-dev"),
        library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        library("CYaml", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),

        module("Files", "CLinux"),
        module("Cryptography", "CCrypto", "CHash"),
        module("Threads"),
        module("Manifests", "Cryptography", "Files"),
        module("Storage", "Files", "Threads"),
        module(
            "Deduplication",
            "CZstd",
            "Cryptography",
            "Files",
            "Manifests",
            "Storage",
            "Threads"
        ),
        module("Databases", "CSQLite"),
        module("Archiving", "CArchive", "CZlib"),
        module("Documents", "CYaml"),
        module("Processes", "CLinux"),
        module("Transfers", "CCurl"),
        module("Arguments"),
        module("Retention", "Calendars", "Files"),
        module("Calendars", "Files"),
        module("Deployments", "Cryptography", "Documents", "Files", "Processes", "Threads"),
        module("Models", "Calendars", "Cryptography", "Files", "Manifests", "Threads"),
        module(
            "Subjects",
            "Archiving",
            "Calendars",
            "Cryptography",
            "Databases",
            "Deployments",
            "Files",
            "Manifests",
            "Models",
            "Threads",
            "Transfers"
        ),
        module("Operations", "Cryptography", "Files"),
        module("Monitoring", "Deployments", "Files", "Operations", "Threads", "Transfers"),
        module("Scheduling", "Calendars", "Files"),
        module(
            "Backup",
            "Databases",
            "Deduplication",
            "Deployments",
            "Files",
            "Manifests",
            "Subjects",
            "Threads"
        ),
        module(
            "Recovery",
            "Archiving",
            "Cryptography",
            "Deduplication",
            "Files",
            "Manifests",
            "Operations",
            "Threads"
        ),
        module(
            "Commands",
            "Archiving",
            "Arguments",
            "Backup",
            "CLinux",
            "Calendars",
            "Cryptography",
            "Databases",
            "Deduplication",
            "Deployments",
            "Documents",
            "Files",
            "Manifests",
            "Models",
            "Monitoring",
            "Operations",
            "Processes",
            "Recovery",
            "Retention",
            "Scheduling",
            "Storage",
            "Subjects",
            "Threads",
            "Transfers"
        ),
        .executableTarget(name: "recover", dependencies: ["Commands"], swiftSettings: settings),

        .target(
            name: "Support",
            dependencies: ["Deduplication", "Files", "Manifests", "Storage", "Threads"],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        // Takes the place of libc's file calls, so that what the code under test does is seen.
        .target(name: "CFileCalls", path: "Tests/CFileCalls"),
        tests("ArchivingTests", "Archiving"),
        tests("ArgumentsTests", "Arguments"),
        tests(
            "CommandsTests",
            "Arguments",
            "Commands",
            "Deployments",
            "Documents",
            "Files",
            "Monitoring",
            "Operations",
            "Processes",
            "Recovery",
            "Retention",
            "Storage",
            "Support"
        ),
        tests("CryptographyTests", "Cryptography", "Processes"),
        tests("DatabasesTests", "Databases", "CSQLite"),
        tests(
            "DeduplicationTests",
            "Cryptography",
            "Deduplication",
            "Files",
            "Manifests",
            "Storage",
            "Support",
            "Threads"
        ),
        tests("DocumentsTests", "Documents"),
        tests(
            "DurabilityTests",
            "Archiving",
            "Backup",
            "CFileCalls",
            "Cryptography",
            "Deduplication",
            "Files",
            "Recovery",
            "Storage",
            "Subjects",
            "Support",
            "Threads"
        ),
        tests("FilesTests", "Files", "Support"),
        tests("CalendarsTests", "Calendars", "Files"),
        tests(
            "DeploymentsTests",
            "Cryptography",
            "Deployments",
            "Files",
            "Processes",
            "Support"
        ),
        tests("ModelsTests", "Calendars", "Cryptography", "Files", "Models", "Support", "Threads"),
        tests("ManifestsTests", "Cryptography", "Files", "Manifests", "Processes", "Support"),
        tests(
            "MonitoringTests",
            "Files",
            "Monitoring",
            "Operations",
            "Support",
            "Threads"
        ),
        tests("SchedulingTests", "Calendars", "Files", "Scheduling"),
        tests("OperationsTests", "Files", "Operations", "Support"),
        tests("ProcessesTests", "Processes"),
        tests("RecoveryTests", "Files", "Operations", "Recovery", "Support"),
        tests("RetentionTests", "Calendars", "Files", "Processes", "Retention", "Support"),
        tests("StorageTests", "Files", "Storage", "Support", "Threads"),
        tests(
            "SubjectsTests",
            "Archiving",
            "Backup",
            "Cryptography",
            "Deduplication",
            "Files",
            "Manifests",
            "Processes",
            "Storage",
            "Subjects",
            "Support",
            "Threads",
            "Transfers"
        ),
        tests("ThreadsTests", "Threads"),
        tests("TransfersTests", "Support", "Transfers"),
    ],
    swiftLanguageModes: [.v6]
)

// The parsers under a fuzzer; in every other build what it found is a unit test.
let isFuzzing = Context.environment["RECOVER_FUZZ"] != nil
let parsers: [Target.Dependency] = [
    "Archiving", "Arguments", "Commands", "Cryptography", "Deduplication", "Deployments",
    "Documents",
    "Files", "Manifests", "Storage", "Subjects", "Support",
]
package.targets.append(
    isFuzzing
        ? .executableTarget(
            name: "Fuzz",
            dependencies: parsers,
            path: "Tests/Fuzz",
            exclude: ["CorpusTests.swift", "make_seeds.py"],
            swiftSettings: settings
        )
        : .testTarget(
            name: "FuzzTests",
            dependencies: parsers,
            path: "Tests/Fuzz",
            exclude: ["Fuzzer", "make_seeds.py"],
            swiftSettings: settings
        )
)

// One suite alone, for a release build that a long run waits for.
if let suite = Context.environment["RECOVER_SUITE"] {
    package.targets.removeAll { $0.type == .test && $0.name != suite }
}
