import ApplicationLabels
import Capture
import FlowMetering
import Flows
import NetworkTypes
import Statistics
import Synchronization
import Wire

/// Flows, name lookups and ARP questions of the packets of interfaces or captures.
final class PacketFeed: ObservationFeed {
    private let input: CaptureInput
    private var intake: MeterIntake
    private let shards: MeterShards
    private let current: MeterBatch
    private var clock: Timestamp?
    private var hasEnded = false
    private let wantsStop = Atomic(false)
    /// When a connection that is written in parts began.
    private var beginnings = BoundedTable<UInt64, Timestamp>(limit: 65_536)
    /// Questions whose answer has not come: an answer tells both.
    private var questions = BoundedTable<LookupKey, Timestamp>(limit: 65_536)
    private static let batchFrames = 2048

    private struct LookupKey: Hashable {
        var client: IPAddress
        var server: IPAddress
        var port: UInt16
        var identifier: UInt16
    }

    /// - Parameter sources: capture files or interfaces, not both.
    init(
        sources: [String], filter: String?, bufferOctets: Int, settings: MeterSettings,
        hasLabels: Bool
    ) throws {
        var request = MeterRequest(sources: sources)
        request.filter = filter
        request.bufferOctets = bufferOctets
        request.settings = settings
        input = try CaptureInput(request)
        intake = MeterIntake(input, nil, nil, PacketDecoder.Configuration(), frameLimit: nil)
        shards = try MeterShards(settings, hasLabels: hasLabels, threads: 1)
        current = MeterBatch(frames: Self.batchFrames)
    }

    func stop() { wantsStop.store(true, ordering: .relaxed) }

    func next() throws -> FeedBatch? {
        guard !hasEnded else { return nil }
        if wantsStop.load(ordering: .relaxed) {
            // The packets of an interface are gone afterwards: flows under way end now. Those of a capture are
            // read again, and must then end as they do without a pause.
            guard intake.isLive else { return nil }
            intake.stop(hasReader: true)
        }
        var batch = FeedBatch()
        guard intake.read(into: current) else {
            hasEnded = true
            shards.finishAll(order: intake.frames) { take($0, into: &batch) }
            batch.clock = clock
            return batch
        }
        shards.add(current) {}
        if let last = current.packets.packets.last {
            clock = max(clock ?? last.timestamp, last.timestamp)
        } else if intake.isLive {
            let quiet = Timestamp(nanoseconds: SystemClock.now().nanoseconds - 1_000_000_000)
            clock = max(clock ?? quiet, quiet)
            shards.advance(to: quiet, order: intake.frames)
        }
        takeMessages(into: &batch)
        take(shards.takeFinished(), into: &batch)
        batch.clock = clock
        return batch
    }

    var quality: FeedQuality {
        var quality = FeedQuality()
        let counts = input.counts
        quality.received = counts.frames
        quality.lost = counts.droppedFrames
        quality.complaints = intake.complaintTexts
        for (reason, count) in intake.decodeSummary.malformed where count > 0 {
            quality.rejected[reason] = count
        }
        return quality
    }

    // MARK: Observations

    private func take(_ records: [FlowRecord], into batch: inout FeedBatch) {
        for record in records {
            var flow = ObservedFlow(record)
            if record.endReason == .active || record.part > 0 {
                let begin = beginnings[record.connection] ?? record.start
                flow.began = begin
                if record.endReason == .active {
                    beginnings.set(record.connection, begin)
                } else {
                    beginnings.remove(record.connection)
                }
            }
            batch.observations.append(.flow(flow))
        }
    }

    private func takeMessages(into batch: inout FeedBatch) {
        for message in current.packets.arpMessages {
            batch.observations.append(
                .addressQuery(
                    AddressQuery(
                        timestamp: message.timestamp, senderMAC: message.senderMAC.bits,
                        sender: message.senderAddress, target: message.targetAddress,
                        isRequest: message.isRequest && !message.isGratuitous)))
        }
        let packets = current.packets.packets
        for index in packets.indices where DNSMessage.isExpected(in: packets[index]) {
            let packet = packets[index]
            let payload = unsafe current.packets.frame(of: index).payload(of: packet)
            let message =
                unsafe packet.isTCP
                ? try? DNSMessage(segment: payload.bytes) : try? DNSMessage(datagram: payload.bytes)
            if let message { take(message, packet, into: &batch) }
        }
    }

    /// A question is told at once, its answer when it comes.
    private func take(_ message: DNSMessage, _ packet: Packet, into batch: inout FeedBatch) {
        guard message.questionCount > 0, !message.queryName.isRoot else { return }
        let (client, server) =
            message.isResponse
            ? (packet.destination, packet.source) : (packet.source, packet.destination)
        var name = message.queryName.description.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let key = LookupKey(
            client: client, server: server,
            port: message.isResponse ? packet.destinationPort : packet.sourcePort,
            identifier: message.identifier)
        let octets = UInt32(clamping: message.messageOctets)
        if message.isResponse {
            questions.remove(key)
            batch.observations.append(
                .lookup(
                    NameLookup(
                        timestamp: packet.timestamp, client: client, server: server, name: name,
                        queryType: message.queryType, responseCode: message.responseCode,
                        answerOctets: octets)))
        } else if questions[key] == nil {
            questions.set(key, packet.timestamp)
            batch.observations.append(
                .lookup(
                    NameLookup(
                        timestamp: packet.timestamp, client: client, server: server, name: name,
                        queryType: message.queryType, responseCode: nil, queryOctets: octets)))
        }
    }
}
