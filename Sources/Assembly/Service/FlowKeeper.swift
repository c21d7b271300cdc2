import FlowStore
import Flows
import NetworkTypes

/// Keeps judged flows in the store, and lets go of the oldest.
final class FlowKeeper {
    private var store: FlowArchive

    init(_ folder: String, _ settings: ServiceSettings.Store) throws {
        var configuration = FlowArchive.Configuration(folder: folder)
        configuration.retentionSeconds = Int(settings.ageSeconds)
        configuration.retentionOctets = settings.octets
        store = try FlowArchive(configuration)
    }

    func configure(_ settings: ServiceSettings.Store) {
        store.configuration.retentionSeconds = Int(settings.ageSeconds)
        store.configuration.retentionOctets = settings.octets
    }

    func keep(_ flow: ObservedFlow, _ judgement: LiveJudge.Judgement) throws {
        try store.append(
            StoredFlow(
                flow, score: judgement.isJudged ? judgement.score : nil,
                tier: judgement.isJudged ? Int8(judgement.tier) : nil))
    }

    func retain(now: Timestamp) throws { try store.retain(now: now) }

    /// Puts everything on the disk.
    func commit() throws { try store.flush() }

    /// The files that are there, to know later which came afterwards.
    var extent: FlowArchive.Extent { store.extent }

    /// Removes files that came after a checkpoint whose flows come again.
    func removeFiles(after extent: FlowArchive.Extent) throws -> Int {
        try store.removeFiles(after: extent)
    }

    /// Flows written, those of earlier runs up to their checkpoint included.
    var storedFlows: UInt64 { earlierFlows + store.counts.written }
    var earlierFlows: UInt64 = 0
    var octets: Int { store.octets }
}
