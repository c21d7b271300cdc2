#!/usr/bin/env python3
"""Checks that `ntds analyze --classic` equals reference/primus_reference.py on a flow table.

    equality.py FLOWS.parquet|FLOWS.csv... [--ntds PROGRAM] [--work DIR]

With the mean and the maximum strategy. Count, threshold, mode, median, min, max, tiers and their
thresholds, ranking: exact. Mean and standard deviation: 1e-12 relative. Scores: 1e-12 relative, and
how many differ at all. Prints a line a run; exit status 1 if anything differs.
"""
import argparse
import csv
import math
import os
import subprocess
import sys

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks", "reference"))
import primus_reference as primus

TOLERANCE = 1e-12


class Differences:
    def __init__(self):
        self.count = 0
        self.first = []

    def add(self, what, ours, theirs):
        self.count += 1
        if len(self.first) < 5:
            self.first.append(f"{what}: {ours} instead of {theirs}")

    def exact(self, what, ours, theirs):
        if ours != theirs:
            self.add(what, ours, theirs)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def compare_ranking(out, population, found):
    ours = rows(os.path.join(out, "ranking.csv"))
    theirs = population.ranking()
    found.exact("applications", len(ours), len(theirs))
    for a, b in zip(ours, theirs):
        name = f"ranking {b['proto']}"
        found.exact(name, (int(a["rank"]), a["application"], int(a["count"]), int(a["inverse_likelihood"])),
                    (b["rank"] + 1, b["proto"], b["count"], b["inv_likelihood"]))
        for column, reference in (("share", "percentage"), ("cumulative_share", "cumulative_pct")):
            if not math.isclose(float(a[column]), b[reference] / 100, rel_tol=TOLERANCE):
                found.add(f"{name} {column}", a[column], b[reference] / 100)


def compare_statistics(out, statistics, found):
    """the largest relative difference of a mean or standard deviation"""
    worst = 0.0
    ours = {(r["application"], r["metric"]): r for r in rows(os.path.join(out, "statistics.csv"))}
    theirs = {(p, m): s for p, of in statistics.items() for m, s in of.items()}
    found.exact("rows of statistics.csv", set(ours), set(theirs))
    for key in ours.keys() & theirs.keys():
        for column, value in theirs[key].items():
            mine = float(ours[key][column])
            if mine == value:
                continue
            difference = abs(mine - value) / max(abs(mine), abs(value))
            if column in ("mean", "std"):
                worst = max(worst, difference)
            if column not in ("mean", "std") or difference > TOLERANCE:
                found.add(f"{key[0]} {key[1]} {column}", mine, value)
    return worst


def compare_tiers(out, scores, found):
    ours = {(r["application"], int(r["tier"])): r for r in rows(os.path.join(out, "tiers.csv"))}
    for name, scored in scores.items():
        for tier, (events, threshold) in enumerate(scored["thresholds"], start=1):
            row = ours.pop((name, tier), None)
            if events == 0:
                found.exact(f"{name} tier {tier} exists", row is None or int(row["events"]) == 0, True)
            elif row is None:
                found.add(f"{name} tier {tier}", "nothing", threshold)
            else:
                found.exact(f"{name} tier {tier}", (int(row["events"]), float(row["threshold"])), (events, threshold))
    found.exact("tiers of applications that are not scored", sorted(ours), [])


def compare_scores(out, population, scores, found):
    """how many scores differ in any bit, and by how much"""
    import pyarrow.parquet as parquet
    table = parquet.read_table(
        os.path.join(out, "scores.parquet"), columns=["row", "classic_score", "classic_tier"])
    row = table["row"].to_numpy()
    score = table["classic_score"].to_numpy(zero_copy_only=False).astype(float)
    tier = table["classic_tier"].fill_null(-1).to_numpy(zero_copy_only=False)
    place = np.full(population.rows_in, -1)
    place[row] = np.arange(len(row))
    found.exact("rows of scores.parquet", len(row), len(population.row))
    scored = 0
    different, worst = 0, 0.0
    for name, expected in scores.items():
        at = place[population.row[population.group[name]]]
        if (at < 0).any():
            found.add(f"{name}: rows without a score", int((at < 0).sum()), 0)
            continue
        scored += len(at)
        unequal = score[at] != expected["score"]
        different += int(unequal.sum())
        if unequal.any():
            a, b = score[at][unequal], expected["score"][unequal]
            worst = max(worst, float(np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))))
        wrong = int((tier[at] != expected["tier"]).sum())
        if wrong:
            found.add(f"{name}: classic tiers that differ", wrong, 0)
    if worst > TOLERANCE or math.isnan(worst):
        found.add("largest difference of a score", worst, TOLERANCE)
    found.exact("rows with a classic score", int(np.isfinite(score).sum()), scored)
    return different, worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--ntds", default=os.path.join(ROOT, ".build", "release", "ntds"))
    parser.add_argument("--work", default=os.path.join(ROOT, ".build", "bench", "equality"))
    options = parser.parse_args()
    failed = False
    for table in options.tables:
        population = primus.Population(primus.read(table))
        statistics = primus.population_metrics(population)
        for strategy in ("mean", "max"):
            subprocess.run(
                [options.ntds, "analyze", table, "--classic", "--no-report", "--scores", "parquet",
                 "--strategy", strategy, "--out", options.work, "--quiet"], check=True)
            scores = primus.score_population(population, statistics, strategy)
            found = Differences()
            compare_ranking(options.work, population, found)
            worst = compare_statistics(options.work, statistics, found)
            compare_tiers(options.work, scores, found)
            different, by = compare_scores(options.work, population, scores, found)
            print(f"{os.path.splitext(table)[1][1:]}, {strategy}: {'EQUAL' if not found.count else 'DIFFERENT'}; "
                  f"{len(population.row)} flows, {len(statistics)} applications, {len(scores)} scored; mean and std "
                  f"within {worst:.1e}; {different} scores differ in a bit (by {by:.1e})", flush=True)
            for line in found.first:
                print(f"  {line}")
            failed |= found.count > 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
