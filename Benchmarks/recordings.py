#!/usr/bin/env python3
"""What `ntds run` tells of recordings of real networks: those with known attacks, and hundreds of harmless ones.

    recordings.py [--ntds PROGRAM] [--no-write]

Every recording is watched by itself, from the beginning, with default settings save the inside networks where the
recording needs them named. Most last minutes, so that nothing is ever learnt: only what needs no baseline is told.
Writes the block `recordings` of BENCHMARKS.md.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile

import block

DATA = os.path.join(os.path.dirname(block.ROOT), "shared", "data")
CAPTURES = (".pcap", ".pcapng", ".cap", ".trace", ".dmp")

# Name, files, inside networks, settings of baselines, who does what, and why what is not told is not.
ATTACKS = [
    ("Slips, horizontal scan", ["logs/zeek/slips/port-scans/horizontal/conn.log"], "", "",
     "10.0.2.112, a bot, calls web servers from a list", ["10.0.2.112"], ""),
    ("Slips, vertical scan", ["logs/zeek/slips/port-scans/vertical/conn.log"], "", "",
     "192.168.1.9 scans the ports of a host", ["192.168.1.9"], ""),
    ("Slips test7, capture", ["pcap/attack/slips__test7-malicious.pcap"], "", "",
     "192.168.2.16, a worm, searches for Telnet and proxies", ["192.168.2.16"], ""),
    ("Slips test8, capture", ["pcap/attack/slips__test8-malicious.pcap"], "", "",
     "192.168.1.247 scans its network by ARP", ["192.168.1.247"], ""),
    ("Slips test-cc-capture-2, capture", ["pcap/attack/slips__test-cc-capture-2.pcap"], "147.32.0.0/16", "0s",
     "147.32.80.37 fetches a page every 3 seconds, for a minute", ["147.32.80.37"],
     ""),
    ("Slips test10, Zeek", ["logs/zeek/slips/test10-mixed-zeek-dir/conn.log",
                            "logs/zeek/slips/test10-mixed-zeek-dir/dns.log"], "", "",
     "192.0.2.10 and .33 scan", ["192.0.2.10", "192.0.2.33"], ""),
    ("Slips test9, Zeek", ["logs/zeek/slips/test9-mixed-zeek-dir/conn.log",
                           "logs/zeek/slips/test9-mixed-zeek-dir/dns.log"], "", "",
     "mixed traffic; the attacks are in certificates and downloads", [],
     "they are in the payload, which is not read"),
    ("Slips test14, Zeek", ["logs/zeek/slips/test14-malicious-zeek-dir/conn.log"], "", "",
     "five flows of a long log of HTTP and SMTP", [], "the log of connections has five flows, none of an attack"),
    ("Slips test2, Argus", ["logs/argus/slips/test2-malicious.binetflow"], "", "",
     "10.8.0.69, a telephone with an unwanted program", [],
     "one host alone has no others to compare with; its program talks like the rest, through TLS"),
    ("Slips test3, Argus", ["logs/argus/slips/test3-mixed.binetflow"], "147.32.0.0/16", "",
     "216.73.23.146 and 46.166.151.160 scan 147.32.0.0/16", ["216.73.23.146", "46.166.151.160"], ""),
    ("Slips test6, Suricata", ["logs/suricata/slips-test6.eve.first2500.json"], "", "",
     "193.46.255.92 scans a host slowly", ["193.46.255.92"], ""),
    ("Zeek nmap-vsn", ["pcap/zeek/more/nmap-vsn.pcap"], "", "", "192.168.1.71 scans its network by ARP, then hosts",
     ["192.168.1.71"], ""),
    ("nDPI synscan", ["pcap/ndpi/synscan.pcap"], "", "", "172.16.0.8 scans 1,000 ports", ["172.16.0.8"], ""),
]


def watch(ntds, files, inside="", learning="", folder=None):
    """exit status, threats, and the evidence that was weighed"""
    state = tempfile.mkdtemp(dir=folder)
    env = dict(os.environ, NTDS_LISTEN="off", NTDS_LOG_LEVEL="debug", NTDS_LOG_FORMAT="json")
    settings = []
    if inside:
        path = os.path.join(state, "settings.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"networks:\n  inside: [{inside}]\n")
        settings = ["--config", path]
    if learning:
        env["NTDS_BASELINES_LEARNING"] = learning
    run = subprocess.run([ntds, "run", *files, *settings, "--state", os.path.join(state, "state"), "--quiet"],
                         env=env, capture_output=True, text=True, errors="replace", timeout=300)
    threats = []
    path = os.path.join(state, "state", "threats.jsonl")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            threats = [json.loads(line) for line in file]
    evidence = []
    for line in run.stderr.splitlines():
        if '"evidence"' in line:
            evidence.append(json.loads(line))
    shutil.rmtree(state)
    return run.returncode, threats, evidence


def attacks(ntds):
    rows = []
    for name, files, inside, learning, truth, actors, why in ATTACKS:
        paths = [os.path.join(DATA, file) for file in files]
        if not all(os.path.exists(path) for path in paths):
            print(f"absent: {name}")
            continue
        status, threats, evidence = watch(ntds, paths, inside, learning)
        told = {threat["entity"]["name"]: threat for threat in threats}
        missing = [actor for actor in actors if actor not in told]
        others = [host for host in told if host not in actors]
        words = "; ".join(f"{told[a]['model']} by {a} ({told[a]['confidence']:.2f})" for a in actors if a in told)
        if missing:
            kinds = sorted({e.get("kind", "") for e in evidence})
            words = "; ".join(filter(None, [words, "not told"])) + (f" (evidence: {', '.join(kinds)})" if kinds else "")
        rows.append([name, truth, words or "nothing", why + (f" besides: {', '.join(others)}" if others else "")])
        print(f"{name}: {words or 'nothing'} {others}", flush=True)
    return rows


def harmless(ntds):
    known = {file for attack in ATTACKS for file in attack[1]}
    count, refused, told = 0, 0, []
    for folder, folders, files in sorted(os.walk(os.path.join(DATA, "pcap"))):
        folders.sort()
        if "attack" in folder or "broken" in folder:
            continue
        for file in sorted(files):
            path = os.path.join(folder, file)
            name = os.path.relpath(path, DATA)
            if not file.endswith(CAPTURES) or name in known:
                continue
            status, threats, _ = watch(ntds, [path])
            count += 1
            refused += status == 1
            if status not in (0, 1, 3):
                raise SystemExit(f"{name}: exit status {status}")
            if threats:
                told.append((name, threats[-1]))
                print(f"{name}: {threats[-1]['sentence']}", flush=True)
    return count, refused, told


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    if not os.path.isdir(DATA):
        raise SystemExit("the shared recordings are absent")
    text = "| recording | truth | told | remark |\n|---|---|---|---|\n"
    for row in attacks(options.ntds):
        text += "| " + " | ".join(row) + " |\n"
    count, refused, told = harmless(options.ntds)
    text += (f"\nOf {count} other captures (tests of protocols, applications and meters; {refused} of them have nothing "
             f"that can be read) {len(told)} had a threat told:\n\n")
    for name, threat in told:
        sentence = re.sub(r"\s+", " ", threat["sentence"])[:170]
        text += f"- `{name}`: {threat['model']}, {threat['confidence']:.2f}: {sentence}\n"
    print(text)
    if not options.no_write:
        block.replace("recordings", text)


if __name__ == "__main__":
    main()
