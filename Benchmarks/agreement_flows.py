"""Our flows and a peer's as plain values, and how two lists of them are laid side by side."""
import csv
import datetime
import ipaddress
import subprocess

EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)


class Flow:
    """A flow by its ends: `sent[0]` is what the first packet's sender sent, as (packets, octets)."""

    def __init__(self, source, destination, protocol, start, duration, sent, row):
        self.ends, self.protocol, self.row = (source, destination), protocol, row
        self.start, self.duration, self.sent = start, duration, sent

    @property
    def key(self):
        return (self.protocol, *sorted(self.ends))

    def sent_by(self, end):
        """packets and octets of one end; of both if a host talks to itself from one port"""
        if self.ends[0] == self.ends[1]:
            return tuple(map(sum, zip(*self.sent)))
        return self.sent[self.ends.index(end)]


def end(address, port):
    return str(ipaddress.ip_address(address)), int(port)


def text(key):
    """a conversation for people"""
    (one, one_port), (other, other_port) = key[1], key[2]
    return f"{one}:{one_port} – {other}:{other_port}, protocol {key[0]}"


def meter(program, capture, *options, octets="octets"):
    """our flows of a capture

    octets: "octets" are those of the IP packets, "frames" those of the frames
    """
    command = [program, "meter", capture, "--labels", "none", "--quiet", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    columns = {"octets": ("octetDeltaCount", "reverseOctetDeltaCount"),
               "frames": ("layer2OctetDeltaCount", "reverseLayer2OctetDeltaCount")}[octets]
    flows = []
    for row in csv.DictReader(done.stdout.splitlines()):
        has_ports = row["Protocol"] in ("6", "17")
        ports = (row["Source.Port"], row["Destination.Port"]) if has_ports else (0, 0)
        start = (datetime.datetime.strptime(row["Timestamp"], "%Y-%m-%d %H:%M:%S.%f") - EPOCH) // MICROSECOND
        sent = [(int(row["Total.Fwd.Packets"]), int(row[columns[0]])),
                (int(row["Total.Backward.Packets"]), int(row[columns[1]]))]
        flows.append(Flow(end(row["Source.IP"], ports[0]), end(row["Destination.IP"], ports[1]),
                          int(row["Protocol"]), start, int(row["Flow.Duration"]), sent, row))
    return flows


def conversations(ours, peers):
    """for each pair of ends both lists, sorted by start; the peer's stay in their order if they have none"""
    found = {}
    for side, flows in enumerate((ours, peers)):
        for flow in flows:
            found.setdefault(flow.key, ([], []))[side].append(flow)
    for lists in found.values():
        for flows in lists:
            flows.sort(key=lambda flow: flow.start or 0)
    return found


def totals(flows, key):
    """packets and octets of both ends over flows"""
    return [tuple(map(sum, zip(*(flow.sent_by(one) for flow in flows)))) for one in key[1:]]


class Tally:
    """How many flows agree in what, and every disagreement with its cause."""

    def __init__(self):
        self.compared = 0
        self.both = 0
        self.agreed = {}
        self.notes = {}
        self.disagreements = []

    def agree(self, names, bad, flows):
        """counts flows of the peer between whose ends we have flows too; where they are not as many, only
        totals can agree"""
        self.both += flows
        for name in names:
            is_total = name in ("packets", "octets")
            agrees = name not in bad and not (bad and name == "all of these")
            agrees = agrees and ("flows" not in bad or is_total)
            self.agreed[name] = self.agreed.get(name, 0) + (flows if agrees else 0)

    def note(self, name, count):
        self.notes[name] = self.notes.get(name, 0) + count

    def disagree(self, capture, key, bad, cause, flows=1):
        self.disagreements.append((capture, key, tuple(bad), cause, flows))

    def causes(self):
        """(cause, what differs) to numbers of flows and captures, largest first"""
        found = {}
        for capture, _, bad, cause, flows in self.disagreements:
            entry = found.setdefault(cause, [0, set(), set()])
            entry[0] += flows
            entry[1].add(capture)
            entry[2].update(bad)
        return sorted(((cause, *entry) for cause, entry in found.items()), key=lambda e: (-e[1], e[0]))
