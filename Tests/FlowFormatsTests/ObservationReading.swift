import FlowFormats
import Flows
import NetworkTypes
import TestSupport

/// A file as a test reads it: all observations, and what was counted.
struct Observed: Equatable {
    var observations: [Observation] = []
    var counts = ObservationCounts()
    var position = 0
    var format: ObservationFile.Format?

    init(_ path: String, limit: Int = 7) throws {
        var file = try ObservationFile(path: path)
        while true {
            let batch = try file.next(limit: limit)
            if batch.isEmpty { break }
            observations += batch
        }
        (counts, position, format) = (file.counts, file.position, file.format)
    }

    /// The text as a file of this name.
    init(text: String, as name: String = "conn.log") throws {
        let folder = try TemporaryFolder()
        try self.init(folder.write(text, to: name))
    }

    var flows: [ObservedFlow] {
        observations.compactMap { if case .flow(let flow) = $0 { flow } else { nil } }
    }

    var lookups: [NameLookup] {
        observations.compactMap { if case .lookup(let lookup) = $0 { lookup } else { nil } }
    }

    var rejections: [String] { Self.text(counts.rejected) }
    var skips: [String] { Self.text(counts.skipped) }

    private static func text(_ counts: RejectCounts) -> [String] {
        counts.entries.map { "\($0.reason): \($0.count) from \($0.firstRow)" }
    }
}

func address(_ text: String) -> IPAddress { IPAddress(text) ?? IPAddress(ipv4: 0) }
