import Statistics

/// Threshold random walk: does a host that meets others for the first time find them as one does who knows
/// where services are, or as one who searches?
///
/// Sequential hypothesis test of Jung, Paxson, Berger and Balakrishnan ("Fast portscan detection using
/// sequential hypothesis testing", IEEE S&P 2004). A first contact succeeds with the probability `theta0` for
/// an ordinary host and `theta1` for a scanner; the ratio of the likelihoods of what was seen decides at
/// `beta / alpha` (scanner) and `(1 - beta) / (1 - alpha)` (ordinary). After a decision the walk begins
/// again, so that a host which changes is judged anew. Four failures in a row decide with the defaults.
struct RandomWalk: Sendable, Hashable {
    enum Verdict: UInt8, Sendable {
        case undecided, ordinary, scanner
    }

    /// The four probabilities, as the logarithms that a walk adds.
    struct Steps: Sendable, Hashable {
        /// Decimal logarithms of the likelihood ratios of one success (negative) and one failure.
        let success, failure: Double
        /// Where a walk ends.
        let lower, upper: Double

        init(theta0: Double, theta1: Double, alpha: Double, beta: Double) {
            success = Self.logarithm(theta1 / theta0)
            failure = Self.logarithm((1 - theta1) / (1 - theta0))
            lower = Self.logarithm((1 - beta) / (1 - alpha))
            upper = Self.logarithm(beta / alpha)
        }

        private static func logarithm(_ value: Double) -> Double {
            naturalLogarithm(value) / 2.302_585_092_994_046
        }
    }

    /// First contacts since the last decision.
    private(set) var successes: UInt32 = 0
    private(set) var failures: UInt32 = 0
    /// The last decision.
    private(set) var verdict = Verdict.undecided

    init() {}

    /// Takes one first contact; says whether that decided.
    mutating func step(failed: Bool, _ steps: Steps) -> Bool {
        if failed { failures += 1 } else { successes += 1 }
        let ratio = Double(successes) * steps.success + Double(failures) * steps.failure
        if ratio >= steps.upper {
            verdict = .scanner
        } else if ratio <= steps.lower {
            verdict = .ordinary
        } else {
            return false
        }
        (successes, failures) = (0, 0)
        return true
    }

    init(successes: UInt32, failures: UInt32, verdict: Verdict) {
        (self.successes, self.failures, self.verdict) = (successes, failures, verdict)
    }
}

// MARK: - Saving

extension RandomWalk {
    func write(to writer: inout ByteWriter) {
        writer.add(short: UInt64(successes))
        writer.add(short: UInt64(failures))
        writer.add(verdict.rawValue)
    }

    /// Reads what ``write(to:)`` wrote.
    init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let successes = try reader.smallCounter()
        let failures = try reader.smallCounter()
        guard let verdict = Verdict(rawValue: try reader.uint8()) else {
            throw .damaged("a verdict that is none")
        }
        self.init(successes: successes, failures: failures, verdict: verdict)
    }
}
