import Statistics

/// What the flows of one application are like in this campus: drawn once from the seed.
struct ApplicationProfile: Sendable {
    /// Payload of a typical request, met exactly by more than half of the flows.
    let request: Int64
    /// Payload of a typical short answer.
    let answer: Int64
    /// Requests per flow: Pareto with this minimum and exponent.
    let exchanges: Double
    let exchangeExponent: Double
    /// Octets sent back, and octets sent up by the flows that send any: log-normal.
    let download: Double
    let downloadSpread: Double
    let upload: Double
    let uploadChance: Double
    /// Log-normal microseconds.
    let duration: Double
    let durationSpread: Double
    /// Share of flows whose connection stays open long after the last answer.
    let keptOpenChance: Double
    /// Shares of flows that are the remains of a connection already cut, and of unanswered ones.
    let remnantChance: Double
    let onewayChance: Double
    /// Share of flows whose packets carry TCP timestamps: headers of 32 octets and no padding.
    let timestampChance: Double
    /// The most frequent peer, counted from the first outside address.
    let home: Int

    /// What is typical of each character; a profile is a variation on it.
    private struct Model {
        var requests: [Int64]
        var answers: [Int64]
        var exchanges: ClosedRange<Double>
        var download: ClosedRange<Double>
        var downloadSpread: ClosedRange<Double>
        var uploadChance: Double
        var seconds: ClosedRange<Double>
        var durationSpread: ClosedRange<Double>
        var remnantChance: Double

        init(_ character: SimulatedApplication.Character) {
            requests = [206, 337, 443, 517, 529, 613, 966]
            answers = [31, 51, 126, 204, 258]
            exchanges = 1...2.5
            download = 1_500...12_000
            downloadSpread = 1.2...1.9
            uploadChance = 0.06
            seconds = 0.25...3
            durationSpread = 1.4...2.4
            remnantChance = 0.2
            switch character {
            case .web: break
            case .bulk:
                download = 30_000...300_000
                downloadSpread = 1.6...2.2
                seconds = 2...12
            case .chat:
                requests = [37, 46, 66, 85, 126, 231]
                exchanges = 3...8
                download = 200...2_000
                seconds = 4...25
            case .mail:
                uploadChance = 0.35
                seconds = 0.8...6
            case .query:
                requests = [32, 36, 41, 48, 56]
                answers = [48, 82, 116, 180]
                exchanges = 1...1.3
                download = 60...220
                downloadSpread = 0.3...0.6
                uploadChance = 0
                seconds = 0.01...0.09
                durationSpread = 0.8...1.4
                remnantChance = 0
            case .control:
                exchanges = 2...6
                seconds = 1...8
                remnantChance = 0
            }
        }
    }

    init(_ application: SimulatedApplication, peers: Int, _ generator: inout SeededGenerator) {
        let model = Model(application.character)
        request = generator.choice(of: model.requests)
        answer = generator.choice(of: model.answers)
        exchanges = generator.uniform(in: model.exchanges)
        exchangeExponent = generator.uniform(in: 1.1...1.9)
        download = generator.uniform(in: model.download)
        downloadSpread = generator.uniform(in: model.downloadSpread)
        upload = download * generator.uniform(in: 0.2...0.8)
        uploadChance = model.uploadChance * generator.uniform(in: 0.5...1.5)
        duration = generator.uniform(in: model.seconds) * 1e6
        durationSpread = generator.uniform(in: model.durationSpread)
        keptOpenChance = generator.uniform(in: 0.08...0.3)
        remnantChance = model.remnantChance * generator.uniform(in: 0.5...1.5)
        onewayChance = generator.uniform(in: 0.02...0.15)
        timestampChance = generator.uniform(in: 0.2...0.8)
        home = generator.index(below: peers)
    }
}
