import NetworkTypes
import Statistics

/// Something that a machine, a person or the Internet does again and again.
struct HostedRoutine: Sendable {
    enum Kind: Sendable {
        /// What people do, and what comes from outside.
        case person, visitors
        /// By the clock, to servers that everybody uses.
        case clock, update, antivirus, reputation, telemetry, browserStart, keepInStep, push
        case neighbours
        /// Connections that are held open.
        case chat, mailbox
        /// By the clock, inside.
        case polls, checks, backup, upload, serverUpdate, shell
    }

    let kind: Kind
    let host: Int

    /// Flows a day that it has, beside those of persons and visitors, on a machine that is always on.
    var dailyFlows: Double {
        switch kind {
        case .person, .visitors: 0
        case .clock: 400
        case .update: 62
        case .antivirus: 42
        case .reputation: 40
        case .telemetry: 150
        case .browserStart: 6
        case .keepInStep: 840
        case .push: 300
        case .neighbours: 0
        case .chat: 8
        case .mailbox: 52
        case .polls: 290
        case .checks: 1440
        case .backup, .upload, .serverUpdate, .shell: 5
        }
    }

    /// All routines of a campus.
    static func all(of network: HostedNetwork) -> [HostedRoutine] {
        var all = [HostedRoutine(kind: .visitors, host: HostedNetwork.web)]
        func add(_ kind: Kind, _ host: Int) { all.append(HostedRoutine(kind: kind, host: host)) }
        for host in network.machines.indices {
            let machine = network.machines[host]
            if machine.role != .phone { add(.clock, host) }
            add(.neighbours, host)
            if machine.isPersonal {
                add(.person, host)
                add(.chat, host)
                add(.push, host)
            } else if host != HostedNetwork.monitor {
                add(.polls, host)
            }
            guard machine.role == .workstation else {
                if machine.isServer {
                    add(.serverUpdate, host)
                    add(.backup, host)
                    if host != HostedNetwork.monitor { add(.checks, host) }
                }
                continue
            }
            [.update, .antivirus, .reputation, .telemetry, .browserStart].forEach { add($0, host) }
            if host % 3 == 0 { add(.keepInStep, host) }
            if host % 2 == 0 { add(.mailbox, host) }
            if machine.isAlwaysOn { add(.backup, host) }
        }
        add(.upload, HostedNetwork.backup)
        add(.checks, HostedNetwork.monitor)
        add(.shell, HostedNetwork.administrator)
        return all
    }
}
