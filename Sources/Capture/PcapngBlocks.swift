private import NetworkTypes
import Wire

/// Reads the blocks of a pcapng file (draft-ietf-opsawg-pcapng), of any number of sections.
///
/// Frames come from enhanced, simple and old packet blocks; section headers and interface descriptions say
/// how to read them, statistics blocks how many were lost. All else is skipped and counted.
struct PcapngBlocks {
    /// A block type, the same in both byte orders.
    static let sectionHeader: UInt32 = 0x0a0d_0d0a

    private var numbers = WireNumbers(isSwapped: false)
    private var interfaces: [PcapngInterface] = []

    /// Takes whole blocks from the window until the batch or the window asks for a pause.
    mutating func read(
        _ window: inout OctetWindow, into batch: inout FrameBatch, _ intake: inout FrameIntake
    ) -> ReadingPause {
        do throws(ReadingRefusal) {
            while true {
                let start = unsafe window.octets
                guard start.count >= 12 else { return .needs(12) }
                let type = unsafe numbers.word(start, 0)
                if type == Self.sectionHeader {
                    numbers = unsafe try byteOrder(mark: start)
                }
                let length = unsafe numbers.word(start, 4)
                guard length >= 12, length % 4 == 0, length <= CaptureLimits.blockOctets else {
                    return .damage(.blockLength(length))
                }
                guard start.count >= Int(length) else { return .needs(Int(length)) }
                let block = unsafe UnsafeRawBufferPointer(rebasing: start[..<Int(length)])
                let trailer = unsafe numbers.word(block, block.count - 4)
                // Like libpcap we take a section whose header ends oddly: all else tells that it is one.
                guard trailer == length || type == Self.sectionHeader else {
                    return .damage(.blockTrailer(header: length, trailer: trailer))
                }
                guard unsafe try take(block, type: type, into: &batch, &intake) else {
                    return .full
                }
                window.consume(Int(length))
            }
        } catch {
            switch error {
            case .damage(let damage): return .damage(damage)
            case .refused(let error): return .refused(error)
            }
        }
    }

    /// Takes one block; `false`, and nothing done, if the batch has no room for its frame.
    private mutating func take(
        _ block: UnsafeRawBufferPointer, type: UInt32, into batch: inout FrameBatch,
        _ intake: inout FrameIntake
    ) throws(ReadingRefusal) -> Bool {
        switch type {
        case 6:
            return unsafe try takeFrame(block, numbers.wordOrNone(block, 8), &batch, &intake)
        case 3:
            return unsafe try takeSimple(block, into: &batch, &intake)
        case 2:
            let interface = unsafe numbers.wordOrNone(block, 8).map { _ in
                unsafe UInt32(numbers.half(block, 8))
            }
            guard unsafe try takeFrame(block, interface, &batch, &intake) else { return false }
            let dropped = unsafe numbers.half(block, 10)
            if dropped != .max { intake.counts.droppedFrames &+= UInt64(dropped) }
        case 1:
            guard block.count >= 20 else {
                throw .damage(.blockLength(UInt32(block.count)))
            }
            guard interfaces.count < CaptureLimits.interfaces else {
                throw .damage(.tooManyInterfaces(limit: CaptureLimits.interfaces))
            }
            interfaces.append(
                unsafe try PcapngInterface(block: block, numbers: numbers, intake: intake))
        case Self.sectionHeader:
            unsafe try beginSection(block)
        case 5:
            unsafe takeStatistics(block, &intake)
        default:
            intake.counts.skippedBlocks &+= 1
        }
        return true
    }

    /// An enhanced or old packet block: they differ in the number of the interface only.
    @inline(__always) private func takeFrame(
        _ block: UnsafeRawBufferPointer, _ number: UInt32?, _ batch: inout FrameBatch,
        _ intake: inout FrameIntake
    ) throws(ReadingRefusal) -> Bool {
        guard block.count >= 32, let number else {
            throw .damage(.blockLength(UInt32(block.count)))
        }
        guard number < interfaces.count else {
            throw .damage(.unknownInterface(number: number, described: interfaces.count))
        }
        let captured = unsafe numbers.word(block, 20)
        let wire = unsafe numbers.word(block, 24)
        let ticks = unsafe UInt64(numbers.word(block, 12)) << 32 | UInt64(numbers.word(block, 16))
        unsafe try checkLength(captured, room: block.count - 32, block)
        let interface = interfaces[Int(number)]
        let frame = unsafe CapturedFrame(
            octets: UnsafeRawBufferPointer(rebasing: block[28..<28 + Int(captured)]),
            timestamp: interface.timestamp(ticks: ticks), wireOctets: max(wire, captured),
            linkType: interface.linkType, interface: UInt16(truncatingIfNeeded: number))
        guard unsafe intake.take(frame, program: interface.program, into: &batch) else {
            return false
        }
        if wire < captured { intake.counts.contradictoryFrames &+= 1 }
        return true
    }

    /// A simple packet block: of interface 0, and without time; it gets that of the frame before.
    private func takeSimple(
        _ block: UnsafeRawBufferPointer, into batch: inout FrameBatch, _ intake: inout FrameIntake
    ) throws(ReadingRefusal) -> Bool {
        guard block.count >= 16 else { throw .damage(.blockLength(UInt32(block.count))) }
        guard let interface = interfaces.first else {
            throw .damage(.unknownInterface(number: 0, described: 0))
        }
        let wire = unsafe numbers.word(block, 8)
        let captured = interface.snapOctets == 0 ? wire : min(wire, interface.snapOctets)
        unsafe try checkLength(captured, room: block.count - 16, block)
        let frame = unsafe CapturedFrame(
            octets: UnsafeRawBufferPointer(rebasing: block[12..<12 + Int(captured)]),
            timestamp: intake.lastTimestamp, wireOctets: wire, linkType: interface.linkType,
            interface: 0)
        return unsafe intake.take(frame, program: interface.program, into: &batch)
    }

    @inline(__always) private func checkLength(
        _ captured: UInt32, room: Int, _ block: UnsafeRawBufferPointer
    ) throws(ReadingRefusal) {
        guard captured <= CaptureLimits.frameOctets else {
            throw .damage(.frameTooLong(octets: captured, limit: CaptureLimits.frameOctets))
        }
        guard Int(captured) <= room else {
            throw .damage(.frameOverrunsBlock(octets: captured, block: UInt32(block.count)))
        }
    }

    /// The byte order of the section that begins here.
    private func byteOrder(
        mark start: UnsafeRawBufferPointer
    ) throws(ReadingRefusal) -> WireNumbers {
        let mark = unsafe WireNumbers(isSwapped: false).word(start, 8)
        switch mark {
        case 0x1a2b_3c4d: return WireNumbers(isSwapped: false)
        case 0x4d3c_2b1a: return WireNumbers(isSwapped: true)
        default: throw .damage(.byteOrderMark(mark))
        }
    }

    private mutating func beginSection(
        _ block: UnsafeRawBufferPointer
    ) throws(ReadingRefusal) {
        guard block.count >= 28 else { throw .damage(.blockLength(UInt32(block.count))) }
        let (major, minor) = unsafe (numbers.half(block, 12), numbers.half(block, 14))
        guard major == 1 else { throw .damage(.version(major: major, minor: minor)) }
        interfaces.removeAll(keepingCapacity: true)
    }

    /// An interface statistics block; one that cannot be read is skipped, for no frame depends on it.
    private mutating func takeStatistics(
        _ block: UnsafeRawBufferPointer, _ intake: inout FrameIntake
    ) {
        guard let number = unsafe numbers.wordOrNone(block, 8), number < interfaces.count,
            block.count >= 24
        else {
            intake.counts.skippedBlocks &+= 1
            return
        }
        var options = PcapngOptions(from: 20, numbers: numbers)
        var dropped: UInt64 = 0
        while let option = unsafe try? options.next(in: block) {
            // isb_ifdrop and isb_osdrop: what the interface and the system lost since the capture began.
            guard option.code == 5 || option.code == 7, option.count == 8 else { continue }
            dropped &+= unsafe numbers.long(block, option.offset)
        }
        let before = interfaces[Int(number)].droppedFrames
        interfaces[Int(number)].droppedFrames = max(before, dropped)
        intake.counts.droppedFrames &+= max(before, dropped) &- before
    }
}

extension WireNumbers {
    /// The number at an offset of a block, `nil` where the block's body does not reach that far.
    fileprivate func wordOrNone(_ block: UnsafeRawBufferPointer, _ offset: Int) -> UInt32? {
        unsafe block.count >= offset + 8 ? word(block, offset) : nil
    }
}
