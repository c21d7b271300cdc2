// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The floor plan. A module may import modules of lower floors only, never a neighbour; the loop at
// the end of this file refuses anything else. ARCHITECTURE.md draws the same plan.

/// A module: its floor, what it is built on, and how it is compiled.
struct Module {
    var name: String
    var floor: Int
    var uses: [String] = []
    var external: [Target.Dependency] = []
    var libraries: [String] = []
    /// What its tests need besides.
    var testUses: [String] = []
    var hasTests = true
}

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let web: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")
let database = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let modules: [Module] = [
    Module(name: "NetworkTypes", floor: 0),
    Module(name: "Statistics", floor: 0),
    Module(name: "Flows", floor: 1, uses: ["NetworkTypes", "Statistics"]),
    Module(name: "Wire", floor: 1, uses: ["NetworkTypes"]),
    Module(name: "Figures", floor: 1, libraries: ["CCairo", "CZlib"]),
    Module(
        name: "Capture", floor: 2, uses: ["NetworkTypes", "Wire"],
        libraries: ["CPcap", "CZlib", "CZstd", "CLZ4"]),
    Module(
        name: "FlowMetering", floor: 2, uses: ["NetworkTypes", "Statistics", "Flows", "Wire"]),
    Module(
        name: "ApplicationLabels", floor: 2, uses: ["NetworkTypes", "Flows"],
        libraries: ["CNDPIShim"]),
    Module(name: "Geolocation", floor: 2, uses: ["NetworkTypes"], libraries: ["CMaxMindDB"]),
    Module(
        name: "FlowFormats", floor: 2, uses: ["NetworkTypes", "Flows"],
        libraries: ["CArrowBridge", "CByteScan"]),
    Module(name: "Simulation", floor: 2, uses: ["NetworkTypes", "Statistics", "Flows"]),
    Module(name: "Baselines", floor: 2, uses: ["NetworkTypes", "Statistics", "Flows"]),
    Module(
        name: "Anomalies", floor: 3, uses: ["NetworkTypes", "Statistics", "Flows", "Baselines"],
        libraries: ["CLanes"]),
    Module(
        name: "Behaviours", floor: 3, uses: ["NetworkTypes", "Statistics", "Flows"],
        testUses: ["Simulation"]),
    Module(
        name: "Threats", floor: 4, uses: ["NetworkTypes", "Statistics", "Flows", "Behaviours"]),
    Module(
        name: "Alerts", floor: 5,
        uses: ["NetworkTypes", "Statistics", "Flows", "Behaviours", "Threats"],
        libraries: ["CRE2Shim"]),
    Module(name: "FlowStore", floor: 6, uses: ["NetworkTypes", "Flows", "FlowFormats"]),
    Module(
        name: "Storage", floor: 6,
        uses: ["NetworkTypes", "Geolocation", "Behaviours", "Threats", "Alerts"],
        external: [database]),
    Module(name: "LocationLookup", floor: 6, uses: ["NetworkTypes", "Geolocation"]),
    Module(
        name: "Console", floor: 6, uses: ["NetworkTypes", "Behaviours", "Threats", "Alerts"],
        external: web + [logging], hasTests: false),
    Module(
        name: "Reports", floor: 6,
        uses: [
            "NetworkTypes", "Statistics", "Flows", "Figures", "Geolocation", "FlowFormats",
            "Baselines", "Anomalies",
        ]),
    Module(
        name: "Assembly", floor: 7,
        uses: [
            "NetworkTypes", "Statistics", "Flows", "Wire", "Figures", "Capture", "FlowMetering",
            "ApplicationLabels", "Geolocation", "FlowFormats", "Simulation", "Baselines",
            "Anomalies", "Behaviours", "Threats", "Alerts", "FlowStore", "Storage",
            "LocationLookup",
            "Console", "Reports",
        ], external: [logging, yaml], libraries: ["CMemory"]),
]

let floors = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0.floor) })
for module in modules {
    for used in module.uses {
        guard let below = floors[used], below < module.floor else {
            fatalError("floor plan: \(module.name) (floor \(module.floor)) may not import \(used)")
        }
    }
}

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
let testSettings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A C library of the system, seen through `Sources/<name>/module.modulemap`.
func systemLibrary(_ name: String, _ pkgConfig: String, _ debianPackage: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debianPackage])])
}

var targets: [Target] = [
    systemLibrary("CCairo", "cairo", "libcairo2-dev"),
    systemLibrary("CZlib", "zlib", "zlib1g-dev"),
    systemLibrary("CPcap", "libpcap", "libpcap-dev"),
    systemLibrary("CZstd", "libzstd", "libzstd-dev"),
    systemLibrary("CLZ4", "liblz4", "liblz4-dev"),
    systemLibrary("CNDPI", "libndpi", "libndpi-dev"),
    .target(name: "CNDPIShim", dependencies: ["CNDPI"]),
    systemLibrary("CMaxMindDB", "libmaxminddb", "libmaxminddb-dev"),
    systemLibrary("CArrow", "parquet", "libparquet-dev"),
    .target(name: "CArrowBridge", dependencies: ["CArrow"]),
    // Its pkg-config file has flags that packages may not set.
    .target(name: "CRE2Shim", linkerSettings: [.linkedLibrary("re2")]),
    .target(name: "CByteScan"),
    .target(name: "CMemory"),
    .target(name: "CLanes"),
    .executableTarget(
        name: "ntds",
        dependencies: [
            "Assembly", "Reports", "Simulation", "Anomalies", "FlowFormats", "FlowMetering",
            "Capture", "Flows", "Figures", "NetworkTypes", arguments,
        ], swiftSettings: swiftSettings),
    .target(
        name: "TestSupport", dependencies: ["NetworkTypes", "Statistics", "Flows"],
        path: "Tests/TestSupport", swiftSettings: testSettings),
    .testTarget(
        name: "CommandTests", dependencies: ["TestSupport"],
        exclude: fixtures("CommandTests"), swiftSettings: testSettings),
]
for module in modules {
    targets.append(
        .target(
            name: module.name,
            dependencies: (module.uses + module.libraries).map { .byName(name: $0) }
                + module.external,
            swiftSettings: swiftSettings))
    guard module.hasTests else { continue }
    targets.append(
        .testTarget(
            name: module.name + "Tests",
            dependencies: Set(
                module.uses + module.libraries + module.testUses
                    + [module.name, "Statistics", "TestSupport"]
            ).sorted()
                .map { .byName(name: $0) },
            exclude: fixtures(module.name + "Tests"), swiftSettings: testSettings))
}

func fixtures(_ test: String) -> [String] {
    FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/Tests/\(test)/Fixtures")
        ? ["Fixtures"] : []
}

let package = Package(
    name: "ntds",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: targets,
    cLanguageStandard: .c17,
    cxxLanguageStandard: .cxx20)
