// swift-tools-version: 6.2
import PackageDescription

// Times single parts of NTDS on arrays in memory; `bench.py` runs it. The modules are the product's own
// sources by symbolic link, in a package of the same name, so that their `package` declarations are
// in reach; `Sources/Anomalies` adds one file that opens the isolation forest.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func module(_ name: String, uses: [String] = []) -> Target {
    .target(name: name, dependencies: uses.map { .byName(name: $0) }, swiftSettings: settings)
}

let package = Package(
    name: "ntds",
    targets: [
        .systemLibrary(name: "CCairo", pkgConfig: "cairo"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(name: "CMemory"),
        .target(name: "CLanes"),
        module("NetworkTypes"),
        module("Statistics"),
        module("Flows", uses: ["NetworkTypes", "Statistics"]),
        module("Figures", uses: ["Statistics", "CCairo", "CZlib"]),
        module("Baselines", uses: ["NetworkTypes", "Statistics", "Flows"]),
        module("Anomalies", uses: ["NetworkTypes", "Statistics", "Flows", "Baselines", "CLanes"]),
        .executableTarget(
            name: "ntds-bench",
            dependencies: [
                "CMemory", "NetworkTypes", "Statistics", "Flows", "Figures", "Baselines", "Anomalies",
            ],
            swiftSettings: settings),
    ])
