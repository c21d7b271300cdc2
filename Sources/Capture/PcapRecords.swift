private import NetworkTypes
import Wire

/// Reads the records of a classic pcap file (draft-ietf-opsawg-pcap), behind its header.
///
/// Understood are both byte orders, micro- and nanoseconds, and the records of 24 octets that a patched
/// libpcap of the 1990s wrote under a magic of its own.
struct PcapRecords {
    static let headerOctets = 24

    private let numbers: WireNumbers
    private let nanosecondsPerFraction: UInt64
    private let recordHeaderOctets: Int
    private let lengthOrder: LengthOrder
    private let linkType: LinkType
    private let program: Int

    /// Before version 2.4 the two lengths of a record stood, or may have stood, the other way round.
    private enum LengthOrder { case capturedFirst, wireFirst, smallerIsCaptured }

    /// - Returns: `nil` if the octets, 24 at least, do not begin with a magic of this format.
    init?(
        header: UnsafeRawBufferPointer, intake: FrameIntake
    ) throws(ReadingRefusal) {
        guard let magic = unsafe PcapMagic(header) else { return nil }
        numbers = WireNumbers(isSwapped: magic.isSwapped)
        nanosecondsPerFraction = magic.isNanoseconds ? 1 : 1000
        recordHeaderOctets = magic.isPatched ? 24 : 16
        let (major, minor) = unsafe (numbers.half(header, 4), numbers.half(header, 6))
        guard major == 2 || (major == 543 && minor == 0) else {
            throw .damage(.version(major: major, minor: minor))
        }
        lengthOrder =
            switch (major, minor) {
            case (2, ..<3), (543, _): .wireFirst
            case (2, 3): .smallerIsCaptured
            default: .capturedFirst
            }
        // The upper 16 bits tell the length of a frame check sequence, or are reserved.
        linkType = unsafe LinkType(rawValue: UInt16(truncatingIfNeeded: numbers.word(header, 20)))
        do throws(CaptureError) {
            program = try intake.program(for: linkType)
        } catch {
            throw .refused(error)
        }
    }

    /// Takes whole records from the window until the batch or the window asks for a pause.
    func read(
        _ window: inout OctetWindow, into batch: inout FrameBatch, _ intake: inout FrameIntake
    ) -> ReadingPause {
        while true {
            let octets = unsafe window.octets
            guard octets.count >= recordHeaderOctets else {
                return .needs(recordHeaderOctets)
            }
            let seconds = unsafe numbers.word(octets, 0)
            let fraction = unsafe numbers.word(octets, 4)
            var captured = unsafe numbers.word(octets, 8)
            var wire = unsafe numbers.word(octets, 12)
            if lengthOrder != .capturedFirst,
                lengthOrder == .wireFirst || captured > wire
            {
                swap(&captured, &wire)
            }
            guard captured <= CaptureLimits.frameOctets else {
                return .damage(
                    .frameTooLong(octets: captured, limit: CaptureLimits.frameOctets))
            }
            let length = recordHeaderOctets + Int(captured)
            guard octets.count >= length else { return .needs(length) }
            // At most 2^32 * 10^9 + 2^32 * 10^3, below 2^63.
            let nanoseconds =
                UInt64(seconds) &* 1_000_000_000 &+ UInt64(fraction) &* nanosecondsPerFraction
            let frame = unsafe CapturedFrame(
                octets: UnsafeRawBufferPointer(rebasing: octets[recordHeaderOctets..<length]),
                timestamp: Timestamp(nanoseconds: Int64(truncatingIfNeeded: nanoseconds)),
                wireOctets: max(wire, captured), linkType: linkType, interface: 0)
            guard unsafe intake.take(frame, program: program, into: &batch) else { return .full }
            if wire < captured { intake.counts.contradictoryFrames &+= 1 }
            window.consume(length)
        }
    }
}

/// Why a header ended the reading.
enum ReadingRefusal: Error {
    case damage(CaptureDamage)
    case refused(CaptureError)
}

/// The first four octets of a classic pcap file.
struct PcapMagic {
    let isSwapped: Bool
    let isNanoseconds: Bool
    let isPatched: Bool

    init?(_ octets: UnsafeRawBufferPointer) {
        guard octets.count >= 4 else { return nil }
        let magic = unsafe WireNumbers(isSwapped: false).word(octets, 0)
        let known: [UInt32] = [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34]
        isSwapped = !known.contains(magic)
        let ordered = isSwapped ? magic.byteSwapped : magic
        guard known.contains(ordered) else { return nil }
        isNanoseconds = ordered == known[1]
        isPatched = ordered == known[2]
    }
}
