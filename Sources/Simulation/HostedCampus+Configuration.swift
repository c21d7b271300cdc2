package import NetworkTypes

extension HostedCampus {
    /// What is simulated. The same configuration gives the same flows on every machine.
    package struct Configuration: Sendable, Equatable {
        package let seed: UInt64
        /// Midnight of the first day, on the wall clock of the campus, which is UTC.
        package let start: Timestamp
        package let days: Int
        /// Machines of the campus, its servers and printers included.
        package let hosts: Int
        /// About how many flows there are without those of attacks; what machines do by themselves is not
        /// thinned out, so a small number may be exceeded.
        package let flows: Int
        /// Days without attacks at the beginning, in which detection may learn.
        package let learningDays: Int
        /// The attacks, one of each mention.
        package let attacks: [HostedAttack.Kind]

        /// - Parameters:
        ///   - start: a year of 1970…2200; rounded down to midnight. Monday, 15 January 2024, if not given.
        ///   - days: 1…62.
        ///   - hosts: 16…1000.
        ///   - flows: 1…100,000,000; about 2,000,000 a week if not given.
        ///   - learningDays: 0…61, less than `days`; three if not given, less where there is no time left.
        ///   - attacks: at most 1000.
        package init(
            seed: UInt64 = 1, start: Timestamp = Configuration.defaultStart, days: Int = 7,
            hosts: Int = 50, flows: Int? = nil, learningDays: Int? = nil,
            attacks: [HostedAttack.Kind] = HostedAttack.Kind.allCases
        ) throws(SimulatedCampus.InvalidSetting) {
            let epoch = Timestamp(nanoseconds: 0)
            try SimulatedCampus.InvalidSetting.check(
                "start", start, epoch...Timestamp(nanoseconds: 7_258_118_400_000_000_000))
            try SimulatedCampus.InvalidSetting.check("days", days, 1...62)
            try SimulatedCampus.InvalidSetting.check("hosts", hosts, 16...1000)
            let flows = flows ?? 2_000_000 * days / 7
            try SimulatedCampus.InvalidSetting.check("flows", flows, 1...100_000_000)
            let learningDays = learningDays ?? min(3, days - 1)
            try SimulatedCampus.InvalidSetting.check("learningDays", learningDays, 0...days - 1)
            try SimulatedCampus.InvalidSetting.check("attacks", attacks.count, 0...1000)
            self.seed = seed
            self.start = Timestamp(
                nanoseconds: start.nanoseconds / HostedRhythm.day * HostedRhythm.day)
            (self.days, self.hosts, self.flows) = (days, hosts, flows)
            (self.learningDays, self.attacks) = (learningDays, attacks)
        }

        /// Monday, 15 January 2024.
        package static let defaultStart = Timestamp(nanoseconds: 1_705_276_800_000_000_000)
    }
}
