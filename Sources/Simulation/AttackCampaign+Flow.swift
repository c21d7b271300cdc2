import Statistics

extension AttackCampaign {
    /// The flow of one part.
    func flow(
        part: Int, network: CampusNetwork, clock: CampusClock, _ generator: inout SeededGenerator
    ) -> SimulatedFlow {
        var flow = SimulatedFlow()
        flow.application = application
        flow.startSecond = clock.firstSecond + offset(ofPart: part)
        flow.ends = ends(ofPart: part, network: network)
        let isDatagrams = kind == .dnsTunnel || kind == .covertPackets
        flow.transport = isDatagrams ? 17 : 6
        flow.header = isDatagrams ? -1 : 20
        fill(&flow, &generator)
        if !isDatagrams {
            flow.initiatorWindow = kind == .horizontalScan || kind == .flood ? 1024 : 29_200
            flow.responderWindow = flow.responder.count > 0 ? 235 : -1
        }
        flow.spread(kind == .sshBruteForce ? .bursts : .even, &generator)
        return flow
    }

    /// The addresses and ports of one part: a scan goes on to the next host each time, everything but
    /// a long connection takes a new port.
    func ends(ofPart part: Int, network: CampusNetwork) -> FlowEnds {
        let destination =
            kind == .horizontalScan
            ? (Int(target) - network.insideCount + part * 7) % network.outsideCount
                + network.insideCount : Int(target)
        let step = kind == .longConnection ? 0 : part
        return FlowEnds(
            source: attacker, destination: UInt32(destination),
            sourcePort: UInt16(32_768 + (Int(attackerPort) - 32_768 + step) % 28_232),
            destinationPort: port)
    }

    private var port: UInt16 {
        switch kind {
        case .flood: 80
        case .horizontalScan: 445
        case .sshBruteForce: 22
        case .dnsTunnel: 53
        case .covertPackets: 123
        case .exfiltration, .beacon, .longConnection: 443
        }
    }

    private func fill(_ flow: inout SimulatedFlow, _ generator: inout SeededGenerator) {
        let empty = flow.padding
        let limit = SimulatedFlow.activeTimeout
        flow.firstFlags = [.syn]
        flow.firstPayload = empty
        switch kind {
        case .exfiltration:
            let segments = generator.integer(in: 60_000...300_000)
            flow.initiator = ValueMix(1460, count: segments)
            flow.initiator.add(empty, count: 2)
            flow.responder = ValueMix(empty, count: segments / 2)
            flow.responder.add(180, count: 3)
            flow.duration = limit - generator.integer(in: 0...90_000)
        case .flood:
            flow.initiator = ValueMix(empty, count: generator.integer(in: 20_000...90_000))
            flow.duration = generator.integer(in: 300_000...1_900_000)
        case .horizontalScan:
            // One packet has no duration; the data set knows none below 1.
            flow.initiator = ValueMix(empty, count: 1)
            flow.duration = 1
        case .sshBruteForce:
            flow.initiator = ValueMix(48, count: 6)
            flow.initiator.add(680 + Int64(temper * 400), count: 1)
            flow.initiator.add(empty, count: 7 + generator.integer(in: 0...1))
            flow.responder = ValueMix(52, count: 6)
            flow.responder.add(1080, count: 1)
            flow.responder.add(empty, count: 5)
            flow.duration = 1_800_000 + generator.integer(in: 0...400_000)
        case .beacon:
            flow.initiator = ValueMix(160 + Int64(temper * 200), count: 2)
            flow.initiator.add(empty, count: 4)
            flow.responder = ValueMix(90 + Int64(temper * 60), count: 2)
            flow.responder.add(empty, count: 3)
            flow.duration = 240_000 + generator.integer(in: 0...20_000)
        case .dnsTunnel:
            let queries = generator.integer(in: 300...1200)
            flow.firstPayload = 190 + Int64(temper * 50)
            flow.initiator = ValueMix(flow.firstPayload, count: queries)
            flow.responder = ValueMix(generator.integer(in: 240...480), count: queries)
            flow.duration = 105_000_000 + generator.integer(in: 0...4_000_000)
        case .covertPackets:
            flow.firstPayload = generator.integer(in: 3_000...8_000)
            flow.initiator = ValueMix(flow.firstPayload, count: generator.integer(in: 20...200))
            flow.initiator.add(48, count: 20)
            flow.responder = ValueMix(48, count: 10)
            flow.duration = generator.integer(in: 4_000_000...60_000_000)
        case .longConnection:
            // The meter cut the connection: its parts begin in the middle.
            flow.firstFlags = [.ack]
            flow.initiator = ValueMix(92, count: 240)
            flow.initiator.add(empty, count: 240)
            flow.responder = ValueMix(108 + Int64(temper * 40), count: 240)
            flow.duration = limit - generator.integer(in: 0...450_000)
        }
        if flow.transport == 17 { flow.firstFlags = [] }
    }
}
