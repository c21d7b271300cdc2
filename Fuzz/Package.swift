// swift-tools-version: 6.2
import PackageDescription

// One libFuzzer program for each decoder of octets from the wire. The modules are the product's own sources by
// symbolic link, in a package of the same name, and are compiled with the fuzzer's counters and the
// address sanitizer.
//
//     swift build -c release
//     swift run -c release write-corpus Corpus
//     SWIFT_BACKTRACE=enable=no .build/release/fuzz-frames -max_total_time=600 -max_len=512 found/frames Corpus/frames
//
// (likewise fuzz-dns and fuzz-arp). The first folder takes what is new and must exist. An input that stops
// the program is written to the current folder; once mended it moves to the corpus.

let fuzzing = ["-sanitize=fuzzer,address"]
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let fuzzed = settings + [.unsafeFlags(fuzzing)]

func program(_ name: String) -> Target {
    .executableTarget(
        name: name, dependencies: ["CFuzzer", "NetworkTypes", "Wire"], swiftSettings: fuzzed,
        linkerSettings: [.unsafeFlags(fuzzing + ["-use-ld=lld"])])
}

let package = Package(
    name: "ntds",
    targets: [
        .target(name: "CFuzzer"),
        .target(name: "NetworkTypes", swiftSettings: fuzzed),
        .target(name: "Wire", dependencies: ["NetworkTypes"], swiftSettings: fuzzed),
        program("fuzz-frames"),
        program("fuzz-dns"),
        program("fuzz-arp"),
        .executableTarget(
            name: "write-corpus", dependencies: ["NetworkTypes", "Wire"], swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=address", "-use-ld=lld"])]),
    ])
