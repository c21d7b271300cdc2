import Anomalies
import Baselines
import Figures
import FlowFormats
import Flows
private import Foundation
import Geolocation
import NetworkTypes
import Statistics

/// What was done and what came out, as `run.json` keeps it.
package struct RunRecord: Sendable, Encodable {
    package struct Timing: Sendable, Encodable {
        package let stage: String
        package let seconds: Double
    }

    package struct Input: Sendable, Encodable {
        let path, format, layout: String
        let rows: Int
        package let notes: [String]
        /// The meter mode of the flows, if the table says it.
        let mode: String?
    }

    package struct Reject: Sendable, Encodable {
        let reason: String
        let count, first_row: Int
    }

    package struct Rows: Sendable, Encodable {
        package let read: Int
        package let rejected: Int
        let `internal`, transit, invalid_address, nonfinite: Int
        package let members: Int
        let inbound, outbound, unknown_direction, internal_members: Int
    }

    package struct Model: Sendable, Encodable {
        let `protocol`: String
        let feature_mode: String
        let learnt_from, calibration_flows: Int
    }

    package struct Medians: Sendable, Encodable {
        package let application: String
        package let count: Int
        /// One a metric, in the registry's order.
        package let medians: [Double?]
    }

    package struct Addresses: Sendable, Encodable {
        let source: String
        let `public`, found, not_found, failed: Int
    }

    package let version: String
    package let command: String
    package let settings: [String: String]
    package let inputs: [Input]
    /// The tables that were metered from captures for this run.
    package let metered: [MeteredTable]
    /// What is to be known of the run as a whole.
    package let notes: [String]
    package let rows: Rows
    package let rejects: [Reject]
    package let nonfinite_values: [String: Int]
    package let applications: Int
    package let scored_applications: Int
    /// Members by tier, from common to 1 in 100,000.
    package let tiers: [Int]
    package let model: Model?
    package let addresses: Addresses?
    package let medians: [Medians]
    package var timings: [Timing] = []
    /// Whether the page was written.
    package var hasReport: Bool { addresses != nil }

    init(
        command: String, version: String, settings: AnalysisSettings, flows: LoadedFlows,
        analysis: PopulationAnalysis, shown: ShownScores, model: ScoreModel?,
        geography: TrafficGeography?
    ) {
        let quality = flows.quality
        self.command = command
        self.version = version
        self.settings = settings.record
        inputs = quality.inputs.map {
            Input(
                path: $0.path, format: $0.format, layout: $0.dialect.rawValue, rows: $0.rowCount,
                notes: $0.notes, mode: $0.mode?.rawValue)
        }
        metered = settings.metered
        notes = model.flatMap { Self.modeNote($0, flows) }.map { [$0] } ?? []
        rows = Rows(
            read: quality.rowCount, rejected: quality.rejects.total,
            internal: quality.internalCount,
            transit: quality.transitCount, invalid_address: quality.invalidAddressCount,
            nonfinite: quality.nonFiniteRowCount, members: quality.memberCount,
            inbound: quality.inboundCount, outbound: quality.outboundCount,
            unknown_direction: quality.unknownDirectionCount,
            internal_members: quality.internalMemberCount)
        rejects = quality.rejects.entries.map {
            Reject(reason: $0.reason, count: $0.count, first_row: $0.firstRow)
        }
        nonfinite_values = Dictionary(
            uniqueKeysWithValues: zip(flows.table.metrics, quality.nonFiniteValues).filter {
                $0.1 > 0
            })
        applications = flows.table.populations.count
        scored_applications = analysis.classics.count { $0 != nil }
        tiers = shown.counts(0..<flows.table.count)
        self.model = model.map {
            Model(
                protocol: "\($0.learningProtocol)", feature_mode: $0.featureMode,
                learnt_from: $0.memberCount, calibration_flows: $0.calibration.count)
        }
        medians = zip(analysis.ranking, analysis.summaries).map { rank, summaries in
            Medians(
                application: rank.name, count: rank.count, medians: summaries.map { $0?.median })
        }
        addresses = geography.map {
            Addresses(
                source: $0.source, public: $0.counts.publicAddresses, found: $0.counts.found,
                not_found: $0.counts.notFound, failed: $0.counts.failed)
        }
    }

    /// What to say where only one of flows and baseline is known to be of a mode.
    private static func modeNote(_ model: ScoreModel, _ flows: LoadedFlows) -> String? {
        guard model.featureMode != flows.featureMode else { return nil }
        return flows.mode.map {
            "what is normal was learnt from flows that do not say by which rules they were metered; "
                + "these are of mode \($0.rawValue)"
        }
            ?? "the flows do not say by which rules they were metered; what is normal was learnt "
            + "from flows of mode \(CleanText.clean(model.featureMode, limit: 40))"
    }

    /// The record as JSON, keys sorted.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func write(to path: String) throws {
        var file = try AtomicFile(path: path)
        try file.write(try json() + "\n")
        try file.finish()
    }
}

extension AnalysisSettings {
    /// The settings as words, for the record and the report.
    var record: [String: String] {
        var record = [
            "classic": "\(isClassic)", "strategy": strategy.rawValue,
            "pseudo_sigmas": "\(pseudoSigmas)",
            "min_count": "\(minimumCount)", "bins": "\(bins)",
            "alpha_scaling": alphaScaling.rawValue,
            "figures": figures.rawValue, "theme": theme.rawValue, "scores": scores.rawValue,
            "seed": "\(seed)", "inside": insidePrefixes.map(\.description).joined(separator: " "),
        ]
        record["group"] = groupColumn
        record["site"] = site?.description
        record["learn"] = learnInputs.isEmpty ? nil : learnInputs.joined(separator: " ")
        record["baseline"] = baselinePath
        return record
    }
}
