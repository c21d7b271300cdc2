#!/usr/bin/env python3
"""CPU seconds, wall time and memory of NTDS beside the programs a user would pick instead.

    bench.py [--rows 3600000] [--repeats 3] [--ntds PROGRAM] [--only primus-parquet,radar,...]
             [--no-equality] [--no-write] [--strict]

Everything is a whole process, run in turn with its peers so that a busy machine is busy for all of
them; CPU seconds are user and system time with all threads (wait4). The parts that are not programs
(radar, scores) are timed inside their process, without reading and fitting. The flow table is made
once, into .build/bench. Peers that are not installed are left out, and it says so.

Prints Markdown, writes .build/bench/bench.json and the block `speed` of BENCHMARKS.md.
"""
import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

import block

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.path.join(block.ROOT, ".build", "bench")
REFERENCE = os.path.join(HERE, "reference")
FULL = 3_600_000  # the rows the goals are meant for
PACKETS = 600_000  # of the mixed capture
OPEN_FLOWS = 1_000_000


class Contestant:
    """a command and what its runs took"""

    def __init__(self, name, command, repeats=None, package=None, internal=False, rows=None, extra=False):
        self.name, self.command, self.repeats = name, command, repeats
        self.package = package
        self.internal = internal  # times itself, and prints JSON with `rows` and `cpu`
        self.extra = extra        # does less than the work asks for: no ratio
        self.cpu, self.wall, self.peak, self.rows = [], [], [], rows

    def installed(self):
        if self.package is None and os.sep not in self.command[0]:
            return shutil.which(self.command[0]) is not None
        try:
            return self.package is None or bool(importlib.metadata.version(self.package))
        except importlib.metadata.PackageNotFoundError:
            return False

    def run(self):
        started = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        if process.returncode != 0:
            raise SystemExit(f"exit {process.returncode}: {' '.join(self.command)}")
        self.wall.append(time.perf_counter() - started)
        self.peak.append(usage.ru_maxrss / 1024)
        if self.internal:
            answer = json.loads(output.splitlines()[-1])
            self.cpu += answer["cpu"]
            self.rows = answer["rows"]
        else:
            self.cpu.append(usage.ru_utime + usage.ru_stime)

    def record(self):
        return {"name": self.name, "cpu": self.cpu, "wall": self.wall, "peak_mib": max(self.peak), "rows": self.rows}


class Work:
    """one row of the table: us, the peers, and the goals"""

    def __init__(self, key, title, ahead, near, contestants, peer_then=None, in_rows=False, megabytes=None):
        self.key, self.title, self.ahead, self.near = key, title, ahead, near
        self.contestants = contestants
        self.peer_then = peer_then  # the best peer when the goals were set
        self.in_rows = in_rows      # figures are million rows per CPU second, else CPU seconds
        self.megabytes = megabytes  # limit of memory

    def measure(self, repeats):
        absent = [c.name for c in self.contestants if not c.installed()]
        if absent:
            print(f"{self.key}: not installed, left out: {', '.join(absent)}", file=sys.stderr)
        self.contestants = [c for c in self.contestants if c.installed()]
        for turn in range(repeats):
            for contestant in self.contestants:
                if contestant.repeats is None or turn < contestant.repeats:
                    contestant.run()
                    print(f"  {self.key}: {contestant.name}: {contestant.cpu[-1]:.3f} CPU s", file=sys.stderr)

    def figure(self, contestant, choose=statistics.median):
        seconds = choose(contestant.cpu)
        return contestant.rows / seconds / 1e6 if self.in_rows else seconds

    def reaches(self, figure, goal):
        return figure >= goal if self.in_rows else figure <= goal

    def level(self, figure):
        if self.reaches(figure, self.near):
            return "near the limit"
        return "ahead" if self.reaches(figure, self.ahead) else "**missed**"

    def judged(self):
        """figures, the ratio to the best peer, and which goal is reached"""
        ours = self.contestants[0]
        median = self.figure(ours)
        result = {"min": self.figure(ours, min), "median": median, "wall": min(ours.wall),
                  "peak_mib": max(ours.peak), "level": self.level(median), "peers": {}}
        for peer in self.contestants[1:]:
            result["peers"][peer.name] = self.figure(peer)
        same_job = {p.name: self.figure(p) for p in self.contestants[1:] if p.rows == ours.rows and not p.extra}
        if same_job:
            best = max(same_job.values()) if self.in_rows else min(same_job.values())
            result["ratio"] = median / best if self.in_rows else best / median
            if self.peer_then:
                # what our figure would be on the machine on which the goals were set
                result["level_by_ratio"] = self.level(
                    self.peer_then * (result["ratio"] if self.in_rows else 1 / result["ratio"]))
        if self.megabytes and result["peak_mib"] > self.megabytes:
            result["level"] = f"**missed** (over {self.megabytes} MiB)"
        return result


def contestants_of_primus(program, python, table):
    name = os.path.splitext(table)[1][1:]
    peers = os.path.join(REFERENCE, "peers_primus.py")
    return [
        Contestant("NTDS", [program, "analyze", table, "--classic", "--no-report", "--scores", "none", "--quiet",
                            "--out", os.path.join(WORK, f"primus-{name}")]),
        Contestant("numpy + pyarrow", [python, peers, "numpy", table], package="pyarrow"),
        Contestant("polars", [python, peers, "polars", table], package="polars"),
    ]


def works(options, python, tables, inputs):
    inner = os.path.join(WORK, "swift", "release", "ntds-bench")
    parquet, csv = tables
    size = f"{options.rows / 1e6:g} M rows x 87"

    def part(name, work, data, calls="3"):
        return Contestant(name, [inner, work, data, calls], internal=True)

    def peer(name, work, columns, calls="3", **more):
        script = os.path.join(REFERENCE, "peers_score.py")
        width = {"flows": "10", "columns": "20"}.get(columns, "9")
        return Contestant(name, [python, script, work, inputs[columns], width, calls], internal=True, **more)

    def plot(name, kind, flows, **more):
        return Contestant(
            name, [python, os.path.join(REFERENCE, "peers_plots.py"), kind, inputs["radar"],
                   os.path.join(WORK, f"radar-{kind}.png"), str(flows)],
            package="matplotlib", internal=True, repeats=1, **more)

    return [
        Work("primus-parquet", f"Primus from Parquet, {size}", 3.5, 1.5,
             contestants_of_primus(options.ntds, python, parquet), peer_then=7.2),
        Work("primus-csv", f"Primus from CSV ({os.path.getsize(csv) / 1e9:.2f} GB)", 5, 2,
             contestants_of_primus(options.ntds, python, csv), peer_then=12.6),
        Work("analyze", "whole `ntds analyze` from Parquet: default settings, figures, report", 20, 8,
             [Contestant("NTDS", [options.ntds, "analyze", parquet, "--quiet", "--out", os.path.join(WORK, "analyze")],
                         repeats=2)], megabytes=1536),
        Work("radar", "radar of 100,000 flows, 3.2 million pixels", 1.4, 0.2,
             [part("NTDS", "radar", inputs["radar"], os.path.join(WORK, "radar-ntds.png")),
              plot("matplotlib, one LineCollection", "collection", 100_000),
              plot("matplotlib, a line a flow (10,000 flows)", "original", 10_000)], peer_then=14.4),
        Work("classic", "classic score", 60, 150,
             [part("NTDS", "classic", inputs["lognormal"], "9"),
              peer("numpy", "numpy", "lognormal")], peer_then=15.7, in_rows=True),
        Work("default-flows", "default score with evidence, flow metrics of 80 applications", 0.5, 1,
             [part("NTDS", "flows", inputs["flows"], "1"),
              peer("PyOD HBOS (one part of four)", "hbos", "flows", package="pyod")],
             peer_then=3.7, in_rows=True),
        Work("default", "default score with evidence, nine independent log-normal columns", 0.5, 1,
             [part("NTDS", "default", inputs["lognormal"], "1"),
              peer("PyOD HBOS (one part of four)", "hbos", "lognormal", package="pyod")],
             peer_then=3.7, in_rows=True),
        Work("context", "live: nine metrics and 11 context counters, counted and scored with evidence, unvetted", 0.5, 1,
             [part("NTDS", "context", inputs["context"], "1"),
              peer("PyOD HBOS, its columns counted before", "hbos", "columns", package="pyod")],
             peer_then=3.7, in_rows=True),
        Work("context-benign", "the same, learnt from a confirmed benign period", 0.5, 1,
             [part("NTDS", "context-benign", inputs["context"], "1"),
              peer("PyOD HBOS, its columns counted before", "hbos", "columns", package="pyod")],
             peer_then=3.7, in_rows=True),
        Work("forest", "isolation forest, 100 trees", 2, 5,
             [part("NTDS", "forest", inputs["lognormal"]),
              peer("PyOD IForest", "iforest", "lognormal", "1", package="pyod", repeats=1)],
             peer_then=0.37, in_rows=True),
    ] + works_of_meter(options, python, inputs)


def works_of_meter(options, python, inputs):
    """metering a mixed capture: packets per CPU second, in millions"""
    capture = inputs.get("capture")
    if capture is None:
        print("meter: the shared captures are absent, left out", file=sys.stderr)
        return []

    def ntds(*flags):
        return Contestant("NTDS", [options.ntds, "meter", capture, "--threads", "1", "--quiet", "--out",
                                   os.path.join(WORK, "meter.csv"), *flags], rows=PACKETS)

    def nfstream(name, statistics_flag, dissections, repeats=2, **more):
        return Contestant(name, [python, os.path.join(REFERENCE, "nfstream_run.py"), capture, statistics_flag,
                                 dissections, "csv" if dissections != "0" else "iter",
                                 os.path.join(WORK, "nfstream.csv")],
                          package="nfstream", rows=PACKETS, repeats=repeats, **more)

    ceiling = Contestant("libpcap's loop alone", [inputs["pcaploop"], capture], rows=PACKETS, extra=True)
    reader = Contestant("ndpiReader without features", ["ndpiReader", "-i", capture, "-q"], rows=PACKETS, extra=True)
    size = f"{PACKETS // 1000} k packets"
    return [
        Work("meter", f"packets to the 84 features and CSV, {size}", 1.0, 2.5,
             [ntds("--labels", "none", "--columns", "cic-2018"),
              nfstream("nfstream with statistics", "1", "0"), ceiling], peer_then=0.101, in_rows=True),
        Work("meter-all", f"packets to all 152 columns and CSV, {size}", 1.0, 2.5,
             [ntds("--labels", "none"), nfstream("nfstream with statistics", "1", "0", repeats=1)],
             peer_then=0.101, in_rows=True),
        Work("meter-labels", f"packets to features, application labels and CSV, {size}", 0.8, 1.5,
             [ntds("--columns", "unicauca"), nfstream("nfstream with statistics and nDPI", "1", "20"), reader],
             peer_then=0.081, in_rows=True),
    ]


def open_flows(options, python):
    """what a million flows that are open at once take, by the meter's own count and by the system's"""
    capture = os.path.join(WORK, f"flood-{OPEN_FLOWS}.pcap")
    if not os.path.exists(capture):
        subprocess.run([python, os.path.join(REFERENCE, "make_flood.py"), capture, str(OPEN_FLOWS)], check=True)
    command = [options.ntds, "meter", capture, "--labels", "none", "--threads", "1", "--json",
               "--flow-limit", str(2 * OPEN_FLOWS), "--columns", "cic-2018", "--out", os.path.join(WORK, "flood.csv")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    answer = json.load(process.stdout)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or answer["openFlowsPeak"] < OPEN_FLOWS:
        raise SystemExit(f"flood: exit {process.returncode}, {answer['openFlowsPeak']} flows open")
    octets = answer["flowMemoryOctets"] / answer["openFlowsPeak"]
    goal = "near the limit" if octets <= 400 else "ahead" if octets <= 600 else "**missed**"
    return (f"State per live flow, {answer['openFlowsPeak']:,} flows open at once (`make_flood.py`, three packets each): "
            f"**{octets:.0f} octets** with index and pools, {answer['flowMemoryOctets'] / 1e6:.0f} MB "
            f"(goals: ≤ 600, ≤ 400 octets; {goal}); peak of the process {usage.ru_maxrss / 1024:.0f} MiB, "
            f"with the writer's rows; {3 * OPEN_FLOWS / (usage.ru_utime + usage.ru_stime) / 1e6:.2f} M packets per CPU s.")


def prepare(options, python):
    """the flow table and the other inputs, made where they are missing, and the timing program"""
    os.makedirs(WORK, exist_ok=True)
    stem = os.path.join(WORK, f"flows-{options.rows}")
    tables = [stem + ".parquet", stem + ".csv"]
    if not all(map(os.path.exists, tables)):
        print(f"making a flow table of {options.rows} rows", file=sys.stderr)
        subprocess.run([python, os.path.join(REFERENCE, "make_flows.py"), "--rows", str(options.rows),
                        "--seed", "1", "--out", os.path.join(WORK, "making")], check=True)
        for table in tables:
            os.replace(os.path.join(WORK, "making" + os.path.splitext(table)[1]), table)
    inputs = {}
    for kind, argument in (("radar", "100000"), ("lognormal", "1000000"), ("flows", tables[0])):
        label = str(options.rows) if kind == "flows" else argument
        inputs[kind] = os.path.join(WORK, f"{kind}-{label}.f64")
        if not os.path.exists(inputs[kind]):
            subprocess.run([python, os.path.join(REFERENCE, "inputs.py"), kind, inputs[kind], argument], check=True)
    inputs["context"] = os.path.join(WORK, "context-3-days.f64")
    inputs["columns"] = inputs["context"] + ".columns"  # the timing program leaves them there
    if not os.path.exists(inputs["context"]):
        campus = os.path.join(WORK, "campus.parquet")
        subprocess.run([options.ntds, "simulate", "campus", "--days", "3", "--attacks", "none", "--out", campus,
                        "--quiet"], check=True)
        subprocess.run([python, os.path.join(REFERENCE, "inputs.py"), "context", inputs["context"], campus], check=True)
        os.remove(campus)
    shared = os.path.join(block.ROOT, os.pardir, "shared", "data", "pcap")
    if os.path.isdir(shared):
        inputs["capture"] = os.path.join(WORK, f"mixed-{PACKETS}.pcap")
        if not os.path.exists(inputs["capture"]):
            subprocess.run([python, os.path.join(REFERENCE, "make_pcap.py"), "--out", inputs["capture"],
                            "--packets", str(PACKETS), shared], check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
        inputs["pcaploop"] = os.path.join(WORK, "pcaploop")
        subprocess.run(["clang", "-O2", "-o", inputs["pcaploop"], os.path.join(REFERENCE, "pcaploop.c"), "-lpcap"],
                       check=True)
    build = ["swift", "build", "--package-path", HERE, "--scratch-path", os.path.join(WORK, "swift"), "-c", "release"]
    build += os.environ.get("NTDS_BUILD_FLAGS", "").split()  # those of the program, from the Makefile
    if subprocess.run(build, stdout=sys.stderr).returncode != 0:
        raise SystemExit("the timing program in Benchmarks/ does not build")
    return tables, inputs


def machine():
    """one line on the processor, memory, versions and load, without names"""
    def of(path, key):
        with open(path) as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")

    def version(package):
        try:
            return f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            return None

    memory = int(of("/proc/meminfo", "MemTotal").split()[0]) / 2**20
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    packages = [v for v in map(version, ("numpy", "pyarrow", "polars", "matplotlib", "pyod", "scikit-learn")) if v]
    return (f"{of('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} processors, {memory:.0f} GiB, "
            f"{system}; {', '.join(packages)}; load average at the start {os.getloadavg()[0]:.1f}.")


def number(value):
    """three digits"""
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def markdown(done, memory, equality, about):
    parts = []
    for in_rows, unit in ((False, "CPU s"), (True, "M rows per CPU s")):
        rows = []
        for work in (w for w in done if w.in_rows == in_rows):
            judged = work.judged()
            sign = "≥" if in_rows else "≤"
            ratio = f"{number(judged['ratio'])}x" if "ratio" in judged else "–"
            level = judged["level"]
            if judged.get("level_by_ratio", level) != level:
                level += f" (by ratio: {judged['level_by_ratio']})"
            peers = "; ".join(f"{name} {number(value)}" for name, value in judged["peers"].items()) or "–"
            row = [work.title, f"{number(judged['min'])} / **{number(judged['median'])}**"]
            if not in_rows:
                row += [number(judged["wall"]), f"{judged['peak_mib']:.0f}"]
            rows.append(row + [peers, ratio, f"{sign} {work.ahead:g}", f"{sign} {work.near:g}", level])
        if rows:
            head = ["work", f"NTDS, {unit}: {'best' if in_rows else 'min'} / median"]
            head += [] if in_rows else ["wall s", "peak MiB"]
            parts.append(block.table(head + ["peers, median", "ratio", "ahead", "near the limit", "reached"], rows))
    if memory:
        parts.append(memory)
    if equality:
        parts.append("Equal to the reference (`--classic` against `primus_reference.py`):\n\n```\n" + equality + "\n```")
    return "\n\n".join(parts + [about])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--only", help="keys of the works, comma-separated")
    parser.add_argument("--no-equality", action="store_true", help="leave out the comparison with the reference")
    parser.add_argument("--no-write", action="store_true", help="leave BENCHMARKS.md as it is")
    parser.add_argument("--strict", action="store_true", help="exit 1 if a goal is missed")
    options = parser.parse_args()
    python = sys.executable
    tables, inputs = prepare(options, python)
    about = machine()
    chosen = works(options, python, tables, inputs)
    if options.only:
        keys = options.only.split(",")
        unknown = set(keys) - {w.key for w in chosen}
        if unknown:
            parser.error(f"no such work: {', '.join(sorted(unknown))}; there are {', '.join(w.key for w in chosen)}")
        chosen = [w for w in chosen if w.key in keys]
    for work in chosen:
        work.measure(options.repeats)
    memory = "" if options.only else open_flows(options, python)
    equality, equal = "", True
    if not options.no_equality:
        done = subprocess.run([python, os.path.join(HERE, "equality.py"), *tables, "--ntds", options.ntds],
                              stdout=subprocess.PIPE, text=True)
        equality, equal = done.stdout.strip(), done.returncode == 0
    text = markdown(chosen, memory, equality, about)
    print(text)
    with open(os.path.join(WORK, "bench.json"), "w") as file:
        json.dump({"rows": options.rows, "machine": about, "equality": equality, "works": [
            {"key": w.key, **w.judged(), "runs": [c.record() for c in w.contestants]} for w in chosen]}, file, indent=1)
    if options.rows == FULL and not options.only and not options.no_equality and not options.no_write:
        block.replace("speed", text)
    missed = [w.key for w in chosen if "missed" in w.judged()["level"]]
    if missed:
        print(f"goals missed: {', '.join(missed)}", file=sys.stderr)
    return 1 if not equal or (options.strict and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
