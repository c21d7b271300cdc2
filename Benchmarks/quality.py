#!/usr/bin/env python3
"""How well the default score finds attacks: AUROC and friends on labelled public tables.

    quality.py [--data DIR] [--ntds PROGRAM] [--only nsl,cicids,adbench] [--no-write] [--strict]

Runs the program itself (`ntds analyze --score-features`) and judges its scores.csv by
reference/score_eval.py. Labels are never shown to the program as features. Tables that are not there
are skipped, and it says so. Writes .build/bench/quality.json and the block `quality` of BENCHMARKS.md.
"""
import argparse
import csv
import gzip
import json
import os
import subprocess
import sys

import numpy as np

import block

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference"))
import score_eval

WORK = os.path.join(block.ROOT, ".build", "bench")
SEEDS = (0, 1, 2)
NSL_GOAL = 0.973
# codes and addresses of the export, and ports: numbers whose distance means nothing
NOT_FEATURES = {"Flow ID", "Source IP", "Source Port", "Destination IP", "Destination Port", "Timestamp", "Label"}


def read(path):
    """header and rows of a CSV, gzip or plain"""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    return rows[0], rows[1:]


def write(path, head, rows):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)
        out.writerows(rows)


class Scorer:
    def __init__(self, program):
        self.program = program
        self.folder = os.path.join(WORK, "quality")
        os.makedirs(self.folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def score(self, table, features, keep, *options):
        """scores, p-values and the kept column of a table, in its order"""
        command = [self.program, "analyze", table, "--out", self.folder, "--quiet", *options,
                   "--score-features", ",".join(features), "--keep", keep]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(command)[:300]}: exit {done.returncode}: {done.stderr.strip()}")
        if done.returncode == 3:
            print(f"  {os.path.basename(table)}: {done.stderr.strip()}", file=sys.stderr)
        head, rows = read(self.path("scores.csv"))
        at = [head.index(c) for c in ("score", "p_value", keep)]
        return (np.array([float(r[at[0]]) for r in rows]), np.array([float(r[at[1]]) for r in rows]),
                [r[at[2]] for r in rows])


def judge(score, p_value, is_attack):
    """figures of one scored table"""
    is_attack = np.asarray(is_attack, np.int8)
    curve, ones = score_eval.Curve(score, is_attack), np.ones(len(score))
    figures = curve.evaluate(ones, [0.01, 0.001], [], [], None)
    figures["ap@1%"] = curve.evaluate(ones, [], [], [], 0.01)["ap"]
    figures["false@0.01"] = float((p_value[is_attack == 0] <= 0.01).mean())
    figures["rows"], figures["attacks"] = len(score), int(is_attack.sum())
    return figures


def forest_of_scikit_learn(learn, rest, features, seed):
    """the scores of a peer with default settings, learnt and judged on the same rows; None without it"""
    try:
        from sklearn.ensemble import IsolationForest
    except ImportError:
        return None
    columns = []
    for place in features:
        words = [row[place] for row in learn]
        try:
            column = [float(row[place] or 0) for row in learn + rest]
        except ValueError:  # text: how rare the word is
            counts = {word: words.count(word) for word in set(words)}
            column = [-np.log10((counts.get(row[place], 0) + 0.5) / (len(words) + 1)) for row in learn + rest]
        columns.append(column)
    table = np.nan_to_num(np.array(columns).T, nan=0, posinf=0, neginf=0)
    return -IsolationForest(random_state=seed).fit(table[:len(learn)]).score_samples(table[len(learn):])


def mean(results):
    return {key: float(np.mean([r[key] for r in results])) for key in results[0]}


def halves(scorer, name, head, rows, label, benign, features, *options):
    """learns on half of the benign rows, scores the rest; the mean over the seeds, and each AUROC"""
    at = head.index(label)
    good = np.array([i for i, row in enumerate(rows) if row[at] == benign])
    results, peers = [], []
    for seed in SEEDS:
        learnt = set(np.random.default_rng(seed).permutation(good)[:len(good) // 2].tolist())
        parts = ([row for i, row in enumerate(rows) if i in learnt],
                 [row for i, row in enumerate(rows) if i not in learnt])
        files = [scorer.path(f"{name}-{part}.csv") for part in ("learn", "rest")]
        for file, part in zip(files, parts):
            write(file, head, part)
        score, p_value, labels = scorer.score(files[1], features, label, "--learn", files[0], *options)
        results.append(judge(score, p_value, [text != benign for text in labels]))
        peer = forest_of_scikit_learn(*parts, [head.index(name) for name in features], seed)
        if peer is not None:
            peers.append(judge(peer, p_value, [row[at] != benign for row in parts[1]])["auroc"])
    figures = mean(results)
    figures["each"] = [r["auroc"] for r in results]
    figures["forest"] = float(np.mean(peers)) if peers else None
    print(f"{name}: AUROC {figures['auroc']:.4f} ({', '.join(f'{x:.4f}' for x in figures['each'])}), "
          f"AP@1% {figures['ap@1%']:.3f}, recall@0.01 {figures['recall@fpr=0.01']:.3f}, "
          f"recall@0.001 {figures['recall@fpr=0.001']:.3f}", flush=True)
    return figures


def nsl(scorer, data):
    _, fields = read(os.path.join(data, "flows/nsl_kdd/Field_Names.csv"))
    names = ["duration"] + [field[0] for field in fields][:40]
    with gzip.open(os.path.join(data, "flows/nsl_kdd/KDDTrain+_20Percent.txt.gz"), "rt") as file:
        rows = [row for row in csv.reader(file) if row]
    return halves(scorer, "NSL-KDD", names + ["class", "difficulty"], rows, "class", "normal", names,
                  "--group", "service")


def cicids(scorer, data, file):
    head, rows = read(os.path.join(data, "flows/cicids2017", file))
    benign = next(word for word in ("BENIGN", "Benign", "0") if any(row[head.index("Label")] == word for row in rows))
    return halves(scorer, file.removesuffix(".csv.gz"), head, rows, "Label", benign,
                  [name for name in head if name not in NOT_FEATURES])


def adbench(scorer, data):
    with open(os.path.join(data, "anomaly/measured_auroc_pyod_3.6.7.tsv")) as file:
        peers = list(csv.DictReader(file, delimiter="\t"))
    results = []
    for peer in peers:
        table = os.path.join(data, "anomaly/adbench", peer["dataset"] + ".csv.gz")
        with gzip.open(table, "rt") as file:
            head = file.readline().strip().split(",")
        score, p_value, labels = scorer.score(table, head[:-1], head[-1])
        figures = judge(score, p_value, [float(text) != 0 for text in labels])
        results.append((peer, figures))
        print(f"{peer['dataset']}: AUROC {figures['auroc']:.4f}, AP {figures['ap']:.4f} "
              f"(IForest {peer['IForest']})", flush=True)
    return results


def summary(supervised, anomalies):
    """the Markdown, and the goals that were missed"""
    parts, missed = [], []
    if supervised:
        rows = []
        for name, figures in supervised.items():
            rows.append([name, int(figures["rows"]), int(figures["attacks"]), f"**{figures['auroc']:.4f}**",
                         f"{min(figures['each']):.4f} to {max(figures['each']):.4f}"]
                        + [f"{figures[k]:.3f}" for k in ("ap@1%", "recall@fpr=0.01", "recall@fpr=0.001")]
                        + [f"{figures['false@0.01']:.4f}", f"{figures['forest']:.4f}" if figures["forest"] else "–"])
        parts.append(block.table(
            ["table", "rows scored", "attacks", "AUROC", "of three splits", "AP at 1 % attacks",
             "recall at FPR 0.01", "recall at FPR 0.001", "benign rows with p ≤ 0.01",
             "AUROC of scikit-learn's IsolationForest"], rows))
        if "NSL-KDD" in supervised:
            reached = supervised["NSL-KDD"]["auroc"] >= NSL_GOAL
            parts.append(f"Goal for NSL-KDD: AUROC at least {NSL_GOAL}: {'reached' if reached else '**missed**'}.")
            if not reached:
                missed.append("NSL-KDD")
    if anomalies:
        columns = ["IForest", "HBOS", "ECOD", "COPOD", "PCA", "KNN", "LOF"]
        rows = [[peer["dataset"].split("_", 1)[1], peer["rows"], peer["dims"], peer["anomalies"],
                 f"**{figures['auroc']:.4f}**"] + [peer[c] for c in columns] for peer, figures in anomalies]

        def average(column):
            values = [peer[column] for peer, _ in anomalies]
            try:
                return f"{np.mean([float(v) for v in values]):.4f}"
            except ValueError:
                return "–"  # not run on every table

        ours = float(np.mean([figures["auroc"] for _, figures in anomalies]))
        rows.append(["mean", "", "", "", f"**{ours:.4f}**"] + [average(c) for c in columns])
        parts.append(block.table(["table", "rows", "columns", "anomalies", "NTDS"] + columns, rows))
        reached = ours >= float(average("IForest"))
        parts.append(f"Goal: mean AUROC not below IForest's: {'reached' if reached else '**missed**'}.")
        if not reached:
            missed.append("ADBench")
    return "\n\n".join(parts), missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.path.join(block.ROOT, "..", "shared", "data"))
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--only", default="nsl,cicids,adbench")
    parser.add_argument("--no-write", action="store_true", help="leave BENCHMARKS.md as it is")
    parser.add_argument("--strict", action="store_true", help="exit 1 if a goal is missed")
    options = parser.parse_args()
    only = options.only.split(",")
    needed = {"nsl": "flows/nsl_kdd", "cicids": "flows/cicids2017", "adbench": "anomaly/adbench"}
    for name, folder in needed.items():
        if name in only and not os.path.isdir(os.path.join(options.data, folder)):
            print(f"{name}: skipped, no {os.path.join(options.data, folder)}", file=sys.stderr)
            only.remove(name)
    scorer = Scorer(options.ntds)
    supervised = {}
    if "nsl" in only:
        supervised["NSL-KDD"] = nsl(scorer, options.data)
    if "cicids" in only:
        supervised["CICIDS2017, sample"] = cicids(scorer, options.data, "CICIDS2017_sample_6311.csv.gz")
        supervised["CICIDS2017, web attacks"] = cicids(scorer, options.data, "web_attacks_balanced.csv.gz")
    anomalies = adbench(scorer, options.data) if "adbench" in only else []
    text, missed = summary(supervised, anomalies)
    print("\n" + text)
    with open(os.path.join(WORK, "quality.json"), "w") as file:
        json.dump({"supervised": supervised, "anomalies": {p["dataset"]: f for p, f in anomalies}}, file, indent=1)
    if not options.no_write and set(only) == set(needed):
        block.replace("quality", text)
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
