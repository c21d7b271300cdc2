#!/usr/bin/env python3
"""Makes the inputs of the benchmark that are not flow tables: columns of doubles, one after the other.

    inputs.py radar OUT ROWS                polygons: seven deviations, tier, opacity
    inputs.py lognormal OUT ROWS            nine independent log-normal columns
    inputs.py flows OUT FLOWS.parquet       nine metrics of the flows with one public end, grouped by
                                            application, and the number of the application;
                                            every third of them
    inputs.py context OUT CAMPUS.parquet    nine metrics of all flows of a simulated campus in the order of their
                                            ends, the number of the application, of initiator and responder,
                                            the responder's port, protocol, end in seconds, whether it failed
"""
import os
import sys

import numpy as np


def radar(rows):
    """log-normal deviations with many flows at the mode, tiers by rank, opacity by the score squared"""
    random = np.random.default_rng(1)
    x = np.exp(random.standard_normal((rows, 9)))
    x[random.random((rows, 9)) < 0.4] = 1.0
    deviations = np.abs(x[:, :7] - 1) / ((x.max() - 1) / 2 / 6)
    score = deviations.mean(1)
    ranked = np.sort(score)[::-1]
    tier = np.zeros(rows)
    for k in range(1, 6):
        if rows // 10**k:
            tier[score > ranked[rows // 10**k]] = k
    opacity = ((score - score.min()) / (score.max() - score.min())) ** 2
    return np.vstack([deviations.T, tier, opacity])


def lognormal(rows):
    return np.exp(np.random.default_rng(1).standard_normal((rows, 9)) * 1.5).T


def flows(path):
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import primus_reference as primus
    population = primus.Population(primus.read(path))
    metrics = [population.data[m] for m in primus.METRICS]
    group = np.zeros(len(metrics[0]))
    for number, members in enumerate(population.group.values()):
        group[members] = number
    return np.vstack([*metrics, group])[:, ::3]


def context(path):
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet
    metrics = ["Flow.Bytes.s", "Flow.Duration", "Total.Length.of.Fwd.Packets", "Average.Packet.Size", "Down.Up.Ratio",
               "Packet.Length.Variance", "Fwd.Packet.Length.Mean", "Bwd.Packet.Length.Mean", "Active.Mean"]
    names = ["ProtocolName", "Source.IP", "Destination.IP"]
    table = parquet.read_table(path, columns=metrics + names + [
        "Total.Length.of.Bwd.Packets", "Destination.Port", "Protocol", "flowEndMicroseconds", "Total.Backward.Packets",
        "reverseTcpRstTotalCount", "reverseTcpSynTotalCount"])

    def number(name):
        return np.nan_to_num(table[name].to_numpy().astype(float))

    def code(name):
        return compute.dictionary_encode(table[name].combine_chunks()).indices.to_numpy().astype(float)

    columns = [number(name) for name in metrics]
    columns[2] += number("Total.Length.of.Bwd.Packets")
    texts = table["flowEndMicroseconds"].to_numpy().astype(str)
    ends = np.array([text.rstrip("Z") for text in texts], dtype="datetime64[us]").astype(np.int64) / 1e6
    tcp = number("Protocol") == 6
    refused = (number("reverseTcpRstTotalCount") > 0) & (number("reverseTcpSynTotalCount") == 0)
    failed = tcp & ((number("Total.Backward.Packets") == 0) | refused)
    columns += [code(name) for name in names]
    columns += [number("Destination.Port"), number("Protocol"), ends, failed.astype(float)]
    return np.vstack(columns)[:, np.argsort(ends, kind="stable")]


if __name__ == "__main__":
    kind, out, argument = sys.argv[1:]
    columns = {"radar": lambda: radar(int(argument)), "lognormal": lambda: lognormal(int(argument)),
               "flows": lambda: flows(argument), "context": lambda: context(argument)}[kind]()
    np.ascontiguousarray(columns).tofile(out + ".part")
    os.replace(out + ".part", out)
