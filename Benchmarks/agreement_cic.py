"""The old meters' modes against what their programs wrote for the captures, cell by cell as text.

Only IPv4 TCP and UDP rows count: the rest are the old programs' errors. Rows of an oracle and ours are laid
side by side by ends and start.
"""
import collections
import csv
import gzip
import os
import subprocess

ORACLES = (
    ("cic-2018", "flows/cicflowmeter/expected_flows_of_captures.csv.gz"),
    ("cic-head", "flows/cicflowmeter/expected_flows_head_of_captures.csv.gz"),
)
# (mode, capture, source, source port) of a row that is not ours, and why
KNOWN = {
    ("cic-2018", "ndpi/fuzz-2006-06-26-2594.pcap", "192.168.1.2", "2720"):
        "two damaged frames bear the IP versions 5 and 12: the program does not look at the version",
    ("cic-head", "ndpi/fuzz-2006-06-26-2594.pcap", "192.168.1.2", "2720"):
        "two damaged frames bear the IP versions 5 and 12: the program does not look at the version",
    ("cic-head", "tcpdump/malformed/lmp-lmp_print_data_link_subobjs-oobr.pcap", "17.8.8.255", "701"):
        "both frames cut by the capture: the program counts 16 octets less than are there, and why was not found",
    ("cic-head", "zeek/more/krb__smb2_krb.pcap", "10.10.34.184", "56493"):
        "one frame cut by the capture: the program counts 15 octets less than are there, and why was not found",
}


def peers(path):
    """header and rows by capture"""
    with gzip.open(path, "rt", newline="") as file:
        rows = csv.reader(file)
        head, found = next(rows)[1:], collections.defaultdict(list)
        for row in rows:
            if row[6] in ("6", "17") and ":" not in row[2]:
                found[row[0]].append(tuple(row[1:]))
    return head, found


def rows(program, path, mode, *options):
    command = [program, "meter", path, "--mode", mode, "--columns", mode, "--labels", "none", "--quiet", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    return [tuple(line.split(",")) for line in done.stdout.splitlines()[1:]]


def capture_of(data, name):
    """the capture that a row was made from: one row names the rules that lie beside it"""
    path = os.path.join(data, "pcap", name)
    return path.removesuffix(".rules") + ".pcap" if path.endswith(".rules") else path


class Comparison:
    def __init__(self, mode):
        self.mode, self.rows, self.equal, self.captures = mode, 0, 0, 0
        self.different = []
        self.more = collections.Counter()


def compare(program, data, every):
    results = []
    for mode, table in ORACLES:
        result = Comparison(mode)
        head, found = peers(os.path.join(data, table))
        for capture, theirs in sorted(found.items())[::every]:
            path = capture_of(data, capture)
            ours = collections.Counter(rows(program, path, mode))
            result.rows, result.captures = result.rows + len(theirs), result.captures + 1
            missing = list((collections.Counter(theirs) - ours).elements())
            extra = list((ours - collections.Counter(theirs)).elements())
            result.equal += len(theirs) - len(missing)
            for row in missing:
                like = [one for one in extra if one[1:7] == row[1:7]]
                best = min(like, key=lambda one: sum(map(str.__ne__, one, row)), default=None)
                if best:
                    extra.remove(best)
                columns = [name for name, one, other in zip(head, best or (), row) if one != other]
                cause = KNOWN.get((mode, capture, row[1], row[2]), "unknown")
                result.different.append((capture, row, columns or ["no such row"], cause))
            extra = [row for row in extra if row[5] in ("6", "17")]
            if extra:
                # rows that are there only because of ICMP errors
                quoted = set(extra) - set(rows(program, path, mode, "--filter", "not icmp"))
                for row in extra:
                    result.more["quoted" if row in quoted else "unknown"] += 1
        results.append(result)
    return results
