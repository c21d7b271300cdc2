#!/usr/bin/env python3
"""CPU seconds numpy and PyOD take to score rows of nine or twenty columns, one thread.

    peers_score.py numpy|hbos|iforest columns.f64 COLUMNS REPEATS

columns.f64  columns of doubles, one after the other (see inputs.py); the first nine are scored, of 20 all
numpy        the classic score: mean of |x - mode| / pseudo-sigma over the first seven columns
hbos         PyOD's HBOS, fitted on 100,000 rows
iforest      PyOD's IForest with 100 trees, fitted on the same

Prints one line of JSON: rows, CPU seconds of each call, CPU seconds of fitting.
"""
import json
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import numpy as np

kind, path, width, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rows = np.ascontiguousarray(np.fromfile(path).reshape(width, -1)[:20 if width == 20 else 9].T)
sample = rows[::max(1, len(rows) // 100_000)]

start = time.process_time()
if kind == "numpy":
    mode = np.median(sample, 0)
    sigma = (sample.max(0) - sample.min(0)) / 2 / 6

    def score():
        return (np.abs(rows[:, :7] - mode[:7]) / sigma[:7]).mean(1)
else:
    if kind == "hbos":
        from pyod.models.hbos import HBOS
        detector = HBOS()
    else:
        from pyod.models.iforest import IForest
        detector = IForest(n_estimators=100, n_jobs=1, random_state=1)
    detector.fit(sample)

    def score():
        return detector.decision_function(rows)

    detector.decision_function(sample[:1000])
fit = time.process_time() - start

seconds = []
for _ in range(repeats):
    start = time.process_time()
    score()
    seconds.append(time.process_time() - start)
print(json.dumps({"rows": len(rows), "cpu": seconds, "fit": fit}))
