import Capture
import Glibc
import Wire

/// Frames of files or of interfaces, by what the request names.
final class CaptureInput {
    /// The sources cannot be copied; one of them has a place of its own.
    private final class Place<Source: ~Copyable> {
        var source: Source
        init(_ source: consuming Source) { self.source = source }
    }

    /// The source in messages, if it is one.
    let title: String
    private let files: Place<MergedCaptures>?
    private let live: Place<LiveCapture>?

    /// A name is a file if there is one of that name, else an interface.
    init(_ request: MeterRequest) throws(CaptureError) {
        let names = request.sources
        title =
            names == ["-"]
            ? "standard input" : names.count == 1 ? names[0] : "\(names.count) sources"
        let interfaces = names.filter { !Self.isFile($0) }
        if interfaces.isEmpty {
            files = Place(try MergedCaptures(paths: names, filter: request.filter))
            live = nil
            return
        }
        let present = LiveCapture.interfaceNames()
        if let unknown = interfaces.first(where: { !present.contains($0) }) {
            guard !unknown.contains("/"), !unknown.contains(".") else {
                throw .cannotOpen(path: unknown, reason: "no such file: check the name")
            }
            throw .noSuchInterface(name: unknown, present: present)
        }
        guard interfaces.count == names.count else {
            throw .badSetting("files and interfaces at once: name files, or interfaces")
        }
        files = nil
        live = Place(
            try LiveCapture(
                LiveCapture.Configuration(
                    interfaces: names, filter: request.filter, snapOctets: request.snapOctets,
                    isPromiscuous: request.isPromiscuous, bufferOctets: request.bufferOctets)))
    }

    static func isFile(_ name: String) -> Bool {
        if name == "-" { return true }
        return unsafe access(name, F_OK) == 0
    }

    var isLive: Bool { live != nil }

    var interfaces: [CaptureInterface] { live?.source.interfaces ?? [] }

    var warnings: [String] { live?.source.warnings ?? [] }

    var counts: CaptureCounts {
        if let files { return files.source.counts }
        var sum = CaptureCounts()
        for interface in interfaceCounts() {
            sum.frames &+= interface.deliveredFrames
            sum.octets &+= interface.deliveredOctets
            sum.droppedFrames &+= interface.droppedByKernel &+ interface.droppedByInterface
        }
        return sum
    }

    func interfaceCounts() -> [LiveCapture.InterfaceCounts] { live?.source.counts() ?? [] }

    /// Share of the files that has been read, if it can be known.
    var fraction: Double? {
        guard let progress = files?.source.progress, let total = progress.totalOctets, total > 0
        else {
            return nil
        }
        return Double(progress.consumedOctets) / Double(total)
    }

    /// As `PacketSource.fill`.
    func fill(_ batch: inout FrameBatch) throws(CaptureError) -> Bool {
        if let live { return try live.source.fill(&batch) }
        if let files { return try files.source.fill(&batch) }
        return false
    }
}
