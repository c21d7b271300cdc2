import Flows
import Foundation
import TestSupport
import Testing

private let known: [FlowTableDialect] = [.unicauca, .iscx, .long, .abbreviated, .head]

struct FlowTableLayoutTests {
    @Test(arguments: zip(known, [87, 85, 84, 84, 84]))
    func `a tool's header is recognised and every column found`(
        _ dialect: FlowTableDialect, columns: Int
    ) {
        let header = FlowTableText.header(dialect)
        let layout = FlowTableLayout(header: header)
        #expect(header.count == columns)
        #expect(layout.dialect == dialect)
        let found = FlowFeature.all.compactMap { layout.column(of: $0.name) }
        #expect(found == Array(0..<columns), "every column is one feature, in the registry's order")
    }

    @Test(arguments: known) func `blanks, case and punctuation of a header do not matter`(
        _ dialect: FlowTableDialect
    ) {
        let header = FlowTableText.header(dialect)
        // the names of R keep their dots: they tell the dialect
        let spoilt = header.map { " " + (dialect == .unicauca ? $0 : $0.uppercased()) + " " }
        for feature in FlowFeature.all {
            let plain = FlowTableLayout(header: header).column(of: feature.name)
            #expect(FlowTableLayout(header: spoilt).column(of: feature.name) == plain)
        }
    }

    @Test func `the repeated header length of 2017 is its own column`() throws {
        let header = FlowTableText.header(.iscx)
        let layout = FlowTableLayout(header: header)
        let places = header.indices.filter { header[$0] == "Fwd Header Length" }
        #expect(places.count == 2)
        #expect(layout.column(of: "Fwd.Header.Length") == places[0])
        #expect(layout.column(of: "Fwd.Header.Length.1") == places[1])
    }

    @Test func `pandas' name of the repeated column is known`() {
        let header = FlowTableText.header(.long) + ["Fwd Header Length.1"]
        #expect(FlowTableLayout(header: header).column(of: "Fwd.Header.Length.1") == 84)
    }

    @Test func `a header that lost its repeated column can be mended, others not`() {
        let mended = FlowTableLayout(header: FlowTableText.header(.long)).withRepeatedHeaderLength
        #expect(mended == FlowTableText.header(.iscx))
        for dialect in known where dialect != .long {
            #expect(
                FlowTableLayout(header: FlowTableText.header(dialect)).withRepeatedHeaderLength
                    == nil)
        }
        #expect(FlowTableLayout(header: ["a", "b"]).withRepeatedHeaderLength == nil)
    }

    @Test func `a table without a label column keeps its dialect`() {
        for dialect in known {
            let header = FlowTableText.header(dialect).filter { $0 != "Label" }
            #expect(FlowTableLayout(header: header).dialect == dialect)
        }
    }

    @Test func `a foreign header is unknown, single columns of it are still found`() {
        let layout = FlowTableLayout(header: ["id", "Flow Duration", "bytes", "Src IP"])
        #expect(layout.dialect == .unknown)
        #expect(layout.column(of: "Flow.Duration") == 1)
        #expect(layout.column(of: "Source.IP") == 3)
        #expect(layout.column(of: "Protocol") == nil)
        #expect(FlowTableLayout(header: []).dialect == .unknown)
    }

    @Test func `any column can be named by its header, first of all exactly`() {
        let layout = FlowTableLayout(header: ["flow bytes/s", "Flow Bytes/s", "service type"])
        #expect(layout.column(named: "Flow Bytes/s") == 1)
        #expect(layout.column(named: "Flow.Bytes.s") == 0)
        #expect(layout.column(named: "Service_Type") == 2)
        #expect(layout.column(named: "nothing of the kind") == nil)
    }
}

struct FlowFeatureTests {
    @Test func `the registry holds the 87 columns of the data set in order`() {
        let names = FlowFeature.all.map(\.name)
        #expect(names.count == 87 && Set(names).count == 87)
        #expect(names[0] == "Flow.ID" && names[6] == "Timestamp" && names[7] == "Flow.Duration")
        #expect(names[20] == "Flow.Bytes.s" && names[61] == "Fwd.Header.Length.1")
        #expect(names[84...] == ["Label", "L7Protocol", "ProtocolName"])
    }

    @Test(.enabled(if: Places.hasShared)) func `the registry equals the header of the real file`()
        throws
    {
        let header = try String(
            contentsOfFile: Places.shared + "/unicauca/header87.csv", encoding: .utf8)
        #expect(
            FlowFeature.all.map(\.name)
                == header.split(whereSeparator: \.isWhitespace)[0].split(separator: ",").map(
                    String.init))
    }

    @Test func `no two features share a name within a tool`() {
        for dialect in known where dialect != .iscx {
            let header = FlowTableText.header(dialect)
            #expect(Set(header).count == header.count)
        }
    }

    @Test func `every feature says what it means`() {
        #expect(FlowFeature.all.allSatisfy { !$0.meaning.isEmpty })
    }
}

struct BaselineMetricTests {
    @Test func `nine metrics, seven of them scored`() {
        #expect(
            BaselineMetric.all.map(\.name) == [
                "flowrate", "duration", "volume", "avpktsz", "dnuprat", "pktlenvar", "fwdpktlen",
                "bwdpktlen", "actmean",
            ])
        #expect(BaselineMetric.scoredIndices == [1, 2, 3, 4, 5, 6, 7])
    }
}

struct FlowBatchTests {
    @Test func `codes are given in order of first appearance`() {
        var words = WordTable(["b", "a", "b"])
        #expect(words.words == ["b", "a"])
        #expect(words.code(of: "a") == 1 && words.code(of: "c") == 2)
        #expect(words.existingCode(of: "d") == nil && words[2] == "c" && words.count == 3)
    }

    @Test func `the direction follows from the public ends`() {
        #expect(FlowDirection(initiatorIsPublic: true, responderIsPublic: false) == .inbound)
        #expect(FlowDirection(initiatorIsPublic: false, responderIsPublic: true) == .outbound)
        #expect(FlowDirection(initiatorIsPublic: false, responderIsPublic: false) == .internal)
        #expect(FlowDirection(initiatorIsPublic: true, responderIsPublic: true) == .transit)
        #expect(
            FlowDirection.allCases.map(\.name) == [
                "inbound", "outbound", "internal", "transit", "unknown",
            ])
    }
}
