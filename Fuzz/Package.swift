// swift-tools-version: 6.2
import PackageDescription

// One libFuzzer program for each decoder of octets from the wire or from a file. The modules are the product's own
// sources by symbolic link, in a package of the same name, and are compiled with the fuzzer's counters and
// the address sanitizer.
//
//     swift build -c release
//     swift run -c release write-corpus Corpus
//     SWIFT_BACKTRACE=enable=no .build/release/fuzz-frames -max_total_time=600 -max_len=512 found/frames Corpus/frames
//
// (likewise fuzz-dns, fuzz-arp, fuzz-captures and fuzz-logs, whose inputs may be longer). The first folder takes
// what is new and must exist. An input that stops the program is written to the current folder; once mended it
// moves to the corpus.

let fuzzing = ["-sanitize=fuzzer,address"]
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let fuzzed = settings + [.unsafeFlags(fuzzing)]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: fuzzed)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: ["CFuzzer"] + dependencies, swiftSettings: fuzzed,
        linkerSettings: [.unsafeFlags(fuzzing + ["-use-ld=lld"])])
}

let package = Package(
    name: "ntds",
    targets: [
        .target(name: "CFuzzer"),
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd"),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4"),
        .systemLibrary(name: "CArrow", pkgConfig: "parquet"),
        .target(name: "CArrowBridge", dependencies: ["CArrow"]),
        .target(name: "CByteScan"),
        module("NetworkTypes"),
        module("Statistics"),
        module("Wire", ["NetworkTypes"]),
        module("Flows", ["NetworkTypes", "Statistics"]),
        module("Capture", ["NetworkTypes", "Wire", "CPcap", "CZlib", "CZstd", "CLZ4"]),
        module("FlowFormats", ["NetworkTypes", "Flows", "CArrowBridge", "CByteScan"]),
        program("fuzz-frames", ["NetworkTypes", "Wire"]),
        program("fuzz-dns", ["NetworkTypes", "Wire"]),
        program("fuzz-arp", ["NetworkTypes", "Wire"]),
        program("fuzz-captures", ["NetworkTypes", "Wire", "Capture"]),
        program("fuzz-logs", ["NetworkTypes", "Flows", "FlowFormats"]),
        .executableTarget(
            name: "write-corpus",
            dependencies: ["NetworkTypes", "Wire", "CZlib", "CZstd", "CLZ4"],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=address", "-use-ld=lld"])]),
    ],
    cLanguageStandard: .c17,
    cxxLanguageStandard: .cxx20)
