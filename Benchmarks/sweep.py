"""Meters every capture there is in every mode with labels: no crash, no hang, bounded memory.

Each run is a process of its own. The exit status may be 0 (done), 1 (not a capture) or 3 (done, but the
input was damaged or lost); more than 100 ms a packet beside the start counts as a hang.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODES = ["corrected", "unicauca", "cic-2018", "cic-head"]
SUFFIXES = (".pcap", ".pcapng", ".cap", ".pcap.gz")
STATUSES = (0, 1, 3)
MEMORY_MIB = 300
# What a run may take before its first packet, on a machine that does other things too.
START_SECONDS = 5.0


def captures(folder):
    """all captures below a folder, and the broken ones"""
    found = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
             if name.endswith(SUFFIXES)]
    broken = [path for path in found if "/broken-files/" in path]
    return sorted(set(found) - set(broken)) + sorted(broken)


class Run:
    """one capture metered in one mode"""

    def __init__(self, ntds, capture, mode, labels):
        self.capture, self.mode = capture, mode
        begin = time.monotonic()
        command = [ntds, "meter", capture, "--mode", mode, "--labels", labels, "--out", "/dev/null", "--json"]
        # Spawned anew for each run, so that the memory of one process is told apart from that of the next.
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            output = process.stdout.read()
            self.error = process.stderr.read().decode(errors="replace")
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.status = process.returncode
        self.memory = usage.ru_maxrss / 1024
        summary = json.loads(output) if output.startswith(b"{") else {}
        self.packets, self.flows = summary.get("packets", 0), summary.get("flows", 0)

    def faults(self):
        if self.status not in STATUSES:
            yield f"status {self.status}: {self.error.strip()[-200:]}"
        if self.seconds > START_SECONDS + 0.1 * self.packets:
            yield f"{self.seconds:.1f} s for {self.packets} packets"
        if self.memory > MEMORY_MIB:
            yield f"{self.memory:.0f} MiB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ntds", default=os.path.join(ROOT, ".build/release/ntds"))
    parser.add_argument("--folder", default=os.path.join(ROOT, "../shared/data/pcap"))
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--labels", default="ndpi", choices=["ndpi", "none"])
    parser.add_argument("--every", type=int, default=1, help="take one capture of so many")
    parser.add_argument("--first", type=int, default=0, help="the first of them, from 0")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    files = captures(options.folder)[options.first::options.every]
    if not files:
        sys.exit(f"sweep: {options.folder}: no captures there: name a folder with --folder")
    begin = time.monotonic()
    work = [(file, mode) for file in files for mode in options.modes.split(",")]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(lambda job: Run(options.ntds, *job, options.labels), work))
    faults = 0
    for run in runs:
        for fault in run.faults():
            faults += 1
            print(f"{run.capture} in {run.mode}: {fault}")
    for mode in options.modes.split(","):
        some = [run for run in runs if run.mode == mode]
        statuses = collections.Counter(run.status for run in some)
        print(f"{mode}: {len(some)} captures, {sum(run.packets for run in some)} packets, "
              f"{sum(run.flows for run in some)} flows; status "
              + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
              + f"; {sum(run.cpu for run in some):.0f} CPU s, longest {max(run.seconds for run in some):.2f} s; "
              f"peak {max(run.memory for run in some):.0f} MiB")
    print(f"{len(runs)} runs in {time.monotonic() - begin:.0f} s, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
