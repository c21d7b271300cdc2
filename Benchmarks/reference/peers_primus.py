#!/usr/bin/env python3
"""The statistics, classic scores and tiers of a flow table as users of polars and numpy would write them.

    peers_primus.py polars|numpy flows.parquet|flows.csv

Reads the 11 needed columns, keeps flows with exactly one public end (the original's text test) and
nine finite metrics, then per application: count, mode, median, mean, std, min, max of nine metrics,
the score (mean of |x - mode| / pseudo-sigma over seven), the tiers. Prints one line of JSON with CPU
seconds by stage and figures by which engines can be compared: rows kept and rows per tier must agree,
the sum of scores to about 1e-9 relative. 'numpy' is primus_reference.py.
"""
import json
import os
import sys
import time

SOURCE = {
    "flowrate": "Flow.Bytes.s", "duration": "Flow.Duration", "avpktsz": "Average.Packet.Size",
    "dnuprat": "Down.Up.Ratio", "pktlenvar": "Packet.Length.Variance",
    "fwdpktlen": "Fwd.Packet.Length.Mean", "bwdpktlen": "Bwd.Packet.Length.Mean", "actmean": "Active.Mean",
}
METRICS = [*SOURCE, "volume"]
SCORED = [m for m in METRICS if m not in ("flowrate", "actmean")]
PRIVATE = r"^(10\.|192\.168|172\.(1[6-9]|2[0-9]|3[01])\.)"
COLUMNS = ["Source.IP", "Destination.IP", "ProtocolName", *SOURCE.values()]
MIN_COUNT = 1000

stages = {}
last = time.process_time()


def lap(stage):
    global last
    now = time.process_time()
    stages[stage] = round(now - last, 3)
    last = now


def with_polars(path):
    import polars as pl
    lap("import")
    if path.endswith("csv"):
        source = pl.scan_csv(path, schema_overrides={c: pl.Float64 for c in SOURCE.values()})
    else:
        source = pl.scan_parquet(path)
    table = source.select(COLUMNS).collect()
    lap("read")

    def public(column):
        return table.select(pl.col(column).unique()).with_columns(
            (~pl.col(column).str.contains(PRIVATE)).alias("public " + column))

    flows = (
        table.join(public("Source.IP"), on="Source.IP").join(public("Destination.IP"), on="Destination.IP")
        .filter(pl.col("public Source.IP") ^ pl.col("public Destination.IP"))
        .select([pl.col("ProtocolName").alias("app")]
                + [pl.col(c).cast(pl.Float64, strict=False).alias(m) for m, c in SOURCE.items()])
        .with_columns((pl.col("flowrate") * pl.col("duration")).alias("volume"))
        .filter(pl.all_horizontal(pl.col(METRICS).is_finite())))
    lap("filter")
    statistics = flows.group_by("app").agg([pl.len().alias("n")] + [e for m in METRICS for e in (
        pl.col(m).mode().min().alias(m + "_mode"), pl.col(m).median().alias(m + "_median"),
        pl.col(m).mean().alias(m + "_mean"), pl.col(m).std(ddof=0).alias(m + "_std"),
        pl.col(m).min().alias(m + "_min"), pl.col(m).max().alias(m + "_max"))])
    lap("statistics")

    def pseudo_sigma(m):
        above = (pl.col(m + "_max") - pl.col(m + "_mode")).abs()
        below = (pl.col(m + "_mode") - pl.col(m + "_min")).abs()
        value = pl.when((above > 0) & (below > 0)).then((above + below) / 2).otherwise(
            pl.max_horizontal(above, below)) / 6
        return pl.when(value > 0).then(value).otherwise(float("inf")).alias(m + "_ps")

    scales = statistics.with_columns([pseudo_sigma(m) for m in SCORED]).select(
        ["app", "n"] + [m + "_mode" for m in SCORED] + [m + "_ps" for m in SCORED])
    score = pl.sum_horizontal(
        [(pl.col(m) - pl.col(m + "_mode")).abs() / pl.col(m + "_ps") for m in SCORED]) / len(SCORED)
    scored = flows.join(scales, on="app").filter(pl.col("n") >= MIN_COUNT).select("app", "n", score.alias("score"))
    limits = scored.group_by("app").agg(
        [pl.col("score").sort(descending=True).get(pl.len() // 10**k, null_on_oob=True).alias(f"limit{k}")
         for k in range(1, 6)] + [pl.len().alias("count")])
    limits = limits.with_columns(
        [pl.when(pl.col("count") >= 10**k).then(pl.col(f"limit{k}")).otherwise(float("inf")).alias(f"limit{k}")
         for k in range(1, 6)])
    scored = scored.join(limits, on="app")
    tier = pl.lit(0)
    for k in range(1, 6):
        tier = pl.when(pl.col("score") > pl.col(f"limit{k}")).then(k).otherwise(tier)
    scored = scored.with_columns(tier.alias("tier"))
    lap("scores, tiers")
    return len(flows), scored["score"].sum(), scored.group_by("tier").len().sort("tier")["len"].to_list()


def with_numpy(path):
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import numpy as np
    import primus_reference as primus
    lap("import")
    table = primus.read(path)
    lap("read")
    population = primus.Population(table)
    lap("filter")
    statistics = primus.population_metrics(population)
    lap("statistics")
    scores = primus.score_population(population, statistics)
    lap("scores, tiers")
    tiers = np.bincount(np.concatenate([s["tier"] for s in scores.values()])).tolist() if scores else []
    return len(population.row), float(sum(s["score"].sum() for s in scores.values())), tiers


if __name__ == "__main__":
    rows, total, tiers = {"polars": with_polars, "numpy": with_numpy}[sys.argv[1]](sys.argv[2])
    print(json.dumps({"rows": rows, "score_sum": total, "tiers": tiers, "stages": stages}))
