import ArgumentParser
import Assembly
import Capture
import FlowMetering
import Flows
import Foundation

/// How packets become flows.
struct FlowOptions: ParsableArguments {
    @Option(help: "Seconds of silence that end a TCP flow (corrected mode).")
    var tcpIdle = 120.0
    @Option(help: "The same for other flows.")
    var idle = 60.0
    @Option(help: "Seconds after which a flow is written as a part and continued.")
    var active = 120.0
    @Option(help: "Flows open at once; beyond it the stalest ends early and is marked.")
    var flowLimit = 1_000_000
    @Flag(help: "Leave out copies of a packet within 5 ms instead of only counting them.")
    var skipDuplicates = false
    @Option(help: "Threads. The flows do not depend on it.")
    var threads = min(4, ProcessInfo.processInfo.activeProcessorCount)

    func settings(_ mode: MeterMode) throws -> MeterSettings {
        var settings = MeterSettings()
        settings.mode = mode
        settings.tcpIdleMicroseconds = try Self.microseconds(tcpIdle, "--tcp-idle")
        settings.otherIdleMicroseconds = try Self.microseconds(idle, "--idle")
        settings.activeMicroseconds = try Self.microseconds(active, "--active")
        guard (16...100_000_000).contains(flowLimit) else {
            throw ValidationError("--flow-limit \(flowLimit): from 16 to 100000000")
        }
        settings.flowLimit = flowLimit
        settings.skipsDuplicates = skipDuplicates
        return settings
    }

    func validate() throws {
        guard (1...64).contains(threads) else {
            throw ValidationError("--threads \(threads): from 1 to 64")
        }
    }

    private static func microseconds(_ seconds: Double, _ option: String) throws -> Int64 {
        let longest = Double(MeterSettings.longestTimeoutMicroseconds) / 1e6
        guard seconds >= 1, seconds <= longest else {
            throw ValidationError("\(option) \(seconds): from 1 to \(Int(longest)) seconds")
        }
        return Int64(seconds * 1e6)
    }
}

/// What to capture.
struct CaptureOptions: ParsableArguments {
    @Option(help: "Packets to take, as in pcap-filter(7): 'tcp port 443'.")
    var filter: String?
    @Option(help: "Octets kept of a frame (interfaces).")
    var snapLength = 262_144
    @Flag(inversion: .prefixedNo, help: "See frames for others too (interfaces).")
    var promiscuous = true
    @Option(help: "MiB of the ring buffer of each interface.")
    var buffer = 64
    @Option(help: "Record what is captured (interfaces): .pcapng or .pcap.", completion: .file())
    var writePcap: String?
    @Option(help: "New recording after a time or size: 1h, 500MB.")
    var rotatePcap: String?
    @Option(help: "Become this user once the interfaces are open.")
    var user: String?
    @Option(help: "Stop after this many seconds.")
    var duration: Double?
    @Option(help: "Stop after this many packets.")
    var packets: UInt64?

    func apply(to request: inout MeterRequest) throws {
        request.filter = filter
        request.snapOctets = snapLength
        request.isPromiscuous = promiscuous
        request.bufferOctets = buffer << 20
        request.recordingPath = writePcap
        request.user = user
        request.durationSeconds = duration
        request.frameLimit = packets
        guard let rotatePcap else { return }
        let limits = try RotationText(rotatePcap, option: "--rotate-pcap")
        switch (limits.seconds, limits.octets) {
        case (let seconds?, nil): request.recordingRotation = .seconds(seconds)
        case (nil, let octets?): request.recordingRotation = .octets(UInt64(octets))
        default: throw ValidationError("--rotate-pcap \(rotatePcap): a time or a size, not both")
        }
    }

    func validate() throws {
        guard (1...2047).contains(buffer) else {
            throw ValidationError("--buffer \(buffer): from 1 to 2047 MiB")
        }
        if let duration, !(duration > 0) {
            throw ValidationError("--duration \(duration): more than 0 seconds")
        }
    }
}

/// Limits of a file: `1h`, `30m`, `500MB`, `1h,500MB`.
struct RotationText {
    private(set) var seconds: Int?
    private(set) var octets: Int?

    private static let times = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    private static let sizes = ["kB": 1000, "MB": 1_000_000, "GB": 1_000_000_000]

    init(_ text: String, option: String) throws {
        for part in text.split(separator: ",") {
            let unit = String(part.drop { $0.isNumber })
            guard let number = Int(part.prefix { $0.isNumber }), number > 0 else {
                throw Self.refusal(text, option)
            }
            let known = Self.times[unit] ?? Self.sizes[unit] ?? 0
            let (product, isTooMuch) = number.multipliedReportingOverflow(by: known)
            guard product > 0, !isTooMuch else { throw Self.refusal(text, option) }
            if Self.times[unit] != nil { seconds = product } else { octets = product }
        }
        guard seconds != nil || octets != nil else { throw Self.refusal(text, option) }
    }

    private static func refusal(_ text: String, _ option: String) -> ValidationError {
        ValidationError(
            "\(option) \(text): write a time (30m, 1h, 1d), a size (500MB), or both with a comma")
    }
}
