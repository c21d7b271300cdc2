package import NetworkTypes

extension SimulatedCapture {
    /// What is simulated. The same configuration gives the same octets on every machine.
    package struct Configuration: Sendable, Equatable {
        package let seed: UInt64
        /// When the capture begins, on the wall clock of the campus. Rounded down to microseconds.
        package let start: Timestamp
        package let duration: Duration
        /// Machines of the campus, its five servers included.
        package let hosts: Int
        /// Flows that people and programs begin in a mean hour of the week. A working day has six times
        /// as many at its busiest hour as at its quietest; see `CampusClock`. Chores of the machines
        /// (address resolution, leases, clocks) come on top.
        package let flowsPerHour: Int
        /// The attacks, one of each mention.
        package let attacks: [PacketAttack.Kind]

        /// - Parameters:
        ///   - start: a year of 1970…2200.
        ///   - duration: 1 minute…366 days.
        ///   - hosts: 10…4000.
        ///   - flowsPerHour: 1…10,000,000.
        ///   - attacks: at most 1000.
        package init(
            seed: UInt64 = 1, start: Timestamp = Configuration.defaultStart,
            duration: Duration = .seconds(3600), hosts: Int = 40, flowsPerHour: Int = 1000,
            attacks: [PacketAttack.Kind] = PacketAttack.Kind.allCases
        ) throws(SimulatedCampus.InvalidSetting) {
            let epoch = Timestamp(nanoseconds: 0)
            try SimulatedCampus.InvalidSetting.check(
                "start", start, epoch...Timestamp(nanoseconds: 7_258_118_400_000_000_000))
            try SimulatedCampus.InvalidSetting.check(
                "duration", duration, .seconds(60)...Duration.seconds(366 * 86_400))
            try SimulatedCampus.InvalidSetting.check("hosts", hosts, 10...4000)
            try SimulatedCampus.InvalidSetting.check("flowsPerHour", flowsPerHour, 1...10_000_000)
            try SimulatedCampus.InvalidSetting.check("attacks", attacks.count, 0...1000)
            self.seed = seed
            self.start = Timestamp(nanoseconds: start.nanoseconds / 1000 * 1000)
            self.duration = duration
            self.hosts = hosts
            self.flowsPerHour = flowsPerHour
            self.attacks = attacks
        }

        /// When the capture ends, in nanoseconds since 1970.
        var end: Int64 {
            let (seconds, attoseconds) = duration.components
            return start.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        }

        /// Wednesday, 17 January 2024, 10:00.
        package static let defaultStart = Timestamp(nanoseconds: 1_705_485_600_000_000_000)
    }
}
