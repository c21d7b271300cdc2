import Foundation
import NetworkTypes
import Statistics
import Threats

/// Takes the threats that detection tells.
protocol ThreatSink: AnyObject {
    /// - Returns: whether it is new; what was told before is not told again.
    /// - Throws: when it cannot be kept; detection goes on and tries the next.
    func take(_ threat: Threat) throws -> Bool
}

/// Appends threats to a JSON-lines file: on disk before detection goes on.
///
/// After a crash, detection goes over some flows again. What the file has already is not written twice: the very
/// same line, or the same revision of a threat that began before what is written was told.
final class ThreatFile: ThreatSink {
    private let handle: FileHandle
    private let path: String
    private struct Told {
        var revision: UInt32
        var time: Timestamp
    }

    /// What was told last of each threat; whoever makes up hosts pushes out the oldest.
    private var told = BoundedTable<UInt64, Told>(limit: 65_536)
    /// What stood in the file when it was opened: fingerprint, revision and time as one hash.
    private var written = BoundedTable<UInt64, Bool>(limit: 131_072)
    /// Octets of the end of an older file that are read for it.
    private static let readBackOctets: UInt64 = 64 << 20

    /// Opens or makes the file; cuts off a line that a crash left half written.
    init(path: String) throws {
        self.path = path
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw ServiceError.output(path: path, reason: SystemErrorText.last)
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try readBack()
    }

    func take(_ threat: Threat) throws -> Bool {
        if written[Self.line(threat.fingerprint, threat.revision, threat.time)] != nil {
            return false
        }
        if let last = told[threat.fingerprint], last.revision >= threat.revision,
            last.time >= threat.firstSeen
        {
            return false
        }
        do {
            try handle.write(contentsOf: Data((ThreatFormat.json(threat) + "\n").utf8))
            try handle.synchronize()
        } catch {
            throw ServiceError.output(path: path, reason: "\(error.localizedDescription)")
        }
        told.set(threat.fingerprint, Told(revision: threat.revision, time: threat.time))
        return true
    }

    private static func line(_ fingerprint: UInt64, _ revision: UInt32, _ time: Timestamp) -> UInt64
    {
        var hash = StableHash()
        hash.combine(fingerprint)
        hash.combine(UInt64(revision))
        hash.combine(UInt64(bitPattern: time.nanoseconds))
        return hash.value
    }

    private func readBack() throws {
        let size = try handle.seekToEnd()
        let start = size > Self.readBackOctets ? size - Self.readBackOctets : 0
        try handle.seek(toOffset: start)
        let data = try handle.readToEnd() ?? Data()
        let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let end = start + UInt64(whole)
        if end < size { try handle.truncate(atOffset: end) }
        try handle.seek(toOffset: end)
        for line in data[..<whole].split(separator: UInt8(ascii: "\n")) {
            guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
                let hex = object["fingerprint"] as? String,
                let fingerprint = UInt64(hex, radix: 16),
                let revision = object["revision"] as? Int, revision >= 0,
                let text = object["time"] as? String, let time = CivilTime(text)?.instant
            else { continue }
            let number = UInt32(clamping: revision)
            told.set(fingerprint, Told(revision: number, time: time))
            written.set(Self.line(fingerprint, number, time), true)
        }
    }
}

/// Tells threats on standard output, in words.
final class ThreatPrinter: ThreatSink {
    func take(_ threat: Threat) throws -> Bool {
        FileHandle.standardOutput.write(Data((ThreatFormat.text(threat) + "\n").utf8))
        return true
    }
}

/// Something that `ntds run` cannot do, and what would help.
package enum ServiceError: Error, Equatable, CustomStringConvertible {
    case output(path: String, reason: String)
    case state(path: String, reason: String)
    case listen(address: String, reason: String)
    case source(name: String, reason: String)
    case noSource
    case tooManySources(Int, limit: Int)

    package var description: String {
        switch self {
        case .output(let path, let reason):
            "\(path): threats cannot be written: \(reason): free space or name another file under output"
        case .state(let path, let reason):
            "\(path): the state cannot be kept: \(reason): free space or name another folder under state"
        case .listen(let address, let reason):
            "\(address): cannot listen there: \(reason): name another address under listen, or off"
        case .source(let name, let reason): "\(name): \(reason)"
        case .tooManySources(let count, let limit):
            "\(count) sources: more than \(limit): put files into a folder, or into one source's list"
        case .noSource:
            "no source: name interfaces, files or a folder under sources, or as arguments"
        }
    }
}
