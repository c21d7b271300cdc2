import FlowFormats
package import NetworkTypes

/// The distinct addresses of a run, by the codes of the reader's word list.
package struct AddressBook: Sendable {
    /// What is known of an address text without asking anyone.
    package enum Standing: UInt8, Sendable { case invalid, inside, `public` }

    package private(set) var addresses: [IPAddress?] = []
    package private(set) var standings: [Standing] = []
    private let inside: InsideNetworks
    private let isClassic: Bool

    /// - Parameter isClassic: Judge by the original's string test instead of the registries.
    package init(inside: InsideNetworks, isClassic: Bool) {
        self.inside = inside
        self.isClassic = isClassic
    }

    /// The number of distinct texts.
    package var count: Int { addresses.count }

    /// Takes in the words that are new in `words`.
    mutating func extend(by words: OctetInterner) {
        for code in addresses.count..<max(addresses.count, words.count) {
            unsafe words.withOctets(of: code) { octets in
                let text = unsafe octets.bindMemory(to: UInt8.self).span
                let address = IPAddress(utf8: text)
                addresses.append(address)
                if isClassic {
                    standings.append(ClassicAddressRule.isPublic(text) ? .public : .inside)
                } else if let address {
                    standings.append(inside.isPublic(address) ? .public : .inside)
                } else {
                    standings.append(.invalid)
                }
            }
        }
    }
}
