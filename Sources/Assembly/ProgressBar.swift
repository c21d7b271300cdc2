private import Dispatch
private import Foundation
private import Glibc
package import NetworkTypes
package import Reports

/// One line on a terminal that tells how far the work is: rows, rate, time left.
///
/// Silent where standard error is no terminal.
package struct ProgressBar {
    private let isShown: Bool
    private var stage = ""
    private var stageStart = 0.0
    private var lastDrawn = 0.0

    package init(isQuiet: Bool) { isShown = !isQuiet && isatty(STDERR_FILENO) == 1 }

    /// Draws at most ten times a second.
    package mutating func show(_ progress: AnalysisProgress) {
        guard isShown else { return }
        let now = SystemClock.seconds()
        if progress.stage != stage {
            stage = progress.stage
            stageStart = now
            lastDrawn = 0
        }
        guard now - lastDrawn > 0.1 || progress.fraction >= 1 else { return }
        lastDrawn = now
        write("\r\u{1B}[K" + Self.line(progress, elapsed: now - stageStart))
    }

    /// Draws a line of the caller's, at most once in so many seconds.
    package mutating func show(everySeconds seconds: Double, _ line: () -> String) {
        guard isShown else { return }
        let now = SystemClock.seconds()
        guard now - lastDrawn >= seconds else { return }
        lastDrawn = now
        write("\r\u{1B}[K" + line())
    }

    /// Removes the line.
    package mutating func clear() {
        if isShown, lastDrawn > 0 { write("\r\u{1B}[K") }
    }

    /// "reading  ████████░░░░  64 %  2,304,000 rows  812 k/s  2 s left".
    package static func line(_ progress: AnalysisProgress, elapsed: Double) -> String {
        let width = 24
        let fraction = min(max(progress.fraction, 0), 1)
        let filled = Int((fraction * Double(width)).rounded(.down))
        let bar =
            String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        var text =
            progress.stage + String(repeating: " ", count: max(1, 11 - progress.stage.count)) + bar
        text += "  \(Int(fraction * 100)) %  \(grouped(progress.count)) \(progress.unit)"
        if elapsed > 0.5, fraction > 0 {
            text += "  \(short(Double(progress.count) / elapsed))/s"
            if fraction < 1 {
                text += "  \(Int((elapsed / fraction * (1 - fraction)).rounded(.up))) s left"
            }
        }
        return text
    }

    private func write(_ text: String) {
        let octets = Array(text.utf8)
        _ = unsafe Glibc.write(STDERR_FILENO, octets, octets.count)
    }

    package static func short(_ value: Double) -> String {
        switch value {
        case 1e6...: "\((value / 1e5).rounded() / 10) M"
        case 1e3...: "\(Int(value / 1e3)) k"
        default: "\(Int(value))"
        }
    }

    package static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}

/// Time that only goes forward, for rates and timings.
package enum SystemClock {
    /// Seconds since the machine started.
    package static func seconds() -> Double {
        Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    }

    /// The time of day, as frames of interfaces have it.
    package static func now() -> Timestamp {
        Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
    }
}
