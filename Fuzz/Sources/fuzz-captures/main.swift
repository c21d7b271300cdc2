import CFuzzer
import Capture
import NetworkTypes
import Wire

// Input: an octet whose lower half says how many frames a small batch holds, then a capture file, plain or
// packed. Read in small batches, in large ones, and (where the octet's upper bits are set, for it takes
// time) merged with itself, it must give the same frames and the same end.

/// All that a capture gave, its frames as one number.
struct Reading: Equatable {
    var frames = 0
    var hash: UInt64 = 0
    var counts = CaptureCounts()
    var errors: [CaptureError] = []

    mutating func add(_ frame: CapturedFrame) {
        precondition(frame.octets.count <= CaptureLimits.frameOctets)
        precondition(frame.octets.count <= Int(frame.wireOctets))
        frames += 1
        mix(UInt64(bitPattern: frame.timestamp.nanoseconds))
        mix(UInt64(frame.wireOctets))
        mix(UInt64(frame.linkType.rawValue) << 16 | UInt64(frame.interface))
        for octet in frame.octets { mix(UInt64(octet)) }
    }

    private mutating func mix(_ number: UInt64) {
        hash = (hash ^ number) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 29
    }
}

/// Inflated octets that are looked at: a few packed ones may become gigabytes.
let octetLimit: UInt64 = 4 << 20

@MainActor func readAll(_ path: String, capacity: Int) -> Reading {
    var reading = Reading()
    var batch = FrameBatch(capacity: capacity, memoryOctets: 1 << 16)
    do throws(CaptureError) {
        let file = try CaptureFile(path: path)
        defer { reading.counts = file.counts }
        do throws(CaptureError) {
            while try file.fill(&batch) {
                for frame in batch.frames { reading.add(frame) }
                precondition(batch.count <= capacity)
                if file.counts.octets > octetLimit { return reading }
            }
        } catch {
            reading.errors.append(error)
            // Behind its error the capture has ended, for ever.
            precondition((try? file.fill(&batch)) == false && batch.count == 0)
        }
        precondition(Int(file.counts.frames) == reading.frames)
    } catch {
        reading.errors.append(error)
    }
    return reading
}

/// Frames and errors of two readers of the same file as one source.
@MainActor func readMerged(_ path: String) -> (frames: Int, errors: Int)? {
    var batch = FrameBatch(capacity: 64, memoryOctets: 1 << 19)
    guard var merged = try? MergedCaptures(paths: [path, path]) else { return nil }
    var (frames, errors) = (0, 0)
    while true {
        do throws(CaptureError) {
            guard try merged.fill(&batch) else { return (frames, errors) }
            frames += batch.count
        } catch {
            errors += 1
        }
    }
}

let file = memory_file()
let path = "/proc/self/fd/\(file)"

@MainActor func decode(_ input: UnsafeRawBufferPointer) {
    guard input.count > 1 else { return }
    fill_memory_file(file, input.baseAddress.map { $0 + 1 }, input.count - 1)
    let small = readAll(path, capacity: 1 + Int(input[0] % 16))
    if small.counts.octets > octetLimit { return }
    precondition(small == readAll(path, capacity: 512))
    if input[0] < 0xc0 { return }
    if let merged = readMerged(path) {
        precondition(merged == (2 * small.frames, 2 * small.errors.count))
    } else {
        precondition(small.frames == 0 && small.errors.count == 1)
    }
}

var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    MainActor.assumeIsolated { decode(UnsafeRawBufferPointer(start: data, count: size)) }
    return 0
}
