package import Wire

/// Frames of a capture file: pcap or pcapng, plain or packed with gzip, zstd or lz4, or of standard input.
///
/// The file is read in large pieces into memory that goes to the batch with its frames: no frame is copied. All
/// frames before a damage are delivered, then `fill` throws once, then the source has ended.
package final class CaptureFile: PacketSource {
    /// Octets after which `fill` returns, even if a filter let no frame through.
    private static let octetsPerFill: UInt64 = 64 << 20

    private var input: OctetInput
    private var window = OctetWindow()
    private var intake: FrameIntake
    private var format = Format.unknown
    private var pcapng = PcapngBlocks()
    private var isEnded = false
    private var pendingError: CaptureError?

    private enum Format { case unknown, pcap(PcapRecords), pcapng }

    /// Opens a capture, and reads the header of a regular file.
    ///
    /// - Parameters:
    ///   - path: a file or named pipe, or `-` for standard input.
    ///   - filter: an expression as in pcap-filter(7); `nil` lets all frames pass.
    package init(path: String, filter: String? = nil) throws(CaptureError) {
        input = try OctetInput(path: path)
        intake = FrameIntake(filter: filter.map { FrameFilter($0) })
        if input.size != nil { try readHeader() }
    }

    /// The name of the file in messages.
    package var path: String { input.path }

    package var counts: CaptureCounts { intake.counts }

    package var progress: CaptureProgress {
        CaptureProgress(consumedOctets: input.consumed, totalOctets: input.size)
    }

    /// Fills the batch; a pipe that gives nothing for 100 ms leaves it as it is.
    package func fill(_ batch: inout FrameBatch) throws(CaptureError) -> Bool {
        batch.removeAll()
        defer { if batch.count > 0 { window.handOver(to: &batch) } }
        let limit = window.offset &+ Self.octetsPerFill
        while !isEnded, window.offset < limit {
            switch read(into: &batch) {
            case .full: return true
            case .needs(let octets):
                guard batch.count == 0 || window.hasRoom(toHold: octets) else { return true }
                switch window.refill(toHold: octets, from: &input) {
                case .octets: continue
                case .waiting: return true
                case .end: end(window.count > 0 || isUnknown ? cut(needed: octets) : nil)
                case .failed(let failure): end(error(failure))
                }
            case .damage(let damage): end(error(.damage(damage)))
            case .refused(let refusal): end(refusal)
            }
        }
        if batch.count > 0 || !isEnded { return true }
        guard let error = pendingError else { return false }
        pendingError = nil
        throw error
    }

    private var isUnknown: Bool {
        if case .unknown = format { true } else { false }
    }

    private func read(into batch: inout FrameBatch) -> ReadingPause {
        if isUnknown, let pause = recognise() { return pause }
        return switch format {
        case .pcap(let records): records.read(&window, into: &batch, &intake)
        case .pcapng, .unknown: pcapng.read(&window, into: &batch, &intake)
        }
    }

    /// Reads what tells the format of a file, which can be read at once.
    private func readHeader() throws(CaptureError) {
        while let pause = recognise() {
            switch pause {
            case .needs(let octets):
                switch window.refill(toHold: octets, from: &input) {
                case .octets, .waiting: continue
                case .end: throw cut(needed: octets)
                case .failed(let failure): throw error(failure)
                }
            case .damage(let damage): throw error(.damage(damage))
            case .refused(let refusal): throw refusal
            case .full: return
            }
        }
    }

    /// Looks at the beginning of the capture and takes a classic header from the window; `nil` when the
    /// format is known.
    private func recognise() -> ReadingPause? {
        let octets = unsafe window.octets
        guard octets.count >= 4 else { return .needs(4) }
        if unsafe WireNumbers(isSwapped: false).word(octets, 0) == PcapngBlocks.sectionHeader {
            format = .pcapng
            return nil
        }
        guard unsafe PcapMagic(octets) != nil else {
            let magic = unsafe octets.prefix(4).map { octet in
                (octet < 16 ? "0" : "") + String(octet, radix: 16)
            }
            return .refused(
                .notACapture(path: path, found: "it begins with \(magic.joined(separator: " "))"))
        }
        guard octets.count >= PcapRecords.headerOctets else {
            return .needs(PcapRecords.headerOctets)
        }
        do throws(ReadingRefusal) {
            if let records = unsafe try PcapRecords(header: octets, intake: intake) {
                format = .pcap(records)
                window.consume(PcapRecords.headerOctets)
            }
        } catch {
            switch error {
            case .damage(let damage): return .damage(damage)
            case .refused(let refusal): return .refused(refusal)
            }
        }
        return nil
    }

    private func end(_ error: CaptureError?) {
        isEnded = true
        pendingError = error
    }

    private func cut(needed: Int) -> CaptureError {
        if window.offset == 0, window.count == 0 {
            return .notACapture(path: path, found: "it is empty")
        }
        return error(.damage(.cut(needed: needed, available: window.count)))
    }

    private func error(_ failure: OctetInput.Failure) -> CaptureError {
        switch failure {
        case .system(let reason):
            .cannotRead(path: path, offset: window.offset, reason: reason)
        case .damage(let damage):
            .damaged(path: path, offset: window.offset, damage: damage)
        }
    }
}
