"""The corrected mode against nfstream's flows of the nDPI captures.

A cause that lies in the capture is shown, not guessed: the capture is changed in that one circumstance
(packets that nfstream passes over are taken out, clocks are set as it sets them), metered again, and the
flow must then agree.
"""
import collections
import csv
import gzip
import itertools
import os
import struct

import captures
from agreement_flows import Flow, Tally, conversations, end, meter, totals

TABLE = "flows/nfstream/expected_flows_of_ndpi_captures.csv.gz"
# nfstream's own time-outs in that run
OPTIONS = ("--tcp-idle", "120", "--idle", "120", "--active", "1800")
QUANTITIES = ("flows", "packets", "octets", "start", "duration", "direction", "all of these")


def peers(data):
    found = collections.defaultdict(list)
    with gzip.open(os.path.join(data, TABLE), "rt", newline="") as file:
        for row in csv.DictReader(file):
            sent = [(int(row[f"{way}_packets"]), int(row[f"{way}_bytes"])) for way in ("src2dst", "dst2src")]
            has_ports = row["protocol"] in ("6", "17")
            ports = (row["src_port"], row["dst_port"]) if has_ports else (0, 0)
            found[row["capture"]].append(Flow(
                end(row["src_ip"], ports[0]), end(row["dst_ip"], ports[1]), int(row["protocol"]),
                int(row["bidirectional_first_seen_ms"]), int(row["bidirectional_duration_ms"]), sent, row))
    return found


def differences(key, ours, theirs):
    """what differs between the flows of one conversation, by names of QUANTITIES"""
    bad = set()
    if len(ours) != len(theirs):
        bad.add("flows")
        if not ours or not theirs:
            return bad
        ours_sent, their_sent = totals(ours, key), totals(theirs, key)
        bad.update(name for place, name in ((0, "packets"), (1, "octets"))
                   if [sent[place] for sent in ours_sent] != [sent[place] for sent in their_sent])
        return bad
    for our, their in zip(ours, theirs):
        if our.ends[0] != their.ends[0]:
            bad.add("direction")
        for place, name in ((0, "packets"), (1, "octets")):
            if any(our.sent_by(one)[place] != their.sent_by(one)[place] for one in key[1:]):
                bad.add(name)
        first, last = our.start // 1000, (our.start + our.duration) // 1000
        if first != their.start:
            bad.add("start")
        if last - first != their.duration:
            bad.add("duration")
    return bad


# MARK: What nfstream does to packets


def clocks(frames):
    latest = 0
    for frame in frames:
        latest = max(latest, frame.time)
        yield captures.Frame(latest, frame.wire, frame.octets)


def without(frames, is_left_out):
    for frame in frames:
        place = captures.ipv4_offset(frame.octets)
        if place is None or not is_left_out(frame.octets, place):
            yield frame


def without_short_lengths(frames):
    return without(frames, lambda octets, ip: struct.unpack_from(">H", octets, ip + 2)[0] < (octets[ip] & 15) * 4)


def without_later_fragments(frames):
    return without(frames, lambda octets, ip: struct.unpack_from(">H", octets, ip + 6)[0] & 0x1FFF)


def without_long_headers(frames):
    return without(frames, lambda octets, ip: (octets[ip] & 15) * 4 > len(octets) - ip)


def ports_of_whole_headers(frames):
    """no ports where the first fragment does not hold the whole TCP or UDP header"""
    for frame in frames:
        place = captures.ipv4_offset(frame.octets)
        octets = frame.octets
        if place is not None:
            header = (octets[place] & 15) * 4
            length = struct.unpack_from(">H", octets, place + 2)[0] - header
            if length < {6: 20, 17: 8}.get(octets[place + 9], 0):
                octets = captures.changed(octets, place + header, bytes(min(4, max(0, length))))
        yield captures.Frame(frame.time, frame.wire, octets)


def short_headers_as_said(frames):
    """an IP header of fewer than 20 octets ends where it says, and the ports begin there"""
    for frame in frames:
        octets, place = frame.octets, captures.ipv4_offset(frame.octets)
        header = 20 if place is None else (octets[place] & 15) * 4
        if 0 < header < 20:
            whole = bytes([0x45]) + octets[place + 1:place + 20] + octets[place + header:]
            octets = (octets[:place] + whole)[:len(octets)]
        yield captures.Frame(frame.time, frame.wire, octets)


def any_type_as_ip(frames):
    """the Ethernet type is not looked at, and without it no fragment is known"""
    for frame in frames:
        octets = frame.octets
        kind = octets[12:14]
        if len(octets) >= 42 and kind not in (b"\x08\x00", b"\x81\x00", b"\x88\x47", b"\x88\x48", b"\x88\x64"):
            if octets[14] >> 4 == 4:
                octets = captures.changed(captures.changed(octets, 12, b"\x08\x00"), 20, b"\0\0")
        yield captures.Frame(frame.time, frame.wire, octets)


CHANGES = {
    "the capture's clock goes back: nfstream holds it for all flows, we for the flow concerned": clocks,
    "IP length 0 or below the header: nfstream passes the packet over, we count the frame": without_short_lengths,
    "later fragments: nfstream passes them over, we count them with their datagram's flow":
        without_later_fragments,
    "IP header longer than the frame: nfstream passes the packet over": without_long_headers,
    "IP header length below 20: nfstream reads on, for us the packet is malformed": short_headers_as_said,
    "fragment too short for its TCP header: we take the ports, nfstream none": ports_of_whole_headers,
    "damaged Ethernet type: nfstream reads IP behind any type, we do not": any_type_as_ip,
}


def variants(program, path, folder):
    """(cause, flows) of the capture after each change, then after each two"""
    link, frames = captures.read(path)
    if link is None:
        return
    causes = list(CHANGES) if link == captures.ETHERNET else list(CHANGES)[:1]
    for chosen in [(cause,) for cause in causes] + list(itertools.combinations(causes, 2)):
        changed = frames
        for cause in reversed(chosen):
            changed = list(CHANGES[cause](changed))
        file = os.path.join(folder, "changed.pcap")
        captures.write(file, link, changed)
        yield "; and ".join(chosen), meter(program, file, *OPTIONS, octets="frames")


# MARK: Causes that the flows tell themselves


def evident_cause(key, ours, theirs, bad, all_ours):
    observations = {word for flow in ours for word in flow.row["observations"].split(";")}
    if bad == {"direction"} and "turned round" in observations:
        return "begins with the SYN-ACK: nfstream takes its sender for the initiator, we the other end"
    if bad == {"flows"} and len({flow.row["vlan_id"] for flow in theirs}) > 1:
        return "one connection in two VLANs: nfstream keys by VLAN, we do not"
    if bad == {"flows"} and any(flow.row["endReason"] in ("fin", "rst") for flow in ours[:-1]):
        return "packets long after both FINs: a flow of their own with us, the old one's with nfstream"
    if not ours and any(flow.row["tunnel_id"] != "0" for flow in theirs):
        return "CAPWAP: nfstream goes into it, we do not"
    if not theirs and any(5247 in (flow.ends[0][1], flow.ends[1][1]) for flow in ours):
        return "CAPWAP: nfstream goes into it, we do not"
    tunnel = "GRE: we go into it, nfstream does not"
    if not theirs and all(flow.row["tunnel"] == "gre" for flow in ours):
        return tunnel
    if not ours and key[0] == 47 and any(
            {flow.row["tunnelSourceIPAddress"], flow.row["tunnelDestinationIPAddress"]} == {key[1][0], key[2][0]}
            for flow in all_ours):
        return tunnel
    return None


def compare(program, data, folder, every):
    tally = Tally()
    for capture, theirs in sorted(peers(data).items())[::every]:
        path = os.path.join(data, "pcap", capture)
        ours = meter(program, path, *OPTIONS, octets="frames")
        tally.compared += len(theirs)
        tally.note("captures", 1)
        tally.note("ours", len(ours))
        open_cases = []
        for key, (our, their) in sorted(conversations(ours, theirs).items()):
            bad = differences(key, our, their)
            if our and their:
                tally.agree(QUANTITIES, bad, len(their))
            if not bad:
                continue
            cause = evident_cause(key, our, their, bad, ours)
            if cause:
                tally.disagree(capture, key, bad, cause, max(len(our), len(their)))
            else:
                open_cases.append((key, our, their, bad))
        for cause, flows in variants(program, path, folder) if open_cases else ():
            found = conversations(flows, theirs)
            for case in open_cases[:]:
                key, our, their, bad = case
                if not differences(key, *found.get(key, ([], []))):
                    tally.disagree(capture, key, bad, cause, max(len(our), len(their)))
                    open_cases.remove(case)
            if not open_cases:
                break
        for key, our, their, bad in open_cases:
            tally.disagree(capture, key, bad, "unknown", max(len(our), len(their)))
    return tally
