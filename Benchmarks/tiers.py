#!/usr/bin/env python3
"""Whether tiers are true in the stream: how many ordinary flows `ntds run` calls rarer than 1 in 100 and 1 in 1,000.

    tiers.py [--ntds PROGRAM] [--days 7] [--seed 1] [--no-write]

Every flow is judged before anything is learnt from it, so all are fresh. The streams:
  campus     a quiet simulated week (`ntds simulate campus --attacks none`), default settings
  drifted    the same week, in which durations and volumes double from the fourth day on
  http       the 565,287 benign connections of ADBench's `16_http` (recorded traffic of KDD Cup 1999; duration and
             octets, in the order of the file), spread over a week; and with volumes that double after the middle
  office     the flows of `flows/cicflowmeter/2017-10-16_online.csv.gz`, recorded in an office: few
Rates are read from the tiers of the flows that the service kept. Writes the block `tiers` of BENCHMARKS.md.
"""
import argparse
import datetime
import glob
import gzip
import os
import shutil
import subprocess

import numpy as np
import pyarrow as arrow
import pyarrow.compute as compute
import pyarrow.parquet as parquet

import block

WORK = os.path.join(block.ROOT, ".build", "bench", "tiers")
DATA = os.path.join(block.ROOT, os.pardir, "shared", "data")
BEGIN = np.datetime64("2024-01-15T00:00:00", "us")
RANGES = {2: (0.008, 0.012), 3: (0.0005, 0.0015)}


def watch(ntds, name, inputs, **baselines):
    """end (seconds since the first) and tier of every judged flow, by end"""
    state = os.path.join(WORK, name + ".state")
    shutil.rmtree(state, ignore_errors=True)
    config = os.path.join(WORK, name + ".yaml")
    with open(config, "w") as file:
        file.write("listen: off\nlog: {level: error}\n")
        if baselines:
            file.write("baselines: {" + ", ".join(f"{k}: {v}" for k, v in baselines.items()) + "}\n")
    run = subprocess.run([ntds, "run", *inputs, "--quiet", "--config", config, "--state", state],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode not in (0, 3):
        raise SystemExit(run.stderr)
    files = glob.glob(os.path.join(state, "flows", "**", "*.parquet"), recursive=True)
    tables = [parquet.read_table(f, columns=["flowEndMicroseconds", "tier"], partitioning=None) for f in files]
    table = arrow.concat_tables(tables)
    ends = table["flowEndMicroseconds"].cast(arrow.int64()).to_numpy() / 1e6
    tiers = table["tier"].to_pandas().to_numpy(dtype=float)
    shutil.rmtree(state)
    order = np.argsort(ends, kind="stable")
    ends, tiers = ends[order] - ends.min(), tiers[order]
    judged = ~np.isnan(tiers)
    return ends[judged], tiers[judged]


def write(name, table):
    path = os.path.join(WORK, name + ".parquet")
    parquet.write_table(table, path, row_group_size=65_536)
    return path


def doubled(table, first):
    """durations and volumes twice as large from row `first` on"""
    names = ["Flow.Duration", "Total.Length.of.Fwd.Packets", "Total.Length.of.Bwd.Packets", "octetDeltaCount",
             "reverseOctetDeltaCount", "Packet.Length.Variance", "Fwd.Packet.Length.Mean", "Bwd.Packet.Length.Mean",
             "Average.Packet.Size", "Active.Mean"]
    for name in set(names) & set(table.column_names):
        field = table.schema.field(name)
        values = table[name].combine_chunks()
        factor = arrow.array(np.where(np.arange(len(values)) >= first, 2, 1)).cast(field.type)
        table = table.set_column(table.column_names.index(name), field, compute.multiply(values, factor).cast(field.type))
    return table


def http(days):
    """the benign connections, as a flow table"""
    with gzip.open(os.path.join(DATA, "anomaly", "adbench", "16_http.csv.gz")) as file:
        rows = np.genfromtxt(file, delimiter=",", skip_header=1)
    rows = np.exp(rows[rows[:, 3] == 0, :3]) - 0.1
    count = len(rows)
    seconds, sent, got = np.maximum(np.round(rows), 0).T
    start = BEGIN + (np.arange(count) * (days * 86_400e6 / count)).astype("timedelta64[us]")
    packets = np.ones(count, np.int64)
    return arrow.table({
        "Source.IP": [f"10.1.{i % 200}.{i // 200 % 250}" for i in range(count)], "Source.Port": 1024 + np.arange(count) % 60_000,
        "Destination.IP": [f"93.184.{i % 7}.34" for i in range(count)], "Destination.Port": np.full(count, 80),
        "Protocol": np.full(count, 6),
        "Timestamp": np.char.replace(np.datetime_as_string(start, unit="us"), "T", " "), "Label": ["BENIGN"] * count,
        "ProtocolName": ["HTTP"] * count, "Flow.Duration": seconds * 1e6, "Total.Fwd.Packets": packets,
        "Total.Backward.Packets": packets, "Total.Length.of.Fwd.Packets": sent, "Total.Length.of.Bwd.Packets": got,
        "Flow.Bytes.s": (sent + got) / np.maximum(seconds, 0.5), "Average.Packet.Size": (sent + got) / 2,
        "Down.Up.Ratio": np.ones(count), "Packet.Length.Variance": (got - sent) ** 2, "Fwd.Packet.Length.Mean": sent,
        "Bwd.Packet.Length.Mean": got, "Active.Mean": np.zeros(count)})


def rows_of(title, ends, tiers, spans):
    """one line of the table for each span of time"""
    lines = []
    for words, first, last in spans:
        chosen = tiers[(ends >= first) & (ends < last)]
        line, good = [title, words, f"{len(chosen):,}"], True
        for tier, (low, high) in RANGES.items():
            count = int((chosen >= tier).sum())
            rate = count / max(1, len(chosen))
            good &= low <= rate <= high
            # two standard deviations of a count of independent flows
            line.append(f"{rate:.5f} ± {2 * max(count, 1) ** 0.5 / max(1, len(chosen)):.5f}")
        lines.append(line + ["yes" if good else "**no**"])
        print(lines[-1], flush=True)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    day, days = 86_400, options.days
    middle = days // 2
    week = os.path.join(WORK, "week.parquet")
    subprocess.run([options.ntds, "simulate", "campus", "--seed", str(options.seed), "--days", str(days),
                    "--attacks", "none", "--out", week, "--quiet"], check=True)
    lines = []
    ends, tiers = watch(options.ntds, "campus", [week])
    lines += rows_of("simulated campus", ends, tiers, [("after the first fit", 0, 1e12), ("the last two days", (days - 2) * day, 1e12)])
    table = parquet.read_table(week)
    starts = np.array(table["Timestamp"].to_pylist(), dtype="datetime64[us]")
    drifted = write("drifted", doubled(table, int((starts < BEGIN + np.timedelta64(middle * 24, "h")).sum())))
    del table
    ends, tiers = watch(options.ntds, "drifted", [drifted])
    lines += rows_of("the same, doubled", ends, tiers, [
        ("before", 0, middle * day), ("the six hours after", middle * day, middle * day + day / 4),
        ("from two days after on", (middle + 2) * day, 1e12)])
    if os.path.isdir(DATA):
        table = http(days)
        ends, tiers = watch(options.ntds, "http", [write("http", table)])
        lines += rows_of("http (KDD), recorded", ends, tiers, [("after the first fit", 0, 1e12)])
        ends, tiers = watch(options.ntds, "http-doubled", [write("http-doubled", doubled(table, len(starts := table["Protocol"]) // 2))])
        lines += rows_of("the same, doubled", ends, tiers, [("from two days after on", days / 2 * day + 2 * day, 1e12)])
        office = os.path.join(DATA, "flows", "cicflowmeter", "2017-10-16_online.csv.gz")
        ends, tiers = watch(options.ntds, "office", [office], learning="20m", minimum_flows=500, refit="30m")
        lines += rows_of("office, recorded", ends, tiers, [("after the first fit", 0, 1e12)])
    text = block.table(["stream", "when", "flows judged", "rate at nominal 0.01", "at nominal 0.001", "in 0.008…0.012 and 0.0005…0.0015"], lines)
    print(text)
    if not options.no_write:
        block.replace("tiers", text)


if __name__ == "__main__":
    main()
