#!/usr/bin/env python3
"""Which planted attacks `ntds run` tells, how soon, and how often it is wrong.

    detection.py [--ntds PROGRAM] [--seeds 1,2,3] [--days 7] [--no-write]

Simulates weeks of a campus (`ntds simulate campus`), with all attacks and without any, watches them with
`ntds run`, and compares the threats with the ground truth. A threat is true if it is about an attacker, a target
of a flood, or a resolver that passes an attack's questions on, while the attack goes on or within a day after.
Delay counts from the attack's first flow. Writes the block `detection` of BENCHMARKS.md.
"""
import argparse
import datetime
import json
import os
import resource
import shutil
import subprocess
import time

import block

WORK = os.path.join(block.ROOT, ".build", "bench", "detection")
QUIET_GOAL = 2


def seconds(text):
    return datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp()


def watch(ntds, seed, days, attacks):
    """the threats, the ground truth, and what the run took"""
    folder = os.path.join(WORK, f"{attacks}-{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    table = os.path.join(folder, "week.parquet")
    subprocess.run([ntds, "simulate", "campus", "--seed", str(seed), "--days", str(days), "--attacks", attacks,
                    "--out", table, "--quiet"], check=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    run = subprocess.run([ntds, "run", table, table.replace(".parquet", ".events.jsonl"), "--quiet",
                          "--state", os.path.join(folder, "state")],
                         env=dict(os.environ, NTDS_LISTEN="off", NTDS_LOG_LEVEL="error"), capture_output=True, text=True)
    if run.returncode not in (0, 3):
        raise SystemExit(run.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = lambda path: [json.loads(line) for line in open(path)]
    threats = lines(os.path.join(folder, "state", "threats.jsonl"))
    truth = lines(table.replace(".parquet", ".attacks.jsonl"))
    os.remove(table)
    return threats, truth, {"cpu": cpu, "wall": time.monotonic() - began, "peak": after.ru_maxrss / 1024}


def belongs(threat, attack):
    name = threat["entity"]["name"]
    people = attack["attackers"] + attack.get("relays", [])
    if "flood" in attack["kind"]:
        people = people + attack["targets"]
    at = seconds(threat["time"])
    return name in people and seconds(attack["start"]) <= at <= seconds(attack["end"]) + 86_400


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    told, false, costs, quiet = {}, {}, [], {}
    for seed in seeds:
        threats, truth, cost = watch(options.ntds, seed, options.days, "all")
        costs.append(cost)
        for attack in truth:
            hits = [t for t in threats if belongs(t, attack) and t["model"] != "unusual-traffic"]
            weak = [t for t in threats if belongs(t, attack)]
            first = min((seconds(t["time"]) for t in hits or weak), default=None)
            delay = None if first is None else first - seconds(attack["start"])
            told.setdefault(attack["kind"], {})[seed] = (delay, bool(hits), (hits or weak or [{}])[0].get("confidence"))
        false[seed] = [t for t in threats if t["change"] == "raised" and not any(belongs(t, a) for a in truth)]
        quiet[seed] = [t for t in watch(options.ntds, seed, options.days, "none")[0] if t["change"] == "raised"]
        print(f"seed {seed}: {len(truth)} attacks, {sum(d[seed][0] is not None for d in told.values())} told, "
              f"{len(false[seed])} false; quiet week: {len(quiet[seed])} threats", flush=True)

    def cell(entry):
        delay, is_named, confidence = entry
        if delay is None:
            return "–"
        text = f"{delay:.0f} s" if delay < 120 else f"{delay / 60:.0f} min" if delay < 7200 else f"{delay / 3600:.1f} h"
        return text if is_named else f"({text})"

    text = "| attack | " + " | ".join(f"seed {seed}" for seed in seeds) + " |\n|---|" + "--:|" * len(seeds) + "\n"
    for kind, row in told.items():
        text += f"| {kind} | " + " | ".join(cell(row[seed]) for seed in seeds) + " |\n"
    text += "| **false threats a day** | " + " | ".join(f"{len(false[s]) / options.days:.2f}" for s in seeds) + " |\n"
    text += "| **threats in a quiet week** | " + " | ".join(str(len(quiet[s])) for s in seeds) + " |\n"
    flows = 2_000_000 / 7 * options.days
    text += (f"\nDelay from the attack's first flow to its first threat; in brackets where only *unusual traffic* was told; – not told. "
             f"{options.days} days of 50 machines, about {flows / 1e6:.1f} M flows: "
             f"{min(c['cpu'] for c in costs):.0f} to {max(c['cpu'] for c in costs):.0f} CPU s, "
             f"peak {max(c['peak'] for c in costs):.0f} MiB (goal for a quiet week: at most {QUIET_GOAL} threats).\n")
    wrong = [(s, t) for s in seeds for t in false[s]] + [(s, t) for s in seeds for t in quiet[s]]
    if wrong:
        text += "\nThe false ones:\n\n"
        for seed, threat in wrong[:20]:
            text += f"- seed {seed}: {threat['model']} by {threat['entity']['name']}: {threat['sentence'][:160]}\n"
    print(text)
    if not options.no_write:
        block.replace("detection", text)


if __name__ == "__main__":
    main()
