import NetworkTypes
import Testing

struct CoordinateTests {
    @Test(arguments: [
        ("2.4419,-76.6063", 2.4419, -76.6063), (" 90 , 180 ", 90, 180), ("-90,-180", -90, -180),
        ("+1,2.", 1, 2),
        ("-0,0", 0, 0),
    ])
    func `latitude and longitude are read`(text: String, latitude: Double, longitude: Double) {
        #expect(Coordinate(text) == Coordinate(latitude: latitude, longitude: longitude))
        #expect(Coordinate(text) != nil)
    }

    @Test(arguments: [
        "", ",", "1", "1,", ",1", "1,2,3", "nan,0", "0,inf", "90.01,0", "0,180.01", "0x1,0",
        "1e1,0", "a,b", "1;2", "1 2,3",
    ])
    func `other texts are no position`(text: String) {
        #expect(Coordinate(text) == nil)
    }

    @Test func `values outside the globe are refused`() {
        #expect(Coordinate(latitude: .nan, longitude: 0) == nil)
        #expect(Coordinate(latitude: 0, longitude: .infinity) == nil)
        #expect(Coordinate(latitude: 90.0001, longitude: 0) == nil)
    }

    @Test func `distances agree with the published ones`() throws {
        let popayan = try #require(Coordinate("2.4419,-76.6063"))
        let london = try #require(Coordinate("51.5074,-0.1278"))
        let paris = try #require(Coordinate("48.8566,2.3522"))
        #expect(abs(london.kilometres(to: paris) - 343.6) < 0.3)
        #expect(abs(popayan.kilometres(to: london) - london.kilometres(to: popayan)) < 1e-9)
        #expect(popayan.kilometres(to: popayan) == 0)
        // Pole to pole, and across the date line.
        let halfRound = try #require(Coordinate("90,0")).kilometres(
            to: try #require(Coordinate("-90,0")))
        #expect(abs(halfRound - 20015.1) < 0.1)
        let step = try #require(Coordinate("0,179.5")).kilometres(
            to: try #require(Coordinate("0,-179.5")))
        #expect(abs(step - 111.195) < 0.001)
    }
}
