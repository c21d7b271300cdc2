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
    func finish() throws { try store.flush() }

    var storedFlows: UInt64 { store.counts.written }
    var octets: Int { store.octets }
}
