import Baselines
import Behaviours
import FlowStore
import Flows
import Logging
import NetworkTypes
import Statistics
import Threats

// A checkpoint holds all that detection knows between two portions, and how much of each source it has taken.
// Who goes on from it tells what would have been told without a pause.

extension DetectionEngine {
    private static let watchName = "behaviours"
    private static let threatsName = "threats"
    private static let duplicatesName = "duplicates"

    private static func judgeName(_ mode: String, _ part: String) -> String {
        "judge/\(mode)/\(part)"
    }

    /// The baselines of all feature modes as they stand in a checkpoint.
    static func savedBaselines(in checkpoint: inout Checkpoint) -> [[UInt8]] {
        let (beginning, end) = ("judge/", "/baselines")
        return checkpoint.names.filter { $0.hasPrefix(beginning) && $0.hasSuffix(end) }
            .compactMap { checkpoint.take($0) }
    }

    // MARK: Saving

    /// Whether it is time to save: nothing waits, and something has come since the last time.
    ///
    /// The time is that of the wall: what is told does not depend on it.
    var isSaveDue: Bool {
        hasNews && waiting.isEmpty
            && SystemClock.seconds() - lastSave >= settings.checkpointSeconds
    }

    /// Judges what waits, puts the flows on the disk, then saves everything as of this moment.
    ///
    /// - Parameter progress: how much of each source was taken.
    /// - Returns: whether the checkpoint is on the disk.
    @discardableResult
    func save(_ progress: [SourceProgress]) -> Bool {
        flush()
        tellAll(isLast: true)
        // Alerts that are not kept yet come again from the checkpoint before.
        guard alerts.isAllKept else { return false }
        let begin = SystemClock.seconds()
        do {
            // The checkpoint says which files there are: they come before it.
            try keeper?.commit()
            failures["flows"] = nil
        } catch {
            fail("flows", "\(error)")
        }
        do {
            status.checkpointOctets = try Checkpoint.write(to: state, sections(progress))
            failures["state"] = nil
            hasNews = false
        } catch {
            fail("state", "\(error)")
        }
        lastSave = SystemClock.seconds()
        status.checkpointSeconds = lastSave - begin
        logger.debug(
            "checkpoint",
            metadata: [
                "octets": "\(status.checkpointOctets)",
                "milliseconds": "\(Int(status.checkpointSeconds * 1000))",
            ])
        return failures["state"] == nil
    }

    private func sections(
        _ progress: [SourceProgress]
    ) -> [(name: String, encoded: () -> [UInt8])] {
        var sections: [(name: String, encoded: () -> [UInt8])] = [
            (ServiceSnapshot.name, { [self] in snapshot(progress).encoded() }),
            (Self.watchName, { [self] in watch.encoded() }),
            (Self.threatsName, { [self] in threats.encoded() }),
            (Self.duplicatesName, { [self] in duplicates.encoded() }),
        ]
        for mode in judges.keys.sorted() {
            for part in LiveJudge.parts {
                sections.append(
                    (Self.judgeName(mode, part), { [self] in judges[mode]?.encoded(part) ?? [] }))
            }
        }
        return sections
    }

    private func snapshot(_ progress: [SourceProgress]) -> ServiceSnapshot {
        var snapshot = ServiceSnapshot()
        snapshot.secret = secret
        (snapshot.clock, snapshot.begin) = (clock, begin)
        snapshot.counters = status.counters
        snapshot.modes = judges.keys.sorted()
        for (index, source) in origins.enumerated() {
            var saved = ServiceSnapshot.Source(
                identity: source.identity, isActive: true, isReplayable: source.isReplayable,
                progress: progress[index])
            switch source.kind {
            case .files: saved.progress.files = startFiles[index]
            case .folder(let path):
                // Of files that went away nothing needs to be known.
                let inodes = FileMark.inodes(in: path)
                saved.progress.files.removeAll { !inodes.contains($0.inode) }
            case .interfaces: break
            }
            let status = sources[index]
            (saved.observations, saved.late) = (status.observations, status.late)
            (saved.duplicates, saved.gaps) = (status.duplicates, status.gaps)
            saved.clock = status.clock
            snapshot.sources.append(saved)
        }
        snapshot.sources += otherSources
        if let keeper {
            snapshot.storedFlows = keeper.storedFlows
            snapshot.lastParts = keeper.extent.lastParts
        }
        return snapshot
    }

    // MARK: Going on

    /// The checkpoint of the state folder with its plain numbers, if there is one that can be read.
    static func checkpoint(
        of state: StateFolder, _ complain: (any Error) -> Void
    ) -> (Checkpoint, ServiceSnapshot)? {
        do {
            guard var checkpoint = try Checkpoint(from: state) else { return nil }
            let octets = try part(ServiceSnapshot.name, of: &checkpoint)
            return (checkpoint, try ServiceSnapshot(decoding: octets))
        } catch {
            complain(error)
            return nil
        }
    }

    private static func part(
        _ name: String, of checkpoint: inout Checkpoint
    ) throws(ByteReader.Failure) -> [UInt8] {
        guard let octets = checkpoint.take(name) else { throw .damaged("a part is missing") }
        return octets
    }

    /// Takes over what an earlier run knew. A part that cannot be read begins anew.
    func restore(_ saved: Checkpoint, _ snapshot: ServiceSnapshot) {
        var checkpoint = saved
        restoreSources(snapshot)
        (clock, begin) = (snapshot.clock, snapshot.begin)
        status.counters = snapshot.counters
        if snapshot.secret == secret {
            attempt("behaviours") {
                try watch.restore(Self.part(Self.watchName, of: &checkpoint))
            }
        } else {
            logger.warning(
                "the detectors of behaviours begin anew: they have seen recordings only, by sketches without a secret"
            )
        }
        attempt("threats") {
            try threats.restore(Self.part(Self.threatsName, of: &checkpoint))
        }
        attempt("duplicates") {
            let places = places(of: snapshot)
            try duplicates.restore(Self.part(Self.duplicatesName, of: &checkpoint)) { source in
                source < Self.elsewhere ? places[source] ?? Self.elsewhere + source : source
            }
        }
        restoreJudges(snapshot.modes, &checkpoint)
        restoreStore(snapshot)
        earlier = (status.flows, threats.counts.raised)
    }

    /// Numbers of sources that are no longer read, beyond all that are.
    private static let elsewhere = 1 << 16

    /// The present number of each source by its number in the snapshot.
    private func places(of snapshot: ServiceSnapshot) -> [Int: Int] {
        var places: [Int: Int] = [:]
        for (number, source) in snapshot.sources.enumerated() {
            places[number] = origins.firstIndex { $0.identity == source.identity }
        }
        return places
    }

    private func restoreSources(_ snapshot: ServiceSnapshot) {
        for (index, source) in origins.enumerated() {
            guard let saved = snapshot.sources.first(where: { $0.identity == source.identity })
            else { continue }
            beginnings[index] = SourceBeginning(source, saved.progress)
            guard beginnings[index].progress != nil else { continue }
            (sources[index].observations, sources[index].late) = (saved.observations, saved.late)
            sources[index].duplicates = saved.duplicates
            sources[index].gaps = saved.gaps
            sources[index].clock = saved.clock
        }
        let present = Set(origins.map(\.identity))
        otherSources = snapshot.sources.filter { !present.contains($0.identity) }
            .prefix(ServiceSnapshot.otherLimit)
            .map { source in
                var source = source
                source.isActive = false
                return source
            }
        isSameRun =
            snapshot.sources.filter(\.isActive).map(\.identity) == origins.map(\.identity)
    }

    private func restoreJudges(_ modes: [String], _ checkpoint: inout Checkpoint) {
        for mode in modes {
            var parts: [String: [UInt8]] = [:]
            for part in LiveJudge.parts {
                parts[part] = checkpoint.take(Self.judgeName(mode, part))
            }
            attempt("baselines of mode \(mode)") {
                var judge = LiveJudge(featureMode: mode, settings.baselines, secret: secret)
                try judge.restore({ parts[$0] }, settings.baselines)
                judges[mode] = judge
                logger.info(
                    "goes on from what was learnt",
                    metadata: [
                        "mode": "\(mode)", "populations": "\(judge.baselines.populationCount)",
                        "flows": "\(judge.baselines.counts.learnt)",
                    ])
            }
        }
    }

    /// Flows that were kept after the checkpoint come again if all of their sources are read again: then they
    /// must go, or they would be there twice. If packets of an interface are among them, nobody brings them back.
    private func restoreStore(_ snapshot: ServiceSnapshot) {
        guard let keeper, let lastParts = snapshot.lastParts else { return }
        keeper.earlierFlows = snapshot.storedFlows
        let active = snapshot.sources.filter(\.isActive)
        let comeAgain = active.allSatisfy { source in
            source.isReplayable
                && zip(origins, beginnings).contains {
                    $0.identity == source.identity && $1.progress != nil
                }
        }
        guard comeAgain else { return }
        attempt("flows") {
            let removed = try keeper.removeFiles(
                after: FlowArchive.Extent(lastParts: lastParts))
            if removed > 0 {
                logger.info(
                    "files of flows that came after the checkpoint are removed: their flows come again",
                    metadata: ["files": "\(removed)"])
            }
        }
    }

    /// Does something that a damaged checkpoint may make impossible.
    private func attempt(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            complainOfCheckpoint(what, error)
        }
    }

    func complainOfCheckpoint(_ what: String, _ error: any Error) {
        state.setAside(Checkpoint.fileName, as: Self.unreadName)
        logger.error(
            "what was saved cannot be read and begins anew",
            metadata: [
                "what": "\(what)", "reason": "\(error)", "kept": "\(state.file(Self.unreadName))",
            ])
    }

    private static let unreadName = "checkpoint.unread.ntds"

    /// Tells where the sources begin.
    func tellBeginnings() {
        for (source, beginning) in zip(origins, beginnings) {
            switch beginning {
            case .new: break
            case .resumed(let progress) where source.isReplayable:
                logger.info(
                    "goes on behind what was taken",
                    metadata: ["source": "\(source.name)", "observations": "\(progress.taken)"])
            case .resumed: break
            case .changed(let reason):
                logger.warning(
                    "not what it was: read from its beginning",
                    metadata: ["source": "\(source.name)", "reason": "\(reason)"])
            case .over:
                logger.info(
                    "nothing new: an earlier run read it to its end; name another state folder to read it again",
                    metadata: ["source": "\(source.name)", "state": "\(state.path)"])
            }
        }
    }
}
