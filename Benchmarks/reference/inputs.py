#!/usr/bin/env python3
"""Makes the inputs of the benchmark that are not flow tables: columns of doubles, one after the other.

    inputs.py radar OUT ROWS                polygons: seven deviations, tier, opacity
    inputs.py lognormal OUT ROWS            nine independent log-normal columns
    inputs.py flows OUT FLOWS.parquet       nine metrics of the flows with one public end, grouped by
                                            application, and the number of the application;
                                            every third of them
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


if __name__ == "__main__":
    kind, out, argument = sys.argv[1:]
    columns = {"radar": lambda: radar(int(argument)), "lognormal": lambda: lognormal(int(argument)),
               "flows": lambda: flows(argument)}[kind]()
    np.ascontiguousarray(columns).tofile(out + ".part")
    os.replace(out + ".part", out)
