"""The corrected mode against the conn.log that Zeek's own tests expect.

Those logs hold no times, so flows are laid side by side by their ends; a duration that differs is looked at
in the capture cut where Zeek's ends.
"""
import glob
import os
import re

import captures
from agreement_flows import Flow, Tally, conversations, end, meter, totals

# Zeek's time-outs: TCP 5 minutes of silence, others 1 minute, no active time-out
OPTIONS = ("--tcp-idle", "300", "--idle", "60", "--active", "3600")
QUANTITIES = ("flows", "packets", "octets", "duration", "direction", "history", "all of these")
PROTOCOLS = {"tcp": 6, "udp": 17}
TUNNEL_PORTS = {2152, 3544, 4754, 4789, 6081}


def log(path):
    """rows of a conn.log; none if the test kept no addresses"""
    rows, fields = [], None
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("#fields"):
                fields = line.split("\t")[1:]
            elif fields and "orig_pkts" in fields and line and line[0] != "#":
                rows.append(dict(zip(fields, line.split("\t"))))
    return rows


def peer(row):
    protocol = PROTOCOLS.get(row["proto"]) or int(row["ip_proto"])
    ports = (row["id.orig_p"], row["id.resp_p"]) if protocol in (6, 17) else (0, 0)
    sent = [(int(row[f"{side}_pkts"]), int(row[f"{side}_ip_bytes"])) for side in ("orig", "resp")]
    duration = 0 if row["duration"] == "-" else round(float(row["duration"]) * 1e6)
    return Flow(end(row["id.orig_h"], ports[0]), end(row["id.resp_h"], ports[1]), protocol, None, duration, sent, row)


def options_of(data):
    """the packet filter that a test gave Zeek, by capture"""
    with open(os.path.join(data, "pcap/zeek/SOURCES.md"), encoding="utf-8") as file:
        return dict(re.findall(r"- `([^`]+)`: `zeek [^`]*-f '([^']+)'", file.read()))


def history(flow):
    """the letters of Zeek's history that our record can tell, upper case for the initiator"""
    row, letters = flow.row, ""
    for letter, ours, theirs in (("S", "tcpSynTotalCount", "reverseTcpSynTotalCount"),
                                 ("F", "tcpFinTotalCount", "reverseTcpFinTotalCount"),
                                 ("R", "tcpRstTotalCount", "reverseTcpRstTotalCount"),
                                 ("D", "initiatorDataPackets", "responderDataPackets")):
        letters += letter if int(row[ours]) else ""
        letters += letter.lower() if int(row[theirs]) else ""
    return set(letters)


def history_of_zeek(flow):
    letters = flow.row["history"].replace("H", "S").replace("h", "s")
    return set(letters) & set("SFRDsfrd")


def differences(key, ours, theirs):
    bad = set()
    if len(ours) != len(theirs):
        bad.add("flows")
    if not ours or not theirs:
        return bad
    for place, name in ((0, "packets"), (1, "octets")):
        if [sent[place] for sent in totals(ours, key)] != [sent[place] for sent in totals(theirs, key)]:
            bad.add(name)
    if "flows" in bad:
        return bad
    for our, their in zip(ours, theirs):
        if our.ends[0] != their.ends[0]:
            bad.add("direction")
        if our.duration != their.duration:
            bad.add("duration")
        if key[0] == 6 and "direction" not in bad and history(our) != history_of_zeek(their):
            bad.add("history")
    return bad


def is_over_at(program, path, folder, our, their):
    """whether the capture up to the end that Zeek gives has the flow with just this duration, both ends closed
    and all packets with payload but retransmissions"""
    link, frames = captures.read(path)
    file = os.path.join(folder, "cut.pcap")
    captures.write(file, link, [frame for frame in frames if frame.time <= our.start + their.duration])
    for flow in meter(program, file, *OPTIONS):
        if flow.key == our.key and flow.start == our.start:
            fresh = [sum(int(row[f"{side}{column}"]) * sign
                         for column, sign in (("DataPackets", 1), ("Retransmissions", -1)))
                     for row in (flow.row, our.row) for side in ("initiator", "responder")]
            closed = {"R", "r"} & history(flow) or {"F", "f"} <= history(flow)
            return flow.duration == their.duration and bool(closed) and fresh[:2] == fresh[2:]
    return False


def cause_of(key, our, their, bad, all_ours):
    observations = {word for flow in our for word in flow.row["observations"].split(";")}
    is_tunnelled = any(flow.row["tunnel"] for flow in all_ours)
    if not our and key[0] == 17 and TUNNEL_PORTS & {key[1][1], key[2][1]} and is_tunnelled:
        if all("C" in flow.row["history"].upper() for flow in their):
            return "wrong UDP checksum around a tunnel: Zeek stops there, we go in"
        return "flow of the tunnel itself: Zeek lists it beside what is inside, we keep its ends with that"
    if not our and all(flow.row["tunnel_parents"] not in ("-", "(empty)") for flow in their):
        return "AYIYA tunnel: Zeek goes in, we do not"
    if not their and key[0] == 2 and is_tunnelled:
        return "wrong UDP checksum around a tunnel: Zeek stops there, we go in"
    if not their and key[0] == 59:
        return "IPv6 with nothing behind its header: Zeek makes no flow of it"
    if bad <= {"packets", "octets"} and "offloaded lengths" in observations:
        if key[0] in (6, 17):
            return "IP length 0 of segmentation offload: Zeek counts 0 octets, we those of the frame"
        return "IPv6 length 0 and octets of Ethernet behind it: we take them for the packet's"
    if bad == {"direction"} and all(flow.row["history"].startswith("^") for flow in their):
        return "answer seen alone: Zeek turns it round by its port, we do not"
    if bad == {"flows"} and key[0] == 6:
        states = {flow.row["conn_state"] for flow in their}
        if states == {"REJ"}:
            return "SYN repeated with the same number after a reset: a new connection for Zeek, the same for us"
        if states == {"S0", "SH"}:
            return "only one side seen: Zeek gives the connection up after 5 seconds, we do not"
    return None


def compare(program, data, folder, every):
    tally, filters = Tally(), options_of(data)
    for path in sorted(glob.glob(os.path.join(data, "pcap/zeek/expected/*.conn.log")))[::every]:
        capture = os.path.basename(path).removesuffix(".conn.log")
        theirs = [peer(row) for row in log(path)]
        if not theirs:
            continue  # the test kept no addresses
        file = os.path.join(data, "pcap/zeek", capture)
        chosen = ("--filter", filters[capture]) if capture in filters else ()
        ours = meter(program, file, *OPTIONS, *chosen)
        tally.compared += len(theirs)
        tally.note("captures", 1)
        tally.note("ours", len(ours))
        for key, (our, their) in sorted(conversations(ours, theirs).items()):
            bad = differences(key, our, their)
            if our and their:
                tally.agree(QUANTITIES, bad, len(their))
            if not bad:
                continue
            cause = cause_of(key, our, their, bad, ours)
            if bad == {"duration"} and key[0] == 6 and all(
                    is_over_at(program, file, folder, *pair) for pair in zip(our, their)):
                cause = "packets after both ends have closed: not in Zeek's duration, in ours"
            tally.disagree("zeek/" + capture, key, bad, cause or "unknown", max(len(our), len(their)))
    return tally
