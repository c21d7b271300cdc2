"""Tells what logs hold, read in the plainest way: an oracle for the readers of observations.

Arguments are paths. One line for each: path, then what was counted, as key=value.
"""
import csv, datetime, json, os, sys
from decimal import Decimal, ROUND_HALF_UP

ZEEK = {"SF": "established", "S1": "established", "S2": "established", "S3": "established",
        "RSTO": "established", "RSTR": "established", "S0": "unanswered", "RSTOS0": "unanswered",
        "SH": "unanswered", "REJ": "rejected"}
V4 = {"8", "10", "13", "15", "17"}
V6 = {"128", "130", "133", "135", "139"}


def micros(seconds):
    return int((Decimal(str(seconds)) * 1000000).quantize(Decimal(1), ROUND_HALF_UP))


class Sums:
    def __init__(self):
        self.n = {}

    def add(self, key, amount=1):
        self.n[key] = self.n.get(key, 0) + amount

    def flow(self, start, duration, outcome, numbers):
        self.add("flows")
        self.add(outcome)
        self.add("start", start)
        self.add("duration", duration)
        for name, number in zip(("fp", "fo", "bp", "bo"), numbers):
            self.add(name, number)


def connection(row, sums):
    get = lambda name: row.get(name) if row.get(name) not in (None, "-", "") else None
    if int(row["id.orig_p"]) > 65535:
        return sums.add("rejected lines")
    sent, received = int(get("orig_pkts") or 0), int(get("resp_pkts") or 0)
    if row["proto"] == "icmp":
        asks = row["id.orig_p"] if isinstance(row["id.orig_p"], str) else str(row["id.orig_p"])
        wants = asks in (V6 if ":" in row["id.orig_h"] else V4)
        outcome = ("established" if sent and received
                   else "unanswered" if sent and wants else "unknown")
    else:
        outcome = ZEEK.get(get("conn_state"), "unknown")
    duration = get("duration")
    sums.add("with metrics", int(duration is not None and get("orig_bytes") is not None))
    sums.flow(micros(row["ts"]), micros(duration) if duration is not None else 0, outcome,
              [sent, int(get("orig_ip_bytes") or 0), received, int(get("resp_ip_bytes") or 0)])


def lookup(row, sums):
    if row.get("query") in (None, "-"):
        return sums.add("skipped lines")
    sums.add("lookups")
    name = row["query"].lower().rstrip(".") or "."
    # spaces and octets beyond ASCII become a backslash and three digits
    plain = sum(0x21 <= octet <= 0x7e for octet in name.encode())
    sums.add("name octets", plain + 4 * (len(name.encode()) - plain))
    code = row.get("rcode")
    sums.add("codes", int(code) + 1 if code not in (None, "-") else 0)


def zeek(row, path, sums):
    kind = path
    if kind is None:
        kind = ("conn" if "conn_state" in row else
                "dns" if "query" in row or "rcode" in row else "other")
    if kind in ("conn", "open_conn"):
        connection(row, sums)
    elif kind == "dns":
        lookup(row, sums)
    else:
        sums.add("skipped lines")


def instant(text):
    return micros(Decimal(repr(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").replace(
        microsecond=0).timestamp()))) + datetime.datetime.strptime(
            text, "%Y-%m-%dT%H:%M:%S.%f%z").microsecond


def event(row, sums):
    if row["event_type"] == "dns":
        sums.add("lookups")
        sums.add("name octets", len(row["dns"]["rrname"]))
        if row["dns"]["type"] == "answer":
            sums.add("codes", {"NOERROR": 1}[row["dns"]["rcode"]])
        return
    if row["event_type"] != "flow":
        return sums.add("skipped lines")
    flow = row["flow"]
    sent, received = flow["pkts_toserver"], flow["pkts_toclient"]
    if row["proto"] == "TCP":
        there = int(row["tcp"]["tcp_flags_ts"], 16)
        back = int(row["tcp"]["tcp_flags_tc"], 16)
        outcome = ("unknown" if not there & 2 else "unanswered" if not received else
                   "established" if back & 2 else "rejected" if back & 4 else "unknown")
    else:
        outcome = "established" if received else "unanswered"
    sums.add("with metrics")
    start = instant(flow["start"])
    sums.flow(start, instant(flow["end"]) - start, outcome,
              [sent, flow["bytes_toserver"], received, flow["bytes_toclient"]])


def argus(row, sums):
    if row["Proto"] in ("icmp", "ipv6-icmp"):
        return sums.add("icmp")
    total, octets = int(row["TotPkts"]), int(row["TotBytes"])
    sent, sent_octets = int(row["SrcPkts"]), int(row["SrcBytes"])
    state = row["State"].split("_")
    if "?" in row["Dir"]:
        outcome = "unknown"
    elif row["Proto"] == "tcp":
        outcome = ("unknown" if "S" not in state[0] else
                   "unanswered" if octets == sent_octets or not state[1] else
                   "established" if "S" in state[1] else
                   "rejected" if "R" in state[1] and "P" not in state[1] else "unknown")
    else:
        outcome = "established" if octets > sent_octets else "unanswered"
    time = datetime.datetime.strptime(row["StartTime"], "%Y/%m/%d %H:%M:%S.%f").replace(
        tzinfo=datetime.timezone.utc)
    start = int(time.replace(microsecond=0).timestamp()) * 1000000 + time.microsecond
    sums.flow(start, micros(row["Dur"]), outcome,
              [sent, sent_octets, total - sent, octets - sent_octets])


for path in sys.argv[1:]:
    sums = Sums()
    text = open(path, encoding="utf-8").read()
    if text.startswith("StartTime"):
        for row in csv.DictReader(text.splitlines()):
            argus(row, sums)
    elif text.startswith("{"):
        for line in text.splitlines():
            try:
                row = json.loads(line, parse_float=Decimal)
            except ValueError:
                sums.add("rejected lines")
                continue
            if "event_type" in row:
                event(row, sums)
            else:
                zeek(row, row.get("_path"), sums)
    elif text.lstrip().startswith("#separator"):
        fields, kind = [], None
        for line in text.splitlines():
            if line.lstrip().startswith("#"):
                cells = line.strip().split("\t")
                if cells[0] == "#fields":
                    fields = cells[1:]
                if cells[0] == "#path":
                    kind = cells[1]
            elif line.strip():
                cells = line.split("\t")
                if len(cells) != len(fields):
                    sums.add("rejected lines")
                else:
                    zeek(dict(zip(fields, cells)), kind, sums)
    else:
        sums.add("not recognised")
    print(path, *[f"{key.replace(' ', '_')}={value}" for key, value in sorted(sums.n.items()) if value])
