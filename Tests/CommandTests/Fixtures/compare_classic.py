"""Compares results of `ntds analyze --classic` with the reference.

compare_classic.py REFERENCE_FOLDER TABLE STRATEGY OUT_FOLDER...

Prints one line a folder; ends with status 1 at the first difference.
"""
import csv
import sys

sys.path.insert(0, sys.argv[1])
import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import primus_reference as reference  # noqa: E402

table, strategy, folders = sys.argv[2], sys.argv[3], sys.argv[4:]
population = reference.Population(reference.read(table))
statistics = reference.population_metrics(population)
scored = reference.score_population(population, statistics, strategy, 1000)
EXACT = {"count": "count", "threshold": "threshold", "mode": "mode", "median": "median", "min": "min", "max": "max"}


def rows(folder, name):
    with open(f"{folder}/{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def same(what, ours, theirs, tolerance=0.0):
    if not (ours == theirs or abs(ours - theirs) <= tolerance):
        sys.exit(f"{what}: {ours!r}, reference {theirs!r}")


def check_ranking(folder):
    expected = population.ranking()
    found = rows(folder, "ranking")
    same("ranks", len(found), len(expected))
    for our, their in zip(found, expected):
        what = f"ranking of {their['proto']}"
        if our["application"] != their["proto"]:
            sys.exit(f"{what}: {our['application']}")
        same(what, int(our["rank"]), their["rank"] + 1)
        same(what, int(our["count"]), their["count"])
        same(what, float(our["share"]) * 100, their["percentage"], 1e-12)
        same(what, float(our["cumulative_share"]) * 100, their["cumulative_pct"], 1e-10)
        same(what, int(our["inverse_likelihood"]), their["inv_likelihood"])


def check_statistics(folder):
    found = {(row["application"], row["metric"]): row for row in rows(folder, "statistics")}
    same("statistics rows", len(found), len(statistics) * len(reference.METRICS))
    for application, metrics in statistics.items():
        for metric, expected in metrics.items():
            row, what = found[application, metric], f"{application} {metric}"
            for name, theirs in EXACT.items():
                same(f"{what} {name}", float(row[name]), expected[theirs])
            same(f"{what} mean", float(row["mean"]), expected["mean"], 1e-12 * abs(expected["mean"]))
            # a spread that is nothing but rounding has no digits to compare
            noise = 1e-12 * max(expected["std"], 1e-4 * abs(expected["mean"]))
            same(f"{what} std", float(row["std"]), expected["std"], noise)
            values = population.data[metric][population.group[application]]
            for name, fraction in (("q05", 0.05), ("q25", 0.25), ("q75", 0.75), ("q95", 0.95)):
                same(f"{what} {name}", float(row[name]), float(np.quantile(values, fraction)))


def check_scores(folder):
    found = pq.read_table(f"{folder}/scores.parquet")
    columns = {name: found[name].to_pylist() for name in
               ("row", "application", "direction", "classic_score", "classic_tier")}
    same("scored rows", len(columns["row"]), len(population.row))
    place = {row: index for index, row in enumerate(columns["row"])}
    worst = 0.0
    for application, group in population.group.items():
        expected = scored.get(application)
        for at, row in enumerate(population.row[group].tolist()):
            index = place[row]
            what = f"row {row}"
            if columns["application"][index] != application:
                sys.exit(f"{what}: {columns['application'][index]}, reference {application}")
            inbound = "inbound" if population.inbound[group][at] else "outbound"
            if columns["direction"][index] != inbound:
                sys.exit(f"{what}: {columns['direction'][index]}, reference {inbound}")
            if expected is None:
                if columns["classic_score"][index] is not None or columns["classic_tier"][index] is not None:
                    sys.exit(f"{what}: scored, reference too small")
                continue
            theirs = float(expected["score"][at])
            worst = max(worst, abs(columns["classic_score"][index] - theirs) / max(1.0, abs(theirs)))
            same(f"{what} tier", columns["classic_tier"][index], int(expected["tier"][at]))
    same("worst score difference", worst, 0.0, 1e-15)


def check_tiers(folder):
    found = {(row["application"], int(row["tier"])): row for row in rows(folder, "tiers")}
    expected = {(application, tier): limit for application, entry in scored.items()
                for tier, limit in enumerate(entry["thresholds"], 1) if limit[0] > 0}
    if found.keys() != expected.keys():
        sys.exit(f"tiers: {sorted(found.keys() ^ expected.keys())[:5]}")
    for key, (events, threshold) in expected.items():
        same(f"events of {key}", int(found[key]["events"]), events)
        same(f"threshold of {key}", float(found[key]["threshold"]), threshold, 1e-15 * max(1.0, threshold))


for folder in folders:
    check_ranking(folder)
    check_statistics(folder)
    check_tiers(folder)
    check_scores(folder)
    print(f"{folder}: {len(statistics)} applications, {len(scored)} scored, {len(population.row)} flows: equal")
if not scored:
    sys.exit("nothing was scored: the table is too small for this test")
