import ArgumentParser
import Assembly

/// `ntds geo`.
struct Geo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Where addresses are: country, region, city, position, AS, precision, source, trust.",
        discussion: """
            Asks local databases: MaxMind DB files, or Debian's libloc-database.
            With --ip-api it also asks ip-api.com, and keeps the answers in a cache.

            Examples:
              ntds geo 8.8.8.8 2001:4860:4860::8888
              ntds geo 186.155.34.1 --geo-db GeoLite2-City.mmdb --geo-db GeoLite2-ASN.mmdb
              ntds geo 186.155.34.1 --ip-api
            """)

    @Argument(help: "IPv4 or IPv6 addresses.")
    var addresses: [String]
    @Option(help: "A MaxMind DB file; may be given several times.", completion: .file())
    var geoDb: [String] = []
    @OptionGroup(title: "ip-api.com") var online: OnlineOptions
    @Flag(help: "Print JSON lines.")
    var json = false

    func run() throws {
        let report = try AddressAnswers.look(up: addresses, databases: geoDb, online: online.online)
        print(
            json ? AddressAnswers.jsonLines(report.answers) : AddressAnswers.table(report.answers))
        if let warning = report.warning { Console.complain(warning) }
        if report.answers.contains(where: { !$0.isAddress }) { throw ExitCode(3) }
    }
}
