import Capture
import FlowMetering
import Reports

/// What a terminal shows while packets are metered: how far a file is read; of an interface or pipe, which
/// has no end to be near to, what has come.
struct MeterDisplay {
    private var bar: ProgressBar
    private let title: String
    private let begin = SystemClock.seconds()
    /// Packets and time of the line before, for the rate.
    private var last = (packets: UInt64(0), seconds: 0.0)

    init(isQuiet: Bool, sources: [String]) {
        bar = ProgressBar(isQuiet: isQuiet)
        title = sources.count > 2 ? "\(sources.count) sources" : sources.joined(separator: ", ")
        last.seconds = begin
    }

    mutating func show(_ intake: borrowing MeterIntake, _ shards: MeterShards, packets: UInt64) {
        if let fraction = intake.fraction {
            bar.show(
                AnalysisProgress(
                    stage: "metering", fraction: fraction, count: Int(clamping: packets),
                    unit: "packets"))
            return
        }
        let now = SystemClock.seconds()
        let (before, begin, title) = (last, begin, title)
        var isDrawn = false
        bar.show(everySeconds: 1) {
            isDrawn = true
            let rate = Double(packets - before.packets) / max(now - before.seconds, 0.001)
            let flows = shards.counts.flows
            let open = shards.openFlows
            var text = "\(title == "-" ? "standard input" : title)  \(Self.clock(now - begin))"
            text += "  \(ProgressBar.grouped(Int(clamping: packets))) packets"
            text += "  \(ProgressBar.short(rate))/s"
            text += "  \(ProgressBar.grouped(Int(clamping: flows))) flows, \(open) open"
            guard intake.isLive else { return text }
            let dropped = intake.interfaceCounts().reduce(0) {
                $0 + $1.droppedByKernel + $1.droppedByInterface
            }
            return text + "  \(ProgressBar.grouped(Int(clamping: dropped))) dropped"
        }
        if isDrawn { last = (packets, now) }
    }

    mutating func clear() { bar.clear() }

    /// "00:12", "3:07:45".
    private static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let tail = "\(two(whole / 60 % 60)):\(two(whole % 60))"
        return whole < 3600 ? tail : "\(whole / 3600):\(tail)"
    }
}
