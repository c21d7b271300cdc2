import Foundation
import TestSupport
import Testing

private let oracles = Places.shared + "/flows/cicflowmeter"

/// Our flows against those that other meters gave for the same captures (`Documentation/agreement.md`).
struct AgreementTests {
    /// What `agreement.py` counted.
    private struct Counts: Decodable, Equatable {
        var compared: Int
        var agreed: [String: Int]
        var unknown: Int
    }

    private func counts(_ options: String...) throws -> [String: Counts] {
        let folder = try TemporaryFolder()
        _ = try Python.run(
            Places.root + "/Benchmarks/agreement.py",
            ["--ntds", Program.path, "--no-write", "--json", folder.file("counts.json")] + options)
        return try JSONDecoder().decode(
            [String: Counts].self, from: Data(folder.octets("counts.json")))
    }

    @Test(.enabled(if: Places.hasShared))
    func `flows agree with nfstream's and Zeek's but for known causes`() throws {
        #expect(
            try counts("--only", "nfstream", "--every", "12")["nfstream"]
                == Counts(
                    compared: 1096,
                    agreed: [
                        "flows": 1096, "packets": 1096, "octets": 1096, "start": 1095,
                        "duration": 1095, "direction": 1095, "all of these": 1094,
                    ], unknown: 0))
        #expect(
            try counts("--only", "zeek")["zeek"]
                == Counts(
                    compared: 187,
                    agreed: [
                        "flows": 140, "packets": 156, "octets": 152, "duration": 114,
                        "direction": 138, "history": 140, "all of these": 108,
                    ], unknown: 0))
    }

    @Test(.enabled(if: Places.hasShared))
    func `rows of the old meters' modes equal their programs' but for known causes`() throws {
        let counts = try counts("--only", "cic", "--every", "12")
        #expect(counts["cic-2018"] == Counts(compared: 547, agreed: ["all cells": 547], unknown: 0))
        #expect(counts["cic-head"] == Counts(compared: 286, agreed: ["all cells": 285], unknown: 0))
    }

    @Test(
        .enabled(if: Places.hasShared),
        arguments: [("cic-2018", "test.csv", 84), ("cic-2017", "test.pcap_CIC.csv", 85)])
    func `the table that an old meter's authors made of a capture comes out byte for byte`(
        _ columns: String, _ table: String, _ width: Int
    ) throws {
        let outcome = try Program.run(
            "meter", oracles + "/test.pcap", "--mode", "cic-2018", "--columns", columns,
            "--time-zone", "UTC-3", "--labels", "none", "--quiet")
        let expected = try String(contentsOfFile: "\(oracles)/\(table)", encoding: .utf8)
        let ours = outcome.output.split(separator: "\n")
        let theirs = expected.split(separator: "\n")
        #expect(outcome.status == 0 && ours.count == 97)
        #expect(ours.first == theirs.first)
        #expect(theirs.first?.split(separator: ",").count == width)
        #expect(ours.sorted() == theirs.sorted())
    }
}

/// The 87 columns of the data set.
struct DataSetLayoutTests {
    /// An Ethernet frame of 60 octets: a TCP segment without payload, or a datagram of one octet, and
    /// padding.
    private func shortFrame(
        _ protocolNumber: UInt8, _ ports: [UInt8], atMicrosecond time: UInt8
    )
        -> [UInt8]
    {
        let isTCP = protocolNumber == 6
        let length: UInt8 = isTCP ? 40 : 29
        var frame: [UInt8] = Array(repeating: 2, count: 12) + [8, 0]
        frame += [0x45, 0, 0, length, 0, 1, 0, 0, 64, protocolNumber, 0, 0]
        frame += [10, 200, 7, 7, 172, 19, 1, 46] + ports
        frame += isTCP ? [0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0] : [0, 9, 0, 0, 7]
        frame += Array(repeating: 0, count: 60 - frame.count)
        // 2017-04-26 16:11:17 UTC
        return [0xA5, 0xC6, 0x00, 0x59, time, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0] + frame
    }

    /// The capture of the data set's second row, two acknowledgements a microsecond apart, and of datagrams
    /// like them.
    private func capture(in folder: TemporaryFolder) throws -> String {
        var file: [UInt8] = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + Array(repeating: 0, count: 8)
        file += [0, 0, 4, 0, 1, 0, 0, 0]
        for time in [0, 1] as [UInt8] {
            file += shortFrame(6, [0x0C, 0x38, 0xCC, 0xC6], atMicrosecond: time)
            file += shortFrame(17, [0, 53, 0xCC, 0xC6], atMicrosecond: time)
        }
        return try folder.write(file, to: "short.pcap")
    }

    private func rows(_ mode: String) throws -> Records {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            "meter", try capture(in: folder), "--mode", mode, "--columns", "unicauca",
            "--time-zone", "UTC-5", "--labels", "none", "--quiet")
        #expect(outcome.status == 0, "\(outcome.error)")
        return Records(outcome.output)
    }

    @Test func `the padding of short frames is payload in the data set's mode only`() throws {
        let records = try rows("unicauca")
        #expect(records.header.count == 87)
        #expect(records.header.suffix(3) == ["Label", "L7Protocol", "ProtocolName"])
        let segments = try #require(records.rows.first { $0["Protocol"] == "6" })
        for (column, text) in [
            "Flow.ID": "172.19.1.46-10.200.7.7-52422-3128-6", "Timestamp": "26/04/201711:11:17",
            "Flow.Duration": "1", "Total.Fwd.Packets": "2", "Total.Backward.Packets": "0",
            "Total.Length.of.Fwd.Packets": "12", "Fwd.Packet.Length.Max": "6",
            "Fwd.Packet.Length.Min": "6", "Flow.Bytes.s": "1.2E7", "Flow.Packets.s": "2000000.0",
            "Average.Packet.Size": "9.0", "min_seg_size_forward": "20", "Label": "BENIGN",
        ] { #expect(segments[column] == text, "\(column)") }
        let datagrams = try #require(records.rows.first { $0["Protocol"] == "17" })
        // 60 octets less 42 of headers; the header of what is not TCP counts as -1
        #expect(datagrams["Fwd.Packet.Length.Max"] == "18")
        #expect(datagrams["Fwd.Header.Length"] == "-2")
        #expect(datagrams["min_seg_size_forward"] == "-1")
        #expect(datagrams["Init_Win_bytes_forward"] == "-1")

        let trimmed = try rows("cic-2018").rows
        #expect(trimmed.first { $0["Protocol"] == "6" }?["Fwd.Packet.Length.Max"] == "0")
        #expect(trimmed.first { $0["Protocol"] == "17" }?["Fwd.Packet.Length.Max"] == "1")
    }

    @Test(.enabled(if: Places.hasShared))
    func `the header is that of the data set`() throws {
        let header = try String(
            contentsOfFile: Places.shared + "/unicauca/header87.csv", encoding: .utf8)
        #expect(
            try rows("unicauca").header.joined(separator: ",")
                == header.split(whereSeparator: \.isNewline).first.map(String.init))
    }
}
