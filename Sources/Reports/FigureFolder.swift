import Baselines
import Figures
import FlowFormats

/// Renders the figures of a run: files for the folder, and the same drawings for the report's page.
struct FigureFolder {
    /// The figures of one application as they stand in the page.
    struct Rendered: Sendable {
        /// `histograms`, `radar` …, with the figure as inline SVG.
        var pieces: [(name: String, svg: String)] = []
        var svg: (String) -> String? { { name in pieces.first { $0.name == name }?.svg } }
    }

    /// What the page needs: the world map, and the figures of each population that has any.
    struct Page: Sendable {
        var world = ""
        var applications: [Rendered] = []
    }

    private let figures: ApplicationFigures
    private let settings: AnalysisSettings

    /// More applications than this get no figures: the largest come first.
    static let applicationLimit = 500

    init(_ figures: ApplicationFigures, settings: AnalysisSettings) {
        self.figures = figures
        self.settings = settings
    }

    /// Draws every population with at least the minimum count.
    func render(_ progress: ProgressReport) throws -> Page {
        let populations = figures.flows.table.populations
        let drawn = populations.prefix(Self.applicationLimit).prefix {
            $0.members.count >= settings.minimumCount
        }
        var page = Page()
        let world = figures.world()
        page.world = InlineSVG.figure(world)
        let folder = "\(settings.output)/figures"
        if settings.figures != .none { try Folder.create(folder) }
        try write([.init(name: "world", drawing: world)], prefix: "\(folder)/")
        let names = FileNames(drawn.map(\.name))
        for first in stride(from: 0, to: drawn.count, by: settings.threads) {
            let some = Array(first..<min(first + settings.threads, drawn.count))
            let results = concurrentMap(some.count, threads: settings.threads) {
                index -> Result<Rendered, any Error> in
                Result {
                    let made = figures.figures(of: some[index])
                    try write(made, prefix: "\(folder)/\(names.names[some[index]])-")
                    return Rendered(pieces: made.map { ($0.name, InlineSVG.figure($0.drawing)) })
                }
            }
            for result in results { page.applications.append(try result.get()) }
            try progress(
                AnalysisProgress(
                    stage: "drawing",
                    fraction: Double(some.last.map { $0 + 1 } ?? 0) / Double(max(drawn.count, 1)),
                    count: page.applications.count, unit: "applications"))
        }
        return page
    }

    private func write(_ made: [ApplicationFigures.Figure], prefix: String) throws {
        guard settings.figures != .none else { return }
        var renderer = FigureRenderer(theme: settings.theme)
        for figure in made {
            let octets =
                switch settings.figures {
                case .none: [UInt8]()
                case .png: try renderer.png(figure.drawing, scale: settings.pixelsPerUnit)
                case .pdf: try renderer.pdf(figure.drawing)
                case .svg: InlineSVG.file(figure.drawing, theme: settings.theme)
                }
            var file = try AtomicFile(path: "\(prefix)\(figure.name).\(settings.figures.rawValue)")
            try file.write(octets)
            try file.finish()
        }
    }
}

/// File names for applications: letters, digits, dots, hyphens; none twice, none that leaves its folder.
package struct FileNames {
    package private(set) var names: [String] = []

    package init(_ applications: [String]) {
        var taken: Set<String> = []
        for application in applications {
            let plain = String(
                application.unicodeScalars.prefix(60).map { scalar in
                    let isPlain =
                        scalar.isASCII
                        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    return isPlain || scalar == "." || scalar == "_" ? Character(scalar) : "-"
                })
            let words =
                plain.isEmpty || plain.allSatisfy { $0 == "." || $0 == "-" } ? "application" : plain
            let base = words.hasPrefix(".") ? "_" + words : words
            var name = base
            var suffix = 2
            while !taken.insert(name.lowercased()).inserted {
                name = "\(base)-\(suffix)"
                suffix += 1
            }
            names.append(name)
        }
    }
}
