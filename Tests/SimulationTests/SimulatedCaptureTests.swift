import NetworkTypes
import Simulation
import Testing

struct SimulatedCaptureTests {
    @Test func `frames come in the order of time, within the capture, in whole microseconds`()
        throws
    {
        let times = CaptureSample.hour.frames.map(\.time)
        let start = SimulatedCapture.Configuration.defaultStart.nanoseconds
        #expect(times.count > 20_000)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(times.allSatisfy { $0 >= start && $0 < start + 3_600_000_000_000 })
        #expect(times.allSatisfy { $0 % 1000 == 0 })
    }

    @Test func `every frame is an Ethernet frame with right lengths and checksums`() {
        for frame in CaptureSample.hour.frames {
            #expect((60...1514).contains(frame.octets.count))
            #expect(frame.hasRightChecksums)
            #expect([0x0800, 0x0806, 0x86dd].contains(frame.word(12)))
        }
    }

    @Test func `the same configuration gives the same octets, another seed others`() throws {
        let hash = captureHash(try .init(seed: 3, duration: .seconds(120)))
        #expect(hash == captureHash(try .init(seed: 3, duration: .seconds(120))))
        #expect(hash != captureHash(try .init(seed: 4, duration: .seconds(120))))
    }

    @Test func `a capture is the same octets on every machine`() throws {
        let hash = captureHash(try .init(seed: 1, duration: .seconds(60), flowsPerHour: 600))
        #expect(hash == 10_697_145_023_755_870_635)
    }

    @Test func `no connection acknowledges what was not sent, and data sent again are the same`() {
        struct Stream {
            var end: UInt32
            var data: [UInt32: ArraySlice<UInt8>] = [:]
        }
        var streams: [[FlowEnd]: Stream] = [:]
        var repeats = 0
        var gaps = 0
        for frame in CaptureSample.hour.frames where frame.isTCP {
            let way = [frame.source!, frame.destination!]
            let isNew = frame.flags & 2 != 0
            if isNew || streams[way] == nil { streams[way] = Stream(end: frame.sequence) }
            if frame.flags & 16 != 0, let peer = streams[way.reversed()] {
                #expect(Int32(bitPattern: peer.end &- frame.acknowledgement) >= 0)
            }
            let end = frame.sequence &+ frame.sequenceOctets
            let ahead = Int32(bitPattern: frame.sequence &- streams[way]!.end)
            if ahead > 0 { gaps += 1 }
            #expect(ahead <= 1460)
            if frame.payload.count > 0 {
                let data = frame.octets[frame.payload]
                if let old = streams[way]!.data.updateValue(data, forKey: frame.sequence) {
                    #expect(old == data)
                    repeats += 1
                }
            }
            if Int32(bitPattern: end &- streams[way]!.end) > 0 { streams[way]!.end = end }
        }
        #expect(repeats > 5)
        #expect(gaps > 5)
    }

    @Test func `names are looked up before their servers are called`() {
        var known: Set<IPAddress> = []
        var calls = 0
        var knownCalls = 0
        for frame in CaptureSample.hour.frames {
            if frame.protocolNumber == 17, frame.source?.port == 53 {
                // The last four octets before the EDNS record are an address if the last answer has one.
                let data = frame.octets[frame.payload]
                for place in data.indices.dropLast(15)
                where data[place...].starts(with: [0xc0, 0x0c, 0, 1, 0, 1]) {
                    let bits = data[(place + 12)..<(place + 16)].reduce(UInt32(0)) {
                        $0 << 8 | UInt32($1)
                    }
                    known.insert(IPAddress(ipv4: bits))
                }
            } else if frame.isSYN, frame.destination!.port == 443,
                frame.source!.address.ipv4.map({ $0 >> 16 == 0x0a14 }) == true
            {
                calls += 1
                if known.contains(frame.destination!.address) { knownCalls += 1 }
            }
        }
        #expect(calls > 50)
        #expect(knownCalls * 2 > calls)
    }

    @Test func `the applications of a campus are there`() {
        let frames = CaptureSample.hour.frames
        func count(_ isWanted: (CaptureFrame) -> Bool) -> Int { frames.count(where: isWanted) }
        func says(_ text: String, port: UInt16) -> Bool {
            frames.contains {
                ($0.destination?.port == port || $0.source?.port == port)
                    && $0.octets[$0.payload].starts(with: text.utf8)
            }
        }
        #expect(says("GET /", port: 80))
        #expect(says("HTTP/1.1 200 OK", port: 80))
        #expect(says("SSH-2.0-", port: 22))
        #expect(says("EHLO ", port: 25))
        #expect(says("* OK ", port: 143))
        #expect(says("\u{16}\u{03}\u{01}", port: 443))
        #expect(count { $0.isARP } > 100)
        for port in [53, 67, 123, 443, 5353] as [UInt16] {
            #expect(frames.contains { $0.protocolNumber == 17 && $0.destination?.port == port })
        }
        #expect(count { $0.protocolNumber == 1 } > 0)
        #expect(count { $0.protocolNumber == 58 } > 0)
        #expect(count { $0.isTCP && $0.octets[12] == 0x86 } > 100)
    }

    @Test func `a campus sleeps at night and rests on Sunday`() throws {
        // From Saturday to Monday.
        let start = Timestamp(year: 2024, month: 1, day: 20)!
        var capture = SimulatedCapture(
            try .init(
                start: start, duration: .seconds(3 * 86_400), flowsPerHour: 40, attacks: []))
        var calls = [Int](repeating: 0, count: 72)
        var most = 0
        while capture.nextFrame({ time, octets in
            let frame = CaptureFrame(time, octets.withUnsafeBytes(Array.init))
            if frame.isSYN {
                calls[Int((time.nanoseconds - start.nanoseconds) / 3_600_000_000_000)] += 1
            }
        }) { most = max(most, capture.liveDialogueCount) }
        let days = (0..<3).map { calls[$0 * 24..<$0 * 24 + 24].reduce(0, +) }
        #expect(days[2] > 2 * days[1])
        #expect(calls[48 + 9..<48 + 18].reduce(0, +) > 5 * calls[48..<48 + 6].reduce(0, +))
        // Memory follows the dialogues under way.
        #expect(most < 100)
        #expect(capture.skippedDialogueCount == 0)
    }

    @Test func `frames stop with the capture, and whoever takes them may stop before`() throws {
        struct Enough: Error {}
        var capture = SimulatedCapture(try .init(duration: .seconds(60)))
        #expect(throws: Enough.self) { _ = try capture.nextFrame { _, _ in throw Enough() } }
        var count = 0
        while capture.nextFrame({ _, _ in count += 1 }) {}
        #expect(count > 100)
        let isOver = !capture.nextFrame { _, _ in }
        #expect(isOver)
    }

    @Test(arguments: [
        (59.9, 40, 100, 1), (366.1 * 86_400, 40, 100, 1), (60, 9, 100, 1), (60, 4001, 100, 1),
        (60, 40, 0, 1), (60, 40, 10_000_001, 1), (60, 40, 100, 1001),
    ])
    func `a setting of a capture outside its range is refused`(
        seconds: Double, hosts: Int, load: Int, attacks: Int
    ) {
        #expect(throws: SimulatedCampus.InvalidSetting.self) {
            try SimulatedCapture.Configuration(
                duration: .seconds(seconds), hosts: hosts, flowsPerHour: load,
                attacks: Array(repeating: .beacon, count: attacks))
        }
    }

    @Test func `the smallest and the largest campus work`() throws {
        for hosts in [10, 4000] {
            let sample = CaptureSample(
                try .init(duration: .seconds(60), hosts: hosts, flowsPerHour: 100))
            #expect(sample.frames.allSatisfy { $0.hasRightChecksums })
            #expect(sample.attacks.count == 10)
        }
    }
}
