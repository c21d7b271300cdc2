import Baselines
import Console
import NetworkTypes
import Synchronization

/// What the service counts, published by detection about once a second and read by whoever asks.
struct ServiceStatus: Sendable {
    var sources: [SourceStatus] = []
    var clock: Timestamp?
    var flows: UInt64 = 0
    var lookups: UInt64 = 0
    var addressQueries: UInt64 = 0
    var flowsWithoutMetrics: UInt64 = 0
    var scoredFlows: UInt64 = 0
    /// Flows by tier, 0…6.
    var tiers = [UInt64](repeating: 0, count: 7)
    var populations: [PopulationState: Int] = [:]
    var baselineOctets = 0
    var forgottenPopulations: UInt64 = 0
    var learntFlows: UInt64 = 0
    var suspectFlows: UInt64 = 0
    var refits: UInt64 = 0
    var drifts: UInt64 = 0
    var evidence: UInt64 = 0
    var expectedEvidence: UInt64 = 0
    /// Evidence not believed since the network is still being learnt.
    var learningEvidence: UInt64 = 0
    var evictions: UInt64 = 0
    var threatsRaised: UInt64 = 0
    var threatsGrown: UInt64 = 0
    /// Tellings of threats that are kept as alerts, and those for which there was no room while they could not be.
    var alertsKept: UInt64 = 0
    var alertsLost: UInt64 = 0
    var storedFlows: UInt64 = 0
    var storedOctets: UInt64 = 0
    /// Of the last checkpoint.
    var checkpointOctets = 0
    var checkpointSeconds = 0.0
    var residentOctets = 0
    var cpuSeconds = 0.0
    /// Why the service does not do its work, a line a reason; what is failing now.
    var failures: [String] = []
    var isRunning = false

    var isReady: Bool { isRunning && (populations[.ready] ?? 0) > 0 }

    var report: HealthReport {
        var reasons = failures
        if !isRunning { reasons.append("not running yet, or stopping") }
        if isRunning && !isReady { reasons.append("learning: no population is ready") }
        return HealthReport(
            isHealthy: isRunning && failures.isEmpty, isReady: isReady, reasons: reasons,
            metrics: metrics)
    }
}

/// The status as one thread writes and others read it.
final class StatusBoard: Sendable {
    private let board = Mutex(ServiceStatus())
    func publish(_ status: ServiceStatus) { board.withLock { $0 = status } }
    var status: ServiceStatus { board.withLock { $0 } }
}

// MARK: - Prometheus

extension ServiceStatus {
    /// In the text format of Prometheus, version 0.0.4.
    var metrics: String {
        var page = MetricsPage()
        page.add("ntds_up", .gauge, "Whether detection runs.", isRunning ? 1 : 0)
        if let clock {
            page.add(
                "ntds_detection_event_time_seconds", .gauge,
                "Event time that detection has reached.",
                Double(clock.nanoseconds) / 1e9)
        }
        addSources(to: &page)
        page.add("ntds_detection_flows_total", .counter, "Flows taken.", Double(flows))
        page.add("ntds_detection_lookups_total", .counter, "Name look-ups taken.", Double(lookups))
        page.add(
            "ntds_detection_address_queries_total", .counter, "ARP messages taken.",
            Double(addressQueries))
        page.add(
            "ntds_anomalies_scored_flows_total", .counter, "Flows judged by the default score.",
            Double(scoredFlows))
        page.family(
            "ntds_anomalies_tier_flows_total", .counter,
            "Judged flows by tier k: rarer than 1 in 10^k.",
            tiers.indices.map { ("tier=\"\($0)\"", Double(tiers[$0])) })
        page.family(
            "ntds_baselines_populations", .gauge, "Populations by state.",
            PopulationState.allCases.map { ("state=\"\($0.name)\"", Double(populations[$0] ?? 0)) })
        page.add(
            "ntds_baselines_memory_octets", .gauge, "Memory of the populations.",
            Double(baselineOctets))
        page.add(
            "ntds_baselines_forgotten_populations_total", .counter,
            "Populations forgotten for want of memory.", Double(forgottenPopulations))
        page.add("ntds_baselines_flows_total", .counter, "Flows learnt.", Double(learntFlows))
        page.add(
            "ntds_baselines_suspect_flows_total", .counter,
            "Flows that do not teach, since their host is under suspicion.", Double(suspectFlows))
        page.add("ntds_baselines_refits_total", .counter, "Models fitted.", Double(refits))
        page.add(
            "ntds_baselines_drifts_total", .counter, "Drifts noticed, each a proposal to refit.",
            Double(drifts))
        page.add("ntds_threats_evidence_total", .counter, "Pieces of evidence.", Double(evidence))
        page.add(
            "ntds_threats_expected_evidence_total", .counter,
            "Evidence that the role of its host explains.", Double(expectedEvidence))
        page.add(
            "ntds_threats_learning_evidence_total", .counter,
            "Evidence not believed, for what is usual is still being learnt.",
            Double(learningEvidence))
        page.add("ntds_threats_raised_total", .counter, "Threats raised.", Double(threatsRaised))
        page.add("ntds_threats_grown_total", .counter, "Threats told again.", Double(threatsGrown))
        page.add("ntds_alerts_kept_total", .counter, "Threats kept as alerts.", Double(alertsKept))
        page.add(
            "ntds_alerts_lost_total", .counter, "Threats without room while none could be kept.",
            Double(alertsLost))
        page.add(
            "ntds_detection_evictions_total", .counter,
            "Entries of bounded tables that made room for others.", Double(evictions))
        page.add("ntds_store_flows_total", .counter, "Flows stored.", Double(storedFlows))
        page.add("ntds_store_octets", .gauge, "Octets of stored flows.", Double(storedOctets))
        page.add(
            "ntds_state_checkpoint_octets", .gauge, "Size of the last checkpoint.",
            Double(checkpointOctets))
        page.add(
            "ntds_state_checkpoint_seconds", .gauge, "Time that the last checkpoint took.",
            checkpointSeconds)
        page.add(
            "process_resident_memory_bytes", .gauge, "Resident memory.", Double(residentOctets))
        page.add("process_cpu_seconds_total", .counter, "CPU time.", cpuSeconds)
        return page.text
    }

    private func addSources(to page: inout MetricsPage) {
        func family(_ name: String, _ help: String, _ value: (SourceStatus) -> UInt64) {
            page.family(
                name, .counter, help,
                sources.map { ("source=\(MetricsPage.label($0.name))", Double(value($0))) })
        }
        page.family(
            "ntds_source_up", .gauge, "Whether the source is still read.",
            sources.map { ("source=\(MetricsPage.label($0.name))", $0.hasEnded ? 0 : 1) })
        family("ntds_source_observations_total", "Flows and messages told.") { $0.observations }
        family("ntds_source_received_total", "Frames or records that came.") { $0.received }
        family("ntds_source_lost_total", "Frames or records known to be lost.") { $0.lost }
        family("ntds_source_late_total", "Observations that came too late.") { $0.late }
        family("ntds_source_duplicates_total", "Flows another source had told.") { $0.duplicates }
        family("ntds_source_gaps_total", "Silences longer than a minute.") { $0.gaps }
        page.family(
            "ntds_source_rejected_total", .counter, "Records that could not be read.",
            sources.flatMap { source in
                source.rejected.sorted { $0.key < $1.key }.map { reason, count in
                    (
                        "source=\(MetricsPage.label(source.name)),reason=\(MetricsPage.label(reason))",
                        Double(count)
                    )
                }
            })
    }
}

/// Text in Prometheus' exposition format.
struct MetricsPage {
    enum Kind: String { case counter, gauge }
    private(set) var text = ""

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help, [("", value)])
    }

    mutating func family(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: String, value: Double)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.isEmpty ? "" : "{\(sample.labels)}"
            let value =
                Int64(exactly: sample.value).map { String($0) } ?? "\(sample.value)"
            text += "\(name)\(labels) \(value)\n"
        }
    }

    /// A label's value in quotes.
    static func label(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}
