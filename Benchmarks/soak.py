#!/usr/bin/env python3
"""Whether `ntds run` stays small and quick when it runs and runs.

    soak.py [--ntds PROGRAM] [--minutes 60] [--rate 100000] [--million 1000000] [--paced-minutes 4] [--no-write]

Three runs on connection logs as Zeek writes them:
  soak     an hour of flows of 2,000 machines at 100,000 a minute, as fast as they are taken, with models fitted
           every ten minutes: resident memory over time
  hostile  a million flows, each from a host of its own to another with a name of its own looked up: peak memory
  paced    some minutes at the same rate in real time into a watched folder, with port scans among them: the time
           from a flow's end to the line of the threat it completes
Writes the block `soak` of BENCHMARKS.md. Exit status 1 if a goal is missed.
"""
import argparse
import datetime
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

import block

WORK = os.path.join(block.ROOT, ".build", "bench", "soak")
LIMIT = 500  # MB, resident
NEAR = 250
SLOPE = 10   # MB an hour of event time, after warm-up
DELAY = 1.0  # seconds, 99th percentile
BEGIN = 1_700_000_000

CONN = ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
        "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\t"
        "conn_state\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n"
        "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tcount\tstring\t"
        "count\tcount\tcount\tcount\n")
DNS = ("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
       "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype\tqtype_name\trcode\trcode_name\n"
       "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tcount\tstring\tcount\tstring\n")
SERVICES = [("tcp", "ssl", 443, 45), ("udp", "dns", 53, 30), ("tcp", "http", 80, 8), ("udp", "ntp", 123, 4),
            ("tcp", "ssh", 22, 2), ("tcp", "smtp", 25, 2), ("udp", "quic", 443, 7), ("tcp", "smb", 445, 2)]


class Traffic:
    """lines of conn.log of many machines that do what they always do"""

    def __init__(self, seed, hosts=2000):
        self.random = random.Random(seed)
        self.hosts = [f"10.{i >> 8}.{i & 255}.{7}" for i in range(hosts)]
        self.peers = {}
        for proto, service, port, _ in SERVICES:
            count = 4 if service in ("dns", "ntp", "smb") else 20_000
            self.peers[service] = [self.address(service, i) for i in range(count)]
        self.choices = [s for s in SERVICES for _ in range(s[3])]
        self.number = 0

    def address(self, service, i):
        if service in ("dns", "smb"):
            return f"10.200.0.{i + 1}"
        return f"{self.random.randrange(20, 120)}.{i >> 8 & 255}.{i & 255}.{self.random.randrange(1, 255)}"

    def line(self, end):
        """a flow that ends then"""
        draw = self.random.random
        proto, service, port, _ = self.choices[int(draw() * len(self.choices))]
        # few hosts and peers do most, as everywhere
        host = self.hosts[int(len(self.hosts) * draw() ** 2)]
        peers = self.peers[service]
        peer = peers[int(len(peers) * draw() ** 4)]
        self.number += 1
        lasting = 0.01 + 3 * draw() ** 6
        sent, got = int(100 + 4000 * draw() ** 4), int(200 + 90_000 * draw() ** 8)
        if service in ("dns", "ntp"):
            sent, got = 30 + sent % 40, 48 + got % 200
        state, history = ("SF", "ShADadFf") if proto == "tcp" else ("SF", "Dd")
        return (f"{end - lasting:.6f}\tC{self.number}\t{host}\t{1024 + int(64000 * draw())}\t{peer}\t{port}\t{proto}\t{service}\t"
                f"{lasting:.6f}\t{sent}\t{got}\t{state}\t0\t{history}\t{2 + sent // 1000}\t{sent + 80}\t{2 + got // 1400}\t{got + 80}\n")


def megabytes(pid, key="VmRSS"):
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith(key):
                    return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return None


def settings(name, **baselines):
    path = os.path.join(WORK, f"{name}.yaml")
    words = ", ".join(f"{key}: {value}" for key, value in baselines.items())
    with open(path, "w") as file:
        file.write(f"listen: off\nlog: {{level: error}}\nbaselines: {{{words}}}\n")
    return path


def run(ntds, name, arguments, sample):
    """runs to the end; `sample` is called with the process every quarter of a second"""
    state = os.path.join(WORK, f"{name}-state")
    shutil.rmtree(state, ignore_errors=True)
    process = subprocess.Popen([ntds, "run", *arguments, "--quiet", "--state", state], stdout=subprocess.DEVNULL)
    waiter = {}

    def wait():
        waiter["status"], waiter["usage"] = os.wait4(process.pid, 0)[1:]

    thread = threading.Thread(target=wait)
    thread.start()
    while thread.is_alive():
        sample(process)
        thread.join(0.25)
    process.returncode = os.waitstatus_to_exitcode(waiter["status"])
    if process.returncode not in (0, -2):
        raise SystemExit(f"{name}: exit {process.returncode}")
    usage = waiter["usage"]
    return state, usage.ru_maxrss * 1024 / 1e6, usage.ru_utime + usage.ru_stime


def soak(options):
    """peak in MB, slope in MB an hour of event time over its second half, flows a CPU second"""
    paths, traffic = [], Traffic(1)
    step = 60 / options.rate
    for minute in range(options.minutes):
        path = os.path.join(WORK, f"conn.{minute:04d}.log")
        with open(path, "w") as file:
            file.write(CONN)
            begin = BEGIN + 60 * minute
            file.writelines(traffic.line(begin + step * i) for i in range(options.rate))
        paths.append(path)
    samples = []

    def sample(process):
        resident = megabytes(process.pid)
        if resident is None:
            return
        try:  # how far it is: the file that it has open
            open_files = [os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")]
        except OSError:
            return
        minutes = [int(os.path.basename(f).split(".")[1]) for f in open_files if "/conn." in f]
        if minutes:
            samples.append((max(minutes), resident))

    config = settings("soak", learning="5m", minimum_flows=500, refit="10m")
    with open(config, "a") as file:  # one source, file after file
        file.write("sources: [{name: hour, files: [" + ", ".join(f"'{path}'" for path in paths) + "]}]\n")
    state, peak, cpu = run(options.ntds, "soak", ["--config", config], sample)
    for path in paths:
        os.remove(path)
    threats = sum(1 for _ in open(os.path.join(state, "threats.jsonl")))
    shutil.rmtree(state)
    late = [(m, mb) for m, mb in samples if m >= options.minutes / 2]
    slope = 60 * statistics.linear_regression(*zip(*late)).slope if len({m for m, _ in late}) > 1 else 0.0
    flows = options.minutes * options.rate
    tens = {}
    for minute, resident in samples:
        tens.setdefault(minute // 10 * 10, []).append(resident)
    return {"peak": peak, "slope": slope, "rate": flows / cpu, "flows": flows, "threats": threats,
            "course": {minute: max(values) for minute, values in sorted(tens.items())}}


def hostile(options):
    """peak in MB of a million of everything"""
    conn, dns = os.path.join(WORK, "hostile.conn.log"), os.path.join(WORK, "hostile.dns.log")
    draw = random.Random(5).random
    with open(conn, "w") as flows, open(dns, "w") as names:
        flows.write(CONN)
        names.write(DNS)
        for i in range(options.million):
            now = BEGIN + i / 500
            inside = f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"
            outside = f"{20 + (i >> 16 & 127)}.{i >> 8 & 255}.{i & 255}.9"
            flows.write(f"{now:.6f}\tC{i}\t{inside}\t{1024 + i % 60000}\t{outside}\t{1 + i % 65535}\ttcp\t-\t{draw():.3f}\t"
                        f"{int(draw() * 9e5)}\t{int(draw() * 9e6)}\tSF\t0\tShADadFf\t9\t990\t9\t990\n")
            names.write(f"{now:.6f}\tD{i}\t{inside}\t5353\t10.200.0.1\t53\tudp\tw{i:x}.n{i}.example\t1\tA\t3\tNXDOMAIN\n")
    config = settings("hostile", learning="5m", minimum_flows=500, refit="10m")
    state, peak, cpu = run(options.ntds, "hostile", ["--config", config, conn, dns], lambda process: None)
    shutil.rmtree(state)
    os.remove(conn)
    os.remove(dns)
    return {"peak": peak, "rate": 2 * options.million / cpu}


def paced(options):
    """delays in seconds from the end of the flow that completes a scan to the threat's line"""
    folder = os.path.join(WORK, "spool")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    traffic, delays, told = Traffic(2), [], {}
    log = open(os.path.join(folder, "conn.log"), "w")
    log.write(CONN)
    log.flush()
    stop = threading.Event()
    lags = []

    def write():
        begin = time.time()
        written = scans = 0
        while time.time() - begin < 60 * options.paced_minutes:
            now = time.time()
            due = int((now - begin) * options.rate / 60)
            lines = [traffic.line(now) for _ in range(due - written)]
            written = due
            # each half second another host begins to try the ports of a server, forty a second
            first = max(0, int((now - begin) * 2) - 8)
            for scan in range(first, int((now - begin) * 2)):
                port = int((now - begin - scan / 2) * 40)
                lines += [f"{now:.6f}\tS{scan}\t10.77.{scan >> 8}.{scan & 255}\t50000\t10.201.0.9\t{p + 1}\ttcp\t-\t0.000000\t0\t0\t"
                          "REJ\t0\tSr\t1\t60\t1\t40\n" for p in range(max(0, port - 1), port + 1)]
            log.writelines(lines)
            log.flush()
            lags.append(time.time() - now)
            stop.wait(0.02)
        stop.set()

    writer = threading.Thread(target=write)
    resident = []

    def sample(process):
        if stop.is_set():
            return
        if not writer.is_alive():
            writer.start()
        path = os.path.join(WORK, "paced-state", "threats.jsonl")
        position = 0
        while not stop.is_set():
            if os.path.exists(path) and os.path.getsize(path) > position:
                with open(path) as file:
                    file.seek(position)
                    text = file.read()
                seen = time.time()
                whole = text.rfind("\n") + 1
                position += len(text[:whole].encode())
                for line in text[:whole].splitlines():
                    threat = json.loads(line)
                    at = datetime.datetime.fromisoformat(threat["time"][:26].rstrip("Z") + "+00:00").timestamp()
                    delays.append(seen - at)
                    told[threat["entity"]["name"]] = True
            resident.append(megabytes(process.pid) or 0)
            time.sleep(0.002)
        process.send_signal(2)

    yaml = settings("paced", learning="1m", minimum_flows=500, refit="1m")
    with open(yaml, "a") as file:
        file.write(f"sources: [{{folder: '{folder}'}}]\n")
    _, peak, cpu = run(options.ntds, "paced", ["--config", yaml], sample)
    writer.join()
    shutil.rmtree(folder)
    delays.sort()
    return {"threats": len(delays), "hosts": len(told), "peak": peak, "cpu": cpu / (60 * options.paced_minutes),
            "p50": delays[len(delays) // 2] if delays else None,
            "p99": delays[min(len(delays) - 1, int(len(delays) * 0.99))] if delays else None,
            "worst": delays[-1] if delays else None, "lag": max(lags)}


def level(megabytes):
    return "near the limit" if megabytes < NEAR else "ahead" if megabytes < LIMIT else "**missed**"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--rate", type=int, default=100_000)
    parser.add_argument("--million", type=int, default=1_000_000)
    parser.add_argument("--paced-minutes", type=float, default=4)
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    rows, good = [], True
    if options.paced_minutes > 0:
        real = paced(options)
        print(f"paced: {real}", flush=True)
        is_quick = real["p99"] is not None and real["p99"] < DELAY
        good &= is_quick
        rows.append([f"flow end to threat, 99th percentile, {options.rate:,} flows/min in real time", f"**{real['p99']:.2f} s**",
                     f"median {real['p50']:.2f} s, worst {real['worst']:.2f} s of {real['threats']} threats; "
                     f"{real['cpu']:.0%} of a processor, peak {real['peak']:.0f} MB", "< 1 s",
                     "reached" if is_quick else "**missed**"])
    if options.minutes > 0:
        hour = soak(options)
        print(f"soak: {hour}", flush=True)
        is_flat = hour["slope"] < SLOPE
        good &= is_flat and hour["peak"] < LIMIT
        course = ", ".join(f"{value:.0f}" for value in hour["course"].values())
        rows.append([f"{options.minutes} min of event time at {options.rate:,} flows/min: peak", f"**{hour['peak']:.0f} MB**",
                     f"by ten minutes: {course} MB; {hour['rate'] / 1000:.0f} k flows a CPU s; {hour['threats']} threat lines",
                     f"< {LIMIT}, near < {NEAR}", level(hour["peak"])])
        rows.append(["growth over its second half", f"**{hour['slope']:.1f} MB/h**", "", f"< {SLOPE}", "flat" if is_flat else "**grows**"])
    if options.million > 0:
        flood = hostile(options)
        print(f"hostile: {flood}", flush=True)
        good &= flood["peak"] < LIMIT
        rows.append([f"{options.million:,} hosts, pairs and names, each once: peak", f"**{flood['peak']:.0f} MB**",
                     f"{flood['rate'] / 1000:.0f} k observations a CPU s", f"< {LIMIT}, near < {NEAR}", level(flood["peak"])])
    text = block.table(["what", "measured", "also", "goal", "reached"], rows)
    print(text)
    if not options.no_write:
        block.replace("soak", text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
