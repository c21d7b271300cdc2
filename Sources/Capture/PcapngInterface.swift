import NetworkTypes
import Wire

/// What an interface description block of a pcapng file tells.
struct PcapngInterface {
    let linkType: LinkType
    /// The longest part of a frame that was captured; 0 is no limit.
    let snapOctets: UInt32
    /// The filter's program for the link type.
    let program: Int
    /// Frames lost, by the last statistics block.
    var droppedFrames: UInt64 = 0
    private var clock = PcapngClock()

    /// - Parameters:
    ///   - block: the whole block, of 20 octets at least.
    init(
        block: UnsafeRawBufferPointer, numbers: WireNumbers, intake: FrameIntake
    ) throws(ReadingRefusal) {
        linkType = unsafe LinkType(rawValue: numbers.half(block, 8))
        snapOctets = unsafe numbers.word(block, 12)
        do throws(CaptureError) {
            program = try intake.program(for: linkType)
        } catch {
            throw .refused(error)
        }
        var options = PcapngOptions(from: 16, numbers: numbers)
        while let option = unsafe try options.next(in: block) {
            switch (option.code, option.count) {
            case (9, 1): try clock.setResolution(unsafe block[option.offset])
            case (14, 8):
                clock.offset = unsafe Int64(bitPattern: numbers.long(block, option.offset))
            case (9, _), (14, _):
                throw .damage(.option(code: option.code, octets: option.count))
            default: break
            }
        }
    }

    /// The instant of a count of the interface's clock.
    @inline(__always) func timestamp(ticks: UInt64) -> Timestamp { clock.timestamp(ticks: ticks) }
}

/// How an interface of a pcapng file counts time.
struct PcapngClock {
    private var ticksPerSecond: UInt64 = 1_000_000
    /// Nanoseconds of a tick if that is a whole number, else 0, and the last count that it can be used for.
    private var nanosecondsPerTick: UInt64 = 1000
    private var lastTicks: UInt64 = UInt64(Int64.max) / 1000
    /// Seconds to add to every count.
    var offset: Int64 = 0

    /// Takes the octet of option `if_tsresol`: a negative power of 10, or of 2 if its top bit is set.
    mutating func setResolution(_ octet: UInt8) throws(ReadingRefusal) {
        let exponent = Int(octet & 0x7f)
        guard exponent <= (octet < 0x80 ? 19 : 63) else { throw .damage(.timeResolution(octet)) }
        ticksPerSecond =
            octet < 0x80 ? (0..<exponent).reduce(1) { power, _ in power &* 10 } : 1 << exponent
        nanosecondsPerTick =
            1_000_000_000 % ticksPerSecond == 0 ? 1_000_000_000 / ticksPerSecond : 0
        lastTicks = nanosecondsPerTick > 0 ? UInt64(Int64.max) / nanosecondsPerTick : 0
    }

    /// The instant of a count, cut to nanoseconds; the nearest one there is if it cannot be told.
    @inline(__always) func timestamp(ticks: UInt64) -> Timestamp {
        guard ticks <= lastTicks, nanosecondsPerTick > 0, offset == 0 else {
            return distantTimestamp(ticks: ticks)
        }
        return Timestamp(nanoseconds: Int64(truncatingIfNeeded: ticks &* nanosecondsPerTick))
    }

    private func distantTimestamp(ticks: UInt64) -> Timestamp {
        let (whole, rest) = ticks.quotientAndRemainder(dividingBy: ticksPerSecond)
        let fraction = ticksPerSecond.dividingFullWidth(
            rest.multipliedFullWidth(by: 1_000_000_000)
        ).quotient
        // Seconds of either end of the range are cut off for a simple rule: 1677-09-21 to 2262-04-11.
        let limit = Int64.max / 1_000_000_000 - 1
        let seconds = Int64(clamping: Int128(whole) + Int128(offset))
        let bounded = min(max(seconds, -limit), limit)
        return Timestamp(nanoseconds: bounded * 1_000_000_000 + Int64(fraction))
    }
}

/// Walks through the options of a pcapng block.
struct PcapngOptions {
    /// An option: its code, and where its octets lie in the block.
    struct Option {
        let code: UInt16
        let offset: Int
        let count: Int
    }

    private let numbers: WireNumbers
    private var position: Int

    /// - Parameter start: where in the block the options begin.
    init(from start: Int, numbers: WireNumbers) {
        self.numbers = numbers
        position = start
    }

    /// The next option of the block, whose last four octets are no options; `nil` behind the last.
    mutating func next(
        in block: UnsafeRawBufferPointer
    ) throws(ReadingRefusal) -> Option? {
        let room = block.count - 4 - position
        guard room > 0 else { return nil }
        guard room >= 4 else { throw .damage(.option(code: 0, octets: room)) }
        let code = unsafe numbers.half(block, position)
        let count = unsafe Int(numbers.half(block, position + 2))
        if code == 0 { return nil }
        guard count <= room - 4 else { throw .damage(.option(code: code, octets: count)) }
        defer { position += 4 + (count + 3) & ~3 }
        return Option(code: code, offset: position + 4, count: count)
    }
}
