import Foundation
import TestSupport
import Testing

/// Two network namespaces joined by a pair of virtual interfaces, `out0` and `in0`, there as long as the value
/// lives.
final class VethPair {
    struct NotMade: Error {}

    /// Whether namespaces may be made here, and tcpreplay is installed (`Tools/setup.sh --test`).
    static let isPermitted: Bool = {
        guard geteuid() == 0, tool("tcpreplay") != nil else { return false }
        return (try? VethPair()) != nil
    }()

    static let skipped: Comment =
        "network namespaces are permitted (root) and tcpreplay is installed"

    private let sender = "ntds-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    private var receiver: String { sender + "r" }

    init() throws {
        let quiet = "net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
        let script = """
            ip netns add \(sender) && ip netns add \(receiver) &&
            ip netns exec \(sender) sysctl -qw \(quiet) && ip netns exec \(receiver) sysctl -qw \(quiet) &&
            ip -n \(sender) link add out0 type veth peer name in0 netns \(receiver) &&
            ip -n \(sender) link set out0 mtu 65535 up && ip -n \(receiver) link set in0 mtu 65535 up
            """
        guard Self.tool("ip") != nil, try Self.shell(script).status == 0 else {
            remove()
            throw NotMade()
        }
    }

    deinit { remove() }

    private func remove() {
        _ = try? Self.shell("ip netns del \(sender); ip netns del \(receiver)")
    }

    /// Starts `ntds run in0` with further arguments and waits until it watches.
    func watch(_ arguments: [String]) throws -> Program.Run {
        guard let ip = Self.tool("ip") else { throw NotMade() }
        let run = try Program.Run(
            ["netns", "exec", receiver, Program.path, "run", "in0"] + arguments, executable: ip)
        guard run.waits(until: { run.errorSoFar.contains("running") }) else { throw NotMade() }
        return run
    }

    /// Starts `ntds meter in0` and waits until it captures: until `ready` is there, or its `.partial`.
    func meter(ready: String, _ options: String...) throws -> Program.Run {
        guard let ip = Self.tool("ip") else { throw NotMade() }
        let run = try Program.Run(
            ["netns", "exec", receiver, Program.path, "meter", "in0"] + options, executable: ip)
        // The flows' file is made when the interface is open.
        guard run.waits(until: { Self.exists(ready) || Self.exists(ready + ".partial") }) else {
            throw NotMade()
        }
        return run
    }

    /// Sends all frames of a capture from the other end; returns how many were sent.
    func replay(_ capture: String, packetsPerSecond: Int) throws -> Int {
        let outcome = try Self.shell(
            "ip netns exec \(sender) tcpreplay -i out0 --pps \(packetsPerSecond) '\(capture)'")
        let match = outcome.output.firstMatch(of: /Successful packets: +(\d+)/)
        return match.flatMap { Int($0.1) } ?? 0
    }

    /// Takes the interface away.
    func removeInterface() throws { _ = try Self.shell("ip -n \(receiver) link del in0") }

    private static func shell(_ script: String) throws -> Program.Outcome {
        try Program.Run(
            ["-c", "PATH=$PATH:/usr/sbin:/sbin; { \(script); } 2>&1"], executable: "/bin/bash"
        ).wait()
    }

    private static func tool(_ name: String) -> String? {
        ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].map { $0 + name }.first(where: exists)
    }

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
