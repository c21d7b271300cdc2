import NetworkTypes
import Simulation
import Testing

struct ConfigurationTests {
    @Test(arguments: [
        (0, 0.0, 80, 14), (1_000_000_001, 0, 80, 14), (10, -0.1, 80, 14), (10, 0.11, 80, 14),
        (10, .nan, 80, 14), (10, 0, 0, 14), (10, 0, 81, 14), (10, 0, 80, 0), (10, 0, 80, 367),
        (1_000_000_000, 0.002, 80, 14),
    ])
    func `a setting outside its range is refused`(
        rows: Int, attackShare: Double, applications: Int, days: Int
    ) {
        #expect(throws: SimulatedCampus.InvalidSetting.self) {
            try SimulatedCampus.Configuration(
                rows: rows, attackShare: attackShare, applicationCount: applications, days: days)
        }
    }

    @Test func `a refusal names the setting, its value and what is accepted`() {
        let error = #expect(throws: SimulatedCampus.InvalidSetting.self) {
            try SimulatedCampus.Configuration(rows: 10, days: 400)
        }
        #expect(error?.description == "days is 400; accepted: 1 to 366")
    }

    @Test func `the smallest and the shortest table work`() throws {
        var campus = SimulatedCampus(
            try .init(
                rows: 1, attackShare: 0.1, zeroDurationShare: 1, applicationCount: 1,
                start: Timestamp(nanoseconds: 0), days: 1))
        #expect(campus.nextBatch()?.rowCount == 1)
        #expect(campus.nextBatch() == nil)
    }

    @Test func `a table full of attacks in one day works`() throws {
        let campus = SimulatedCampus(try .init(rows: 20_000, attackShare: 0.1, days: 1))
        #expect(campus.batch(0..<20_000).rowCount == 20_000)
        #expect(campus.attacks.count == 2000)
    }
}
