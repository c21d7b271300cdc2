private import Foundation
package import Geolocation
package import NetworkTypes
private import Reports

/// `ntds geo`: what is known of some addresses.
package struct AddressAnswer: Sendable, Encodable {
    package let address: String
    /// `public`, `inside`, or why there is no answer.
    package let standing: String
    let country, countryCode, region, city: String?
    let latitude, longitude: Double?
    let precision: String?
    let asNumber: UInt32?
    let asOrganisation, provider, organisation: String?
    /// Whether the organisation differs from the provider; the original's word.
    let trust: Bool?
    let source: String?

    /// Whether the text was an address.
    package var isAddress: Bool { standing != AddressAnswers.noAddress }

    init(_ text: String, standing: String, _ location: Location?) {
        address = text
        self.standing = standing
        country = location?.countryName
        countryCode = location?.countryCode
        region = location?.region
        city = location?.city
        latitude = location?.coordinate?.latitude
        longitude = location?.coordinate?.longitude
        precision = location?.precision?.rawValue
        asNumber = location?.asNumber
        asOrganisation = location?.asOrganisation
        provider = location?.provider
        organisation = location?.organisation
        trust = location?.trust
        source = location?.source
    }
}

/// The answers to a question about addresses.
package struct AddressReport: Sendable {
    package let answers: [AddressAnswer]
    /// What went wrong on the way without stopping it.
    package let warning: String?
}

/// Looks addresses up and writes the answers for people and machines.
package enum AddressAnswers {
    static let noAddress = "not an address"

    /// - Parameter lookUp: Answers for public addresses; asked once for all of them.
    package static func look(
        up texts: [String], lookUp: ([IPAddress]) throws -> ResolvedLocations
    ) throws -> [AddressAnswer] {
        let parsed = texts.map { IPAddress($0) }
        let inside = InsideNetworks()
        let resolved = try lookUp(parsed.compactMap { $0 })
        var place = 0
        return zip(texts, parsed).map { text, address in
            guard let address else { return AddressAnswer(text, standing: noAddress, nil) }
            defer { place += 1 }
            guard inside.isPublic(address) else {
                return AddressAnswer(text, standing: "inside (not a public address)", nil)
            }
            return AddressAnswer(text, standing: "public", resolved[place])
        }
    }

    /// Answers from local databases, and over the network if that is asked for.
    package static func look(
        up texts: [String], databases: [String], online: AddressLocating.Online?
    ) throws -> AddressReport {
        let interruption = Interruption()
        var bar = ProgressBar(isQuiet: false)
        defer { bar.clear() }
        let locating = AddressLocating(
            databases: databases, online: online, inside: InsideNetworks())
        var warning: String?
        let answers = try look(up: texts) { addresses in
            let source = try locating.locate(addresses) { progress in
                try interruption.check()
                bar.show(progress)
            }
            warning = source.warning
            guard let provider = source.provider else {
                throw HeaderFile.Unusable(description: source.name)
            }
            var resolver = LocationResolver(provider: provider, inside: InsideNetworks())
            return resolver.resolve(addresses)
        }
        return AddressReport(answers: answers, warning: warning)
    }

    /// One JSON object a line.
    package static func jsonLines(_ answers: [AddressAnswer]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return answers.compactMap { try? encoder.encode($0) }.map {
            String(decoding: $0, as: UTF8.self)
        }
        .joined(separator: "\n")
    }

    /// A block an address: one line a fact that is known.
    package static func table(_ answers: [AddressAnswer]) -> String {
        answers.map { answer in
            var lines = [answer.address]
            func add(_ name: String, _ value: String?) {
                guard let value else { return }
                lines.append(
                    "  " + name + String(repeating: " ", count: max(1, 14 - name.count)) + value)
            }
            if answer.standing != "public" { add("standing", answer.standing) }
            add(
                "country",
                answer.country.map { "\($0)" + (answer.countryCode.map { " (\($0))" } ?? "") })
            add("region", answer.region)
            add("city", answer.city)
            if let latitude = answer.latitude, let longitude = answer.longitude {
                add("position", "\(latitude), \(longitude)")
            }
            add("precision", answer.precision)
            add(
                "AS",
                answer.asNumber.map { "AS\($0)" + (answer.asOrganisation.map { " \($0)" } ?? "") })
            add("provider", answer.provider)
            add("organisation", answer.organisation)
            add(
                "trust",
                answer.trust.map {
                    $0
                        ? "yes: organisation differs from provider"
                        : "no: organisation is the provider"
                })
            add("source", answer.source)
            if answer.standing == "public", answer.source == nil {
                add("standing", "public, not in the database")
            }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
