import Flows
import NetworkTypes
import Threats

/// What the operator said about the network: which addresses are inside, what its parts are called, what hosts
/// are there for.
struct NetworkMap: Sendable {
    private let inside: InsideNetworks
    private let scopes: [ServiceSettings.Networks.Scope]
    private let roles: [(role: HostRole, networks: [IPPrefix])]

    init(_ settings: ServiceSettings.Networks) {
        inside = InsideNetworks(settings.inside)
        scopes = settings.scopes
        roles = settings.roles.compactMap { role in
            HostRole(rawValue: role.role).map { ($0, role.networks) }
        }
    }

    func isPublic(_ address: IPAddress) -> Bool { inside.isPublic(address) }

    /// Fills in the direction and the scope of a flow.
    func complete(_ flow: inout ObservedFlow) {
        let (initiator, responder) = (flow.key.initiator.address, flow.key.responder.address)
        flow.direction = FlowDirection(
            initiatorIsPublic: isPublic(initiator), responderIsPublic: isPublic(responder))
        flow.scope = scope(of: flow.direction == .inbound ? responder : initiator)
        guard flow.scope.isEmpty, flow.vlan != 0 else { return }
        flow.scope = scopes.first { $0.vlans.contains(flow.vlan) }?.name ?? ""
    }

    /// The name of the first part of the network that an address lies in, "" without one. Which VLAN an address is in is
    /// known of flows alone.
    func scope(of address: IPAddress) -> String {
        guard !scopes.isEmpty else { return "" }
        return scopes.first { $0.networks.contains { $0.contains(address) } }?.name ?? ""
    }

    func roles(of address: IPAddress) -> [HostRole] {
        guard !roles.isEmpty else { return [] }
        return roles.filter { $0.networks.contains { $0.contains(address) } }.map(\.role)
    }

    /// The inside end that a flow is about.
    func insideHost(of flow: ObservedFlow) -> IPAddress {
        flow.direction == .inbound ? flow.key.responder.address : flow.key.initiator.address
    }
}
