package import FlowFormats
package import Flows
package import NetworkTypes

/// A finished flow with what detection thought of it.
package struct StoredFlow: Sendable, Hashable {
    package var flow: ObservedFlow
    /// `nil` where the flow was not scored.
    package var score: Double?
    /// Rarity among its population: 1 is 1 in 10, 5 is 1 in 100,000, 0 common.
    package var tier: Int8?

    package init(_ flow: ObservedFlow, score: Double? = nil, tier: Int8? = nil) {
        (self.flow, self.score, self.tier) = (flow, score, tier)
    }
}

/// Why flows could not be kept or found.
package enum FlowStoreError: Error, Equatable, CustomStringConvertible {
    case folder(path: String, reason: String)
    case table(TableError)

    package var description: String {
        switch self {
        case .folder(let path, let reason):
            "\(path): \(reason): check that the folder is there, ours and not full"
        case .table(let error): error.description
        }
    }
}

/// What became of the flows that a store was given.
package struct FlowStoreCounts: Sendable, Equatable {
    /// Flows in files, and these files.
    package var written: UInt64 = 0
    package var parts: UInt64 = 0
    /// Older than the store keeps flows.
    package var tooOld: UInt64 = 0
    /// More than a day ahead of the owner's clock.
    package var tooNew: UInt64 = 0
    /// Turned away because the disk takes nothing and memory is full.
    package var overflowed: UInt64 = 0
    /// Files that retention removed.
    package var removed: UInt64 = 0
}

/// Finished flows as Parquet files by the hour in which they ended, `date=2026-11-23/hour=07/part-0.parquet`,
/// readable by anyone's tools.
///
/// Flows wait in memory until there are enough of their hour, or `flush`; a kill loses those, and the owner
/// reads them again from their source. A file has its name only when it is whole and on the disk; what a
/// crash left behind is removed when the store is opened. A folder has one writer and any number of readers
/// (`FlowSearch`). The clock is the owner's: times of flows are chosen by others.
package struct FlowArchive: ~Copyable {
    /// How much is kept, where.
    package struct Configuration: Sendable {
        package var folder: String
        /// Flows in memory, of all hours together. Default 32,768 (some 12 MB).
        package var bufferedFlows = 32_768
        /// Flows of a file. Default 32,768; no more than are in memory.
        package var flowsPerPart = 32_768
        /// Hours older than this are removed; `nil` keeps them for ever. Default 30 days.
        package var retentionSeconds: Int? = 30 * 86_400
        /// With more octets in files than this the oldest are removed; `nil` has no limit.
        package var retentionOctets: Int?

        package init(folder: String) { self.folder = folder }
    }

    /// Limits may change while the store is open; the folder may not.
    package var configuration: Configuration {
        didSet {
            precondition(configuration.folder == oldValue.folder, "a store moved")
            precondition(configuration.bufferedFlows > 0 && configuration.flowsPerPart > 0)
        }
    }
    package private(set) var counts = FlowStoreCounts()
    private var index: StoreIndex
    private var buffers: [StoreHour: [StoredFlow]] = [:]
    /// Flows in memory.
    package private(set) var buffered = 0
    /// The owner's clock, as `retain` last told it.
    private var now: Timestamp?

    /// Opens a folder, which is made if it is not there, and removes what a crash left unfinished.
    ///
    /// - Precondition: The limits are positive.
    package init(_ configuration: Configuration) throws(FlowStoreError) {
        precondition(configuration.bufferedFlows > 0 && configuration.flowsPerPart > 0)
        self.configuration = configuration
        try StoreFiles.makeFolder(configuration.folder)
        index = try StoreIndex(folder: configuration.folder, removesLeftovers: true)
    }

    /// Which files there are: what is written later can be told from them.
    package struct Extent: Sendable, Equatable {
        /// The number of the last file of each hour since 1970 that has one.
        package var lastParts: [Int64: Int]

        package init(lastParts: [Int64: Int] = [:]) { self.lastParts = lastParts }
    }

    /// The files that are there now.
    package var extent: Extent { Extent(lastParts: index.lastParts) }

    /// Removes the files that came after `extent` was taken, for their owner gives their flows again.
    ///
    /// - Returns: how many there were.
    package mutating func removeFiles(after extent: Extent) throws(FlowStoreError) -> Int {
        try index.removeParts { hour, number in number > extent.lastParts[hour.number] ?? -1 }
    }

    /// Octets of all files.
    package var octets: Int { index.octets }

    /// Takes a flow; writes files when memory is full or an hour has enough for one.
    ///
    /// - Throws: When a file cannot be written. Its flows stay in memory, as long as there is room for twice
    ///   the limit; then flows are turned away and counted.
    package mutating func append(_ flow: StoredFlow) throws(FlowStoreError) {
        let hour = StoreHour(flow.flow.end)
        if let now {
            if hour > StoreHour(now).advanced(by: 24) {
                counts.tooNew += 1
                return
            }
            if let oldest = oldestHour(now), hour < oldest {
                counts.tooOld += 1
                return
            }
        }
        guard buffered < 2 * configuration.bufferedFlows else {
            counts.overflowed += 1
            return try flush()
        }
        buffers[hour, default: []].append(flow)
        buffered += 1
        if buffered >= configuration.bufferedFlows {
            try flush()
        } else if buffers[hour]?.count ?? 0 >= configuration.flowsPerPart {
            try write(hour)
        }
    }

    /// Writes all flows that wait.
    package mutating func flush() throws(FlowStoreError) {
        for hour in buffers.keys.sorted() { try write(hour) }
    }

    /// Writes the flows of hours that ended before a time, which get few more.
    package mutating func flush(endedBefore time: Timestamp) throws(FlowStoreError) {
        for hour in buffers.keys.sorted() where hour < StoreHour(time) { try write(hour) }
    }

    /// Removes what is older than the store keeps, then the oldest files until the rest is small enough; the
    /// newest file stays.
    ///
    /// - Parameter now: The owner's clock: of the wall, or of the events in a replay.
    package mutating func retain(now: Timestamp) throws(FlowStoreError) {
        self.now = now
        if let oldest = oldestHour(now) {
            while let hour = index.hours.first, hour < oldest {
                while try index.removeFirst(of: hour) { counts.removed += 1 }
            }
        }
        guard let limit = configuration.retentionOctets else { return }
        while index.octets > limit, index.partCount > 1, let hour = index.hours.first {
            if try index.removeFirst(of: hour) { counts.removed += 1 }
        }
    }

    /// The first hour that is still kept.
    private func oldestHour(_ now: Timestamp) -> StoreHour? {
        configuration.retentionSeconds.flatMap { seconds in
            let (span, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
            let (time, below) = now.nanoseconds.subtractingReportingOverflow(span)
            return overflow || below ? nil : StoreHour(Timestamp(nanoseconds: time))
        }
    }

    private mutating func write(_ hour: StoreHour) throws(FlowStoreError) {
        // Taken out, so that they are sorted where they are.
        guard var flows = buffers.removeValue(forKey: hour), !flows.isEmpty else { return }
        flows.sort { ($0.flow.end, $0.flow.start) < ($1.flow.end, $1.flow.start) }
        var start = 0
        while start < flows.count {
            let end = min(flows.count, start + configuration.flowsPerPart)
            do {
                try index.add(
                    end - start == flows.count ? flows : Array(flows[start..<end]), to: hour)
            } catch {
                // What is on the disk is not written again, the rest waits.
                buffers[hour] = Array(flows[start...])
                throw error
            }
            counts.written += UInt64(end - start)
            counts.parts += 1
            buffered -= end - start
            start = end
        }
    }
}
