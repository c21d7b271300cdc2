#!/usr/bin/env python3
"""CPU seconds matplotlib takes for the radar of N flows, 20 x 16 inches at 100 dpi.

    peers_plots.py collection|original polygons.f64 out.png [flows]

polygons.f64  nine columns of doubles: seven deviations, tier, opacity (see inputs.py)
collection    one LineCollection: what a careful user would write
original      one plt.plot a flow, as the original notebook does

Prints one line of JSON: flows and CPU seconds, without imports and reading.
"""
import json
import math
import sys
import time

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection

NAMES = ("indigo", "blue", "green", "yellow", "orange", "red")

kind, path, out = sys.argv[1:4]
columns = np.fromfile(path).reshape(9, -1)
if len(sys.argv) > 4:
    columns = columns[:, :int(sys.argv[4])]
radii, tier, opacity = columns[:7].T, columns[7].astype(int), columns[8]
n = len(tier)

start = time.process_time()
angles = [2 * math.pi * i / 7 for i in range(7)]
closed = angles + angles[:1]
figure = plt.figure(figsize=(20, 16))
axes = figure.add_subplot(111, polar=True)
axes.grid(True, lw=0.25)
plt.title("Radar", fontsize=24, pad=24)
plt.xlim((0, 2 * math.pi))
axes.set_rmax(math.ceil(radii.max()))
if kind == "original":
    for i in range(n):
        r = list(radii[i])
        r.append(r[0])
        plt.plot(closed, r, lw=2 * (0.2 + opacity[i]), ls="-", color=NAMES[tier[i]], alpha=opacity[i])
else:
    lines = np.empty((n, 8, 2))
    lines[:, :, 0] = closed
    lines[:, :7, 1] = radii
    lines[:, 7, 1] = radii[:, 0]
    colors = np.array([matplotlib.colors.to_rgba(c) for c in NAMES])[tier]
    colors[:, 3] = opacity
    axes.add_collection(LineCollection(lines, colors=colors, linewidths=2 * (0.2 + opacity)))
    axes.set_rmax(math.ceil(radii.max()))
plt.savefig(out, format="png", dpi=100)
print(json.dumps({"rows": n, "cpu": [time.process_time() - start]}))
