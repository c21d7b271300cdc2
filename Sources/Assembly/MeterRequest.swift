package import Capture
package import FlowFormats
package import FlowMetering

/// What `ntds meter` was asked to do.
package struct MeterRequest: Sendable {
    /// Capture files, `-` for standard input, or interfaces; not both.
    package var sources: [String]
    package var settings = MeterSettings()
    /// An expression as in pcap-filter(7).
    package var filter: String?
    /// Whether nDPI names the applications.
    package var hasLabels = true
    package var format = FlowRecordWriter.Format.csv
    package var columns = FlowColumnSet.all
    package var clock = ClockOffset.utc
    package var destination = FlowDestination.stream(descriptor: 1, name: "standard output")
    /// Where ARP and DNS messages go, as JSON lines.
    package var eventsPath: String?
    package var threads = 1

    // Of interfaces only.
    package var snapOctets = 262_144
    package var isPromiscuous = true
    package var bufferOctets = 64 << 20
    package var recordingPath: String?
    package var recordingRotation = CaptureWriter.Rotation.never
    package var user: String?
    package var durationSeconds: Double?
    package var frameLimit: UInt64?

    package init(sources: [String]) { self.sources = sources }
}

/// What a meter run did.
package struct MeterOutcome: Sendable {
    package var capture = CaptureCounts()
    package var interfaces: [LiveCapture.InterfaceCounts] = []
    package var decode = DecodeSummary()
    package var meter = MeterCounts()
    /// Most octets that open flows took, the labeller's own apart, and most open flows at once.
    package var flowMemoryOctets = 0
    package var openFlowsPeak = 0
    package var labelVersion: String?
    package var events: UInt64 = 0
    package var recordings: [String] = []
    /// Damages of files, lost interfaces and the like: the run went on without them.
    package var complaints: [String] = []
    package var isInterrupted = false
    package var seconds = 0.0

    /// Counts of a decoder by words.
    package struct DecodeSummary: Sendable {
        package var packets: UInt64 = 0
        package var arpMessages: UInt64 = 0
        package var unknownLinkTypes: UInt64 = 0
        package var notIP: [(reason: String, count: UInt64)] = []
        package var malformed: [(reason: String, count: UInt64)] = []
        package var oddities: [(reason: String, count: UInt64)] = []
    }
}
