import Assembly
import Behaviours
import Testing

struct ServiceSettingsTests {
    private func read(
        _ text: String, environment: [String: String] = [:]
    ) throws -> ServiceSettings {
        try ServiceSettings.read(text: text, file: "ntds.yaml", environment: environment).settings
    }

    private func problems(_ text: String, environment: [String: String] = [:]) -> [String] {
        do {
            _ = try ServiceSettings.read(text: text, file: "ntds.yaml", environment: environment)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func `nothing said gives the defaults`() throws {
        #expect(try read("") == ServiceSettings())
        #expect(try read("# nothing\nlog:\nsources:\n") == ServiceSettings())
    }

    @Test func `everything may be said`() throws {
        let settings = try read(
            """
            state: /var/lib/ntds
            checkpoint: 90s
            listen: '[::1]:8000'
            log: {level: debug, format: json}
            networks:
              inside: [192.0.2.0/24, 2001:db8::1]
              scopes:
                - name: servers
                  networks: [10.0.1.0/24]
                - {name: voice, vlans: [40, 41]}
              roles:
                - role: scanner
                  hosts: 10.0.0.5
              locations: [/db/city.mmdb, /db/asn.mmdb]
            sources:
              - interface: eth0
                filter: not port 22
                buffer: 16MiB
              - files: [a.pcap, conn.log]
                speed: 60
                name: replay
              - folder: /opt/zeek
            baselines: {learning: 1h30m, minimum_flows: 1_000, refit: 2d, confirmed_benign: yes}
            detection:
              {minimum_confidence: 0.8, half_life: 12h, weights: {beacon: 0.5, arpScan: 0, flood: 1},
              thresholds: {scan_hosts: 9, beacon_score: 0.95, exfiltration: 2GB, long_connection: 6h}}
            retention: {flows: off, age: 2w, size: 5GB}
            output: {threats: /tmp/x.jsonl, show: false}
            """)
        #expect(settings.listen?.description == "[::1]:8000")
        #expect(settings.checkpointSeconds == 90)
        #expect(settings.log.level == .debug && settings.log.format == .json)
        #expect(settings.networks.inside.map { "\($0)" } == ["192.0.2.0/24", "2001:db8::1/128"])
        #expect(settings.networks.scopes.map(\.name) == ["servers", "voice"])
        #expect(settings.networks.scopes.map(\.vlans) == [[], [40, 41]])
        #expect(settings.networks.roles.map(\.role) == ["scanner"])
        #expect(settings.networks.locations == ["/db/city.mmdb", "/db/asn.mmdb"])
        #expect(
            settings.sources.map(\.kind) == [
                .interfaces(["eth0"], filter: "not port 22", bufferOctets: 16 << 20),
                .files(["a.pcap", "conn.log"]), .folder("/opt/zeek"),
            ])
        #expect(settings.sources.map(\.speed) == [nil, 60, nil])
        #expect(settings.sources.map(\.name) == ["eth0", "replay", "/opt/zeek"])
        #expect(settings.baselines.learningSeconds == 5400)
        #expect(settings.baselines.minimumFlows == 1000)
        #expect(settings.baselines.isConfirmedBenign)
        #expect(settings.detection.halfLifeSeconds == 43_200)
        #expect(settings.detection.weights == [.beacon: 0.5, .arpScan: 0])
        let detectors = settings.detection.thresholds.detectors
        #expect(detectors.scans.hosts == 9 && detectors.beacons.told == 0.95...0.95)
        #expect(detectors.exfiltration.octetFloor == 2_000_000_000)
        #expect(detectors.longConnections.steps == [21_600, 28_800, 43_200])
        #expect(throws: Never.self) { try BehaviourWatch(detectors) }
        #expect(!settings.store.isOn && settings.store.octets == 5_000_000_000)
        #expect(settings.output.threats == "/tmp/x.jsonl" && !settings.output.isShown)
    }

    @Test func `thresholds that nobody set are those of the detectors`() {
        #expect(ServiceSettings().detection.thresholds.detectors == BehaviourWatch.Configuration())
    }

    @Test func `every threshold may be as small and as large as is said`() throws {
        for extremes in [
            "scan_hosts: 2, scan_ports: 2, slow_scan_hosts: 2, slow_scan_ports: 2, arp_scan_neighbours: 2, "
                + "spray_hosts: 2, lateral_hosts: 2, beacon_score: 0, exfiltration: 1, tunnel_names: 1, "
                + "generated_names: 1, long_connection: 60s",
            "scan_hosts: 1000000, scan_ports: 65535, slow_scan_hosts: 1000000, slow_scan_ports: 65535, "
                + "arp_scan_neighbours: 65536, spray_hosts: 1000000, lateral_hosts: 1000000, "
                + "beacon_score: 1, exfiltration: 1TB, tunnel_names: 1000000, generated_names: 1000000, "
                + "long_connection: 30d",
        ] {
            let settings = try read("detection: {thresholds: {\(extremes)}}")
            #expect(throws: Never.self) {
                try BehaviourWatch(settings.detection.thresholds.detectors)
            }
        }
    }

    @Test func `what is in force is a file that gives it again`() throws {
        let settings = try read(
            """
            state: "it's here: #1"
            listen: off
            sources:
              - {interfaces: [eth0, eth1], filter: tcp, buffer: 1MiB, name: a}
              - {file: x.pcap, speed: 2.5, name: b}
              - {folder: /f}
            networks:
              {scopes: [{name: a b, vlans: [7]}], roles: [{role: backup, hosts: [10.0.0.0/30]}], locations: [x.mmdb]}
            baselines: {learning: 90s}
            retention: {size: 123456789}
            output: {threats: x.jsonl}
            detection: {weights: {beacon: 0.25}, thresholds: {lateral_hosts: 7, exfiltration: 123456789}}
            """)
        #expect(settings.state == "it's here: #1" && settings.listen == nil)
        #expect(try read(settings.yaml) == settings)
        #expect(try read(ServiceSettings().yaml) == ServiceSettings())
    }

    @Test func `the environment overrides the file`() throws {
        let settings = try read(
            "baselines: {learning: 1h}",
            environment: [
                "NTDS_BASELINES_LEARNING": "2h", "NTDS_LISTEN": "off",
                "NTDS_NETWORKS_INSIDE": "192.0.2.0/24, 198.51.100.7", "PATH": "/bin",
            ])
        #expect(settings.baselines.learningSeconds == 7200)
        #expect(settings.listen == nil)
        #expect(settings.networks.inside.count == 2)
        let unknown = try ServiceSettings.read(
            text: "", file: "ntds.yaml", environment: ["NTDS_LERNING": "1"])
        #expect(unknown.unknownVariables == ["NTDS_LERNING"])
    }

    @Test func `all that is wrong is told at once with its line`() {
        let told = problems(
            """
            listen: nowhere
            log: {level: loud}
            baselines:
              lerning: 1h
              minimum_flows: many
            sources:
              - interface: eth0
                file: x
              - {}
            """)
        #expect(
            told == [
                "ntds.yaml:1: listen: 'nowhere' is not an address and a port such as "
                    + "127.0.0.1:9470, or off",
                "ntds.yaml:2: log.level: 'loud' is not one of debug, info, warning, error",
                "ntds.yaml:5: baselines.minimum_flows: 'many' is not a whole number from 1 to 1000000",
                "ntds.yaml:4: baselines.lerning: no such setting; did you mean 'learning'?",
                "ntds.yaml:7: sources[0]: has more than one of interface, files, folder: make it "
                    + "several sources",
                "ntds.yaml:9: sources[1]: needs one of interface, files, folder",
            ])
    }

    @Test(arguments: [
        ("a: [", "no YAML"), ("- 1", "must be a mapping of settings"), ("\t", "no YAML"),
        ("networks: {roles: [{role: king, hosts: []}]}", "'king' is not one of scanner"),
        ("networks: {inside: [300.0.0.0/8]}", "'300.0.0.0/8' is not a network or address"),
        ("retention: {age: -1d}", "is not a time such as"),
        ("retention: {size: 1e400GB}", "is not an amount such as"),
        ("sources: [{interface: a, name: x}, {interface: b, name: x}]", "the same name"),
        ("colour: blue", "no such setting; known are"),
    ]) func `wrong settings are refused in words`(_ text: String, _ reason: String) {
        let told = problems(text)
        #expect(told.count == 1 && told[0].contains(reason), "\(told)")
    }

    @Test(arguments: [
        ("90s", 90.0), ("15m", 900), ("24h", 86_400), ("1h30m", 5400), ("2w", 1_209_600),
        ("250ms", 0.25), ("1.5h", 5400),
    ]) func `a time is read and written`(_ text: String, _ seconds: Double) throws {
        #expect(TimeText.seconds(text) == seconds)
        #expect(TimeText.seconds(TimeText.text(seconds)) == seconds)
    }

    @Test(arguments: ["", "h", "5", "5x", "1h5", "-5m", "five m", "5 m"])
    func `what is no time is none`(_ text: String) {
        #expect(TimeText.seconds(text) == nil)
    }

    @Test(arguments: [
        ("64MiB", 64 << 20), ("20GB", 20_000_000_000), ("1024", 1024), ("1.5 kB", 1500),
        ("0b", 0),
    ]) func `an amount is read and written`(_ text: String, _ octets: Int) {
        #expect(SizeText.octets(text) == octets)
        #expect(SizeText.octets(SizeText.text(octets)) == octets)
    }
}
