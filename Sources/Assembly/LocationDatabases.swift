private import Geolocation
private import NetworkTypes
package import Reports

/// Chooses the databases that addresses are looked up in.
package enum LocationDatabases {
    /// The operator's MaxMind DB files together; without any, Debian's database; without that, none.
    ///
    /// - Throws: `LocationDatabaseError` for a file that was named and cannot be used.
    package static func locating(_ paths: [String]) throws -> AnalysisRun.Locating {
        guard paths.isEmpty else {
            let provider = CombinedProvider(try paths.map { try MaxMindDatabase(path: $0) })
            return .init(provider: provider, source: description(provider))
        }
        do throws(LocationDatabaseError) {
            let provider = try LocDatabase()
            return .init(provider: provider, source: description(provider))
        } catch {
            return .init(
                provider: nil,
                source: "no location database (install libloc-database, or name a MaxMind DB file with --geo-db)")
        }
    }

    private static func description(_ provider: any LocationProvider) -> String {
        let edition = provider.edition.map { ", \($0.description.prefix(10))" } ?? ""
        return provider.name + edition
    }
}
