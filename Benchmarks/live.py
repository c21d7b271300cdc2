#!/usr/bin/env python3
"""The highest rate at which `ntds meter` captures live without loss, and whether drops are counted.

    live.py [--capture FILE] [--seconds 5] [--rates 50000,100000,...] [--buffer 64] [--ntds PROGRAM] [--no-write]

Two network namespaces are joined by a veth pair. tcpreplay sends a capture through it at rising
rates, at last as fast as it can; at each rate, without and with labels, `ntds meter` captures,
records (--write-pcap) and writes flows. A run is lossless if every frame sent was delivered. At every
rate the flows are compared with those metered from the recording, and sent is compared with
delivered + dropped. One more run stops the meter for a second (SIGSTOP) with a ring of 1 MiB, so that
there are drops to count.

Needs root, ip and tcpreplay (Tools/setup.sh --test). Prints Markdown, writes .build/bench/live.json and
the block `live` of BENCHMARKS.md.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

import block

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = os.path.join(block.ROOT, ".build", "bench")
RATES = "25000,50000,100000,150000,200000,300000,400000,600000"


class Link:
    """two namespaces and the pair of interfaces between them, while the block lasts"""

    def __init__(self):
        self.sender = f"ntds-bench-{os.getpid()}"
        self.receiver = self.sender + "r"

    def __enter__(self):
        for name in (self.sender, self.receiver):
            subprocess.run(["ip", "netns", "add", name], check=True)
            # No neighbour discovery: nothing but what is replayed.
            subprocess.run(self.inside(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                                       "net.ipv6.conf.default.disable_ipv6=1"), check=True)
        subprocess.run(["ip", "-n", self.sender, "link", "add", "out0", "type", "veth",
                        "peer", "name", "in0", "netns", self.receiver], check=True)
        for name, interface in ((self.sender, "out0"), (self.receiver, "in0")):
            subprocess.run(["ip", "-n", name, "link", "set", interface, "mtu", "65535", "up"], check=True)
        return self

    def __exit__(self, *_):
        for name in (self.sender, self.receiver):
            subprocess.run(["ip", "netns", "del", name], check=False)

    @staticmethod
    def inside(name, *command):
        return ["ip", "netns", "exec", name, *command]


def backlog_drops():
    """frames that the machine dropped before any capture could see them"""
    with open("/proc/net/softnet_stat") as file:
        return sum(int(line.split()[1], 16) for line in file)


def replay(link, capture, rate, count):
    """sends `count` frames; returns frames sent and frames per second"""
    speed = ["--topspeed"] if rate is None else ["--pps", str(rate)]
    done = subprocess.run(link.inside(link.sender, "tcpreplay", "-q", "-K", "-i", "out0", "--loop", "0",
                                      "--limit", str(count), *speed, capture),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sent = re.search(r"Successful packets: +(\d+)", done.stdout)
    seconds = re.search(r"Actual: \d+ packets \(\d+ bytes\) sent in ([\d.]+) seconds", done.stdout)
    if not sent or not seconds:
        raise SystemExit(f"tcpreplay: {done.stdout}")
    return int(sent[1]), int(sent[1]) / max(float(seconds[1]), 1e-3)


def rows(path):
    with open(path, encoding="utf-8") as file:
        return sorted(file.readlines()[1:])


def measure(options, link, rate, labels, stall=False):
    """one run; `stall` stops the meter for a second while its ring is small"""
    flows, recording = (os.path.join(WORK, name) for name in ("live.csv", "live.pcapng"))
    for path in (flows, recording):
        if os.path.exists(path):
            os.remove(path)
    before = backlog_drops()
    meter = subprocess.Popen(
        link.inside(link.receiver, options.ntds, "meter", "in0", "--out", flows, "--write-pcap", recording,
                    "--labels", labels, "--buffer", "1" if stall else str(options.buffer), "--json"),
        stdout=subprocess.PIPE, text=True)
    while not os.path.exists(flows + ".partial"):  # made when the interface is open
        if meter.poll() is not None:
            raise SystemExit(f"ntds meter: exit {meter.returncode}")
        time.sleep(0.01)
    if stall:
        meter.send_signal(signal.SIGSTOP)
    count = int(options.seconds * (rate or 400_000))
    sent, reached = replay(link, options.capture, rate, min(count, 20_000) if stall else count)
    if stall:
        meter.send_signal(signal.SIGCONT)
    meter.send_signal(signal.SIGINT)
    summary = json.loads(meter.communicate()[0])
    interface = summary["interfaces"][0]
    again = os.path.join(WORK, "live-again.csv")
    subprocess.run([options.ntds, "meter", recording, "--labels", labels, "--out", again, "--quiet"], check=True)
    return {
        "rate": rate, "reached": reached, "labels": labels, "stalled": stall, "sent": sent,
        "delivered": interface["delivered"], "dropped": interface["droppedByKernel"],
        "backlog": backlog_drops() - before, "flows": summary["flows"],
        "equal": rows(flows) == rows(again), "exit": meter.returncode,
    }


def complete(run):
    """whether every frame sent is accounted for"""
    return run["sent"] == run["delivered"] + run["dropped"] + run["backlog"]


def lossless(run):
    return run["sent"] == run["delivered"]


def figure(rate):
    return "as fast as it can" if rate is None else f"{rate:,}"


def markdown(runs, options, loads):
    parts = []
    for labels, words in (("none", "without labels"), ("ndpi", "with labels")):
        chosen = [r for r in runs if r["labels"] == labels and not r["stalled"]]
        # Rates above the first loss do not count, even if luck let one of them through.
        good = []
        for run in sorted(chosen, key=lambda r: r["reached"]):
            if not lossless(run):
                break
            good.append(run)
        best = f"{max(r['reached'] for r in good):,.0f} packets/s" if good else "none"
        if len(good) == len(chosen):
            best += ", the most that the sender gave: no drops began"
        parts.append(f"Highest lossless rate {words}: **{best}**.")
    head = ["asked, packets/s", "labels", "sent at, packets/s", "sent", "delivered", "dropped by the ring",
            "dropped before it", "sent − delivered − dropped", "flows equal those of the recording"]
    table = [[figure(r["rate"]) + (" (meter stopped)" if r["stalled"] else ""), r["labels"], f"{r['reached']:,.0f}",
              f"{r['sent']:,}", f"{r['delivered']:,}", f"{r['dropped']:,}", f"{r['backlog']:,}",
              f"{r['sent'] - r['delivered'] - r['dropped'] - r['backlog']:,}",
              f"yes, {r['flows']:,}" if r["equal"] else "**no**"] for r in runs]
    parts.append(block.table(head, table))
    busy = max(loads) > len(os.sched_getaffinity(0)) * 0.25
    parts.append(f"{len(os.sched_getaffinity(0))} processors for sender, meter and recording together; ring of "
                 f"{options.buffer} MiB; load average before the runs {loads[0]:.1f}"
                 + (": **the machine was busy with other things; a quiet one does better.**" if busy else "."))
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--capture", default=os.path.join(WORK, "mixed-600000.pcap"),
                        help="what is replayed: the mixed capture of bench.py, else one of `ntds simulate packets`")
    parser.add_argument("--seconds", type=float, default=5, help="of sending at each rate")
    parser.add_argument("--rates", default=RATES)
    parser.add_argument("--buffer", type=int, default=64, help="MiB of the ring")
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--no-write", action="store_true", help="leave BENCHMARKS.md as it is")
    options = parser.parse_args()
    os.makedirs(WORK, exist_ok=True)
    if not os.path.exists(options.capture):
        options.capture = os.path.join(WORK, "live-sent.pcap")
        subprocess.run([options.ntds, "simulate", "packets", "--out", options.capture, "--quiet"], check=True)
    loads, runs = [os.getloadavg()[0]], []
    with Link() as link:
        for labels in ("none", "ndpi"):
            for rate in [int(text) for text in options.rates.split(",")] + [None]:
                runs.append(measure(options, link, rate, labels))
                run = runs[-1]
                print(f"  {labels} {figure(rate)}: {run}", file=sys.stderr)
                if rate is not None and run["reached"] < 0.8 * rate:
                    break  # the sender is at its end
        runs.append(measure(options, link, 20_000, "none", stall=True))
    text = markdown(runs, options, loads)
    print(text)
    with open(os.path.join(WORK, "live.json"), "w") as file:
        json.dump({"load": loads, "runs": runs}, file, indent=1)
    if not options.no_write:
        block.replace("live", text)
    wrong = [r for r in runs if not complete(r) or not r["equal"] or r["exit"] != 0]
    for run in wrong:
        print(f"wrong: {run}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
