import CFuzzer
import FlowFormats
import Flows
import NetworkTypes

// Input: a log of Zeek (TSV, JSON), Suricata's events, a table of Argus or of flows, plain or packed. However many
// observations are asked for at a time, they are the same. A reader that goes on where one stopped may lack what
// stood before (a second header, the first record of an answer), but must come to the same place.

/// All that a log told, and how it ended.
struct Reading: Equatable {
    var observations: [Observation] = []
    var counts = ObservationCounts()
    var end = 0
    var error: ObservationError?
}

/// Observations that are looked at: a few packed octets may become millions.
let limit = 20_000

@MainActor func readAll(_ path: String, portion: Int) -> Reading {
    var reading = Reading()
    do throws(ObservationError) {
        var file = try ObservationFile(path: path)
        do throws(ObservationError) {
            while reading.observations.count < limit {
                let next = try file.next(limit: portion)
                precondition(next.count <= portion)
                if next.isEmpty { break }
                reading.observations += next
            }
        } catch {
            reading.error = error
        }
        (reading.counts, reading.end) = (file.counts, file.position)
        precondition(reading.counts.read >= reading.observations.count)
    } catch {
        reading.error = error
    }
    return reading
}

/// Where a reader ends that goes on where another has stopped.
@MainActor func endOfRest(_ path: String, behind first: Int) -> Int? {
    guard var one = try? ObservationFile(path: path), let begun = try? one.next(limit: first),
        begun.count == first, var other = try? ObservationFile(path: path),
        (try? other.skip(to: one.position)) != nil
    else { return nil }
    var seen = 0
    while seen < limit, let next = try? other.next(limit: 64), !next.isEmpty { seen += next.count }
    return seen < limit ? other.position : nil
}

let file = memory_file()
let path = "/proc/self/fd/\(file)"

@MainActor func decode(_ input: UnsafeRawBufferPointer) {
    // Parquet is read by Arrow.
    guard input.count > 1, !input.dropFirst().starts(with: "PAR1".utf8) else { return }
    fill_memory_file(file, input.baseAddress.map { $0 + 1 }, input.count - 1)
    let portion = 1 + Int(input[0] % 8)
    let small = readAll(path, portion: portion)
    if small.observations.count >= limit { return }
    precondition(small == readAll(path, portion: 4096))
    let flows = small.observations.compactMap { if case .flow(let flow) = $0 { flow } else { nil } }
    for flow in flows {
        precondition(flow.start.nanoseconds <= flow.end.nanoseconds)
        precondition(flow.metricValues.allSatisfy(\.isFinite))
    }
    if small.error == nil, let end = endOfRest(path, behind: portion) {
        precondition(end == small.end)
    }
}

var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    MainActor.assumeIsolated { decode(UnsafeRawBufferPointer(start: data, count: size)) }
    return 0
}
