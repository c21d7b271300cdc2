import FlowFormats
private import Flows
private import NetworkTypes

/// What the first rows of a table tell about its clock.
enum TimestampSurvey {
    private struct Enough: Error {}

    /// A sentence for the report, or `nil` if the table has no time column or nothing is to be said.
    static func note(of file: TableFile) throws -> String? {
        guard let column = file.layout.column(of: "Timestamp"), file.isText(column) != false else {
            return nil
        }
        let request = TableRequest(numbers: [], texts: [.init(column: column, wordList: 0)])
        var words = [OctetInterner()]
        do {
            _ = try file.read(request, wordLists: &words, threads: 1) { _, _, _ in throw Enough() }
        } catch is Enough {}
        var read = 0
        var ambiguous = 0
        var latestHour = 0
        for code in 0..<min(words[0].count, 20_000) {
            guard let time = FlowTableTime(words[0].word(code)) else { continue }
            read += 1
            if time.isAmbiguous { ambiguous += 1 }
            let seconds = time.timestamp.nanoseconds / 1_000_000_000
            latestHour = max(latestHour, Int((seconds % 86_400 + 86_400) % 86_400) / 3600)
        }
        guard words[0].count > 0 else { return nil }
        if read == 0 { return "the Timestamp column holds no time that can be read" }
        guard ambiguous == read, latestHour <= 12 else { return nil }
        return
            "Timestamp has a 12-hour clock without AM or PM: morning and afternoon cannot be told apart"
    }
}
