package import Behaviours

/// The harm if a threat is real: set by its model, not by how rare or how certain it is.
package enum Severity: UInt8, Sendable, CaseIterable, Comparable {
    case informational, low, medium, high, critical

    package var name: String { String(describing: self) }

    package static func < (left: Severity, right: Severity) -> Bool {
        left.rawValue < right.rawValue
    }

    /// One step higher, if there is one.
    package var raised: Severity { Severity(rawValue: rawValue + 1) ?? self }
}

extension Confidence {
    /// The belief from pieces of evidence that err independently: one minus the product of the doubts
    /// ("noisy or"; Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3).
    package static func combined(_ parts: some Sequence<Confidence>) -> Confidence {
        Confidence(clamping: 1 - parts.reduce(1) { $0 * (1 - $1.value) })
    }

    /// In percent, for people: 63 %.
    package var text: String { "\(Int((value * 100).rounded())) %" }
}
