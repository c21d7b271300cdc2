extension ScanDetector {
    /// When a scan is told, and how much is remembered.
    package struct Configuration: Sendable, Hashable {
        /// Of first contacts, the share that gets through: for an ordinary host, for one that searches.
        package var ordinarySuccess = 0.8
        package var scannerSuccess = 0.2
        /// The chance that an ordinary host is found to search, and that one which searches is found.
        package var falseAlarm = 0.01
        package var detection = 0.99
        /// Different hosts that one port was called at in vain, told again at each `growth`-fold.
        package var hosts = 5
        /// The share of the called hosts that must have failed if the random walk does not find a scanner:
        /// as many as an ordinary host may fail at.
        package var hostFailures = 0.2
        /// Of the different hosts that a program calls in vain within `quickSeconds`, the share that is usual: broken
        /// links, hosts switched off. Far more at once are a search, even if most of the calls get through.
        package var usualFailures = 0.05
        /// Different ports of one host that were called in vain. Slips takes 5; busy networks need more.
        package var ports = 15
        package var portFailures = 0.5
        /// Different hosts, at whatever ports, from which on the random walk alone is told.
        package var anyPortHosts = 20
        /// The same of a slow scan, within a day.
        package var slowHosts = 10
        package var slowPorts = 30
        package var slowFailures = 0.5
        /// Public hosts that nobody calls in one window only because his line is dead.
        package var deadLineHosts = 150.0
        /// For so long, and half of the time of the calls, nobody answers on a dead line.
        package var deadLineSeconds = 10.0
        /// Programs that try hosts at whatever ports, most of them in vain, because they were told of them.
        package var peerToPeerApplications: Set<String> = [
            "BITTORRENT", "EDONKEY", "GNUTELLA", "FASTTRACK", "DIRECTCONNECT", "SOULSEEK", "KAZAA",
            "APPLEJUICE", "BITCOIN", "ETHEREUM",
            "SYNCTHING", "IPFS",
        ]
        /// Four times a decade: 5, 9, 16, 28, 50 hosts.
        package var growth = 1.778
        package var quickSeconds = 300.0
        package var slowSeconds = 86_400.0
        /// Pairs of hosts of which is known whether a call got through: 65 octets each.
        package var rememberedPairs = 262_144
        /// Hosts with a random walk: about 190 octets each, 600 if they scan.
        package var rememberedSources = 32_768
        /// Hosts and ports, and pairs of hosts, with calls in vain: about 250 octets each, 1,100 if they
        /// are many.
        package var rememberedSpreads = 16_384
        /// Of the sketches; attackers should not know it.
        package var seed: UInt64 = 0

        package init() {}

        func check() throws(DetectorSettingError) {
            typealias Rule = DetectorSettingError
            try Rule.check("ordinarySuccess", ordinarySuccess, in: 0.5...0.999)
            try Rule.check("scannerSuccess", scannerSuccess, in: 0.001...0.499)
            try Rule.check("falseAlarm", falseAlarm, in: 1e-9...0.1)
            try Rule.check("detection", detection, in: 0.5...0.999_999_999)
            try Rule.check("hosts", hosts, in: 2...1_000_000)
            try Rule.check("hostFailures", hostFailures, in: 0...1)
            try Rule.check("usualFailures", usualFailures, in: 0.0001...1)
            try Rule.check("deadLineHosts", deadLineHosts, in: 1...1_000_000)
            try Rule.check("deadLineSeconds", deadLineSeconds, in: 0...86_400)
            try Rule.check("ports", ports, in: 2...65_535)
            try Rule.check("portFailures", portFailures, in: 0...1)
            try Rule.check("anyPortHosts", anyPortHosts, in: 2...1_000_000)
            try Rule.check("slowHosts", slowHosts, in: 2...1_000_000)
            try Rule.check("slowPorts", slowPorts, in: 2...65_535)
            try Rule.check("slowFailures", slowFailures, in: 0...1)
            try Rule.check("growth", growth, in: 1.5...1000)
            try Rule.check("quickSeconds", quickSeconds, in: 1...86_400)
            try Rule.check("slowSeconds", slowSeconds, in: quickSeconds...2_592_000)
            try Rule.check("rememberedPairs", rememberedPairs, in: 1...1 << 28)
            try Rule.check("rememberedSources", rememberedSources, in: 1...1 << 26)
            try Rule.check("rememberedSpreads", rememberedSpreads, in: 1...1 << 26)
        }

        func hostLimits(isScanner: Bool) -> ContactSpreads.Limits {
            limits(quick: hosts, slow: slowHosts, share: isScanner ? 0 : hostFailures)
        }

        var portLimits: ContactSpreads.Limits {
            limits(quick: ports, slow: slowPorts, share: portFailures)
        }

        private func limits(quick: Int, slow: Int, share: Double) -> ContactSpreads.Limits {
            ContactSpreads.Limits(
                quick: quick, slow: slow, quickSeconds: quickSeconds, slowSeconds: slowSeconds,
                quickShare: share, slowShare: slowFailures, growth: growth, seed: seed)
        }
    }
}
