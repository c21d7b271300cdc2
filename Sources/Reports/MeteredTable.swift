private import Figures
package import Flows

/// A table among the inputs that was made for this run by metering captures. `run.json` keeps all of it.
package struct MeteredTable: Sendable, Encodable {
    /// Something that the meter counted, in words.
    package struct Count: Sendable, Encodable {
        package let what: String
        package let count: UInt64

        package init(what: String, count: UInt64) {
            self.what = what
            self.count = count
        }
    }

    package let path: String
    /// The captures, in the order they were named.
    package let captures: [String]
    package let mode: String
    /// Who named the applications; `nil` if nobody did.
    package let labeller: String?
    package let packets: UInt64
    package let flows: UInt64
    /// What else was counted, as far as it occurred.
    package let counts: [Count]
    /// Damages of captures: the rest was metered.
    package let complaints: [String]
    package let seconds: Double

    package init(
        path: String, captures: [String], mode: MeterMode, labeller: String?, packets: UInt64,
        flows: UInt64, counts: [Count], complaints: [String], seconds: Double
    ) {
        self.path = path
        self.captures = captures
        self.mode = mode.rawValue
        self.labeller = labeller
        (self.packets, self.flows) = (packets, flows)
        self.counts = counts
        self.complaints = complaints
        self.seconds = seconds
    }

    /// The names of the captures without their folders, three at most.
    var captureNames: String {
        let names = captures.map { String($0.split(separator: "/").last ?? "") }
        return names.count <= 3
            ? names.joined(separator: ", ")
            : "\(names[0]), \(names[1]) and \(names.count - 2) more captures"
    }

    /// Where the table is from, for a person.
    var note: String {
        "metered from \(captureNames) in mode \(mode): \(Self.grouped(packets)) packets, "
            + "\(Self.grouped(flows)) flows, "
            + (labeller.map { "applications named by \($0)" } ?? "applications not named")
    }

    static func grouped(_ count: UInt64) -> String { NumberText.grouped(Int(clamping: count)) }
}
