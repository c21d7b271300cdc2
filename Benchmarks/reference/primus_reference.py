#!/usr/bin/env python3
"""Primus reference: the original's per-protocol flow statistics and anomaly scores, exactly, in numpy.

This is the yardstick for the product's own implementation: one clear module,
no Spark, no plots.  It follows the original notebook's definitions to the bit where
they are defined, and says what it does where they are not.

Definitions (original)
  population      flows with exactly one public end.  "Private" is the original's text
                  test: the address text starts with 10., 192.168, 172.16. .. 172.31.
                  (so 127.0.0.1, 169.254.x, 100.64.x, multicast and all IPv6 count as public).
                  public_address="rfc" replaces it with the IANA special-purpose test.
  metrics (9)     flowrate=Flow.Bytes.s, duration=Flow.Duration, volume=flowrate*duration
                  (bytes/s times microseconds: the original's product, i.e. bytes * 1e6),
                  avpktsz=Average.Packet.Size, dnuprat=Down.Up.Ratio, pktlenvar=Packet.Length.Variance,
                  fwdpktlen=Fwd.Packet.Length.Mean, bwdpktlen=Bwd.Packet.Length.Mean, actmean=Active.Mean
  statistics      count, threshold = 1/count, mode = the smallest of the most frequent values
                  (scipy.stats.mode), median (mean of the two middle ones), mean,
                  std = population standard deviation (ddof 0); min and max for the score
  ranking         share of flows by protocol, highest first, ties by name descending;
                  inv_likelihood = int(100/percentage + 0.5); the running sum
  score           for 7 metrics (all but flowrate and actmean): |x - mode| / pseudo_sigma with
                  pos = |max-mode|, neg = |mode-min|;
                  pseudo_sigma = mean(pos, neg)/(5+1) if both > 0, else the one that is > 0 / (5+1);
                  the flow's score is the mean (or the max) over the 7
  tiers           per protocol, scores sorted descending; for k = 1..5 with e = int(n/10^k) > 0:
                  threshold_k = sorted[e]; a flow's tier is the highest k with score > threshold_k
                  (strictly), else 0.  Tier 5 is "1 in 100000".

Where the original leaves a gap
  constant metric (pos = neg = 0): the original reuses the sigma of the metric before (or fails);
                  every |x - mode| is 0 there, so the score is 0.  Here: 0.
  NaN, Infinity   (CICFlowMeter writes them for flows of duration 0): the original has no rule.
                  nonfinite="drop" (default) removes a flow from the population if any of its 9
                  metrics is not finite; "propagate" does what numpy does (results NaN/inf).
                  Note: for drop, the check is after volume = flowrate * duration.
  min_count       the original scores only protocols with at least 1000 flows.  Same default here.

Order.  Values of one protocol stay in file order (stable sort), so that sums are
taken in the original's order and results agree with np.mean/np.std on the original's lists.

  primus_reference.py flows.parquet --json stats.json --scores scores.parquet
  primus_reference.py flows.csv --selftest        # compare with a literal, slow version of the original
"""
import argparse
import ipaddress
import json
import sys
import time

import numpy as np

SOURCE = {  # metric -> column
    "flowrate": "Flow.Bytes.s", "duration": "Flow.Duration", "volume": None,
    "avpktsz": "Average.Packet.Size", "dnuprat": "Down.Up.Ratio", "pktlenvar": "Packet.Length.Variance",
    "fwdpktlen": "Fwd.Packet.Length.Mean", "bwdpktlen": "Bwd.Packet.Length.Mean", "actmean": "Active.Mean",
}
METRICS = tuple(SOURCE)
SCORED = ("duration", "volume", "avpktsz", "dnuprat", "pktlenvar", "fwdpktlen", "bwdpktlen")
COLUMNS = ["Source.IP", "Destination.IP", "Timestamp", "ProtocolName"] + [c for c in SOURCE.values() if c]  # 12
PRIVATE_PREFIXES = ("10.", "192.168") + tuple(f"172.{i}." for i in range(16, 32))
PSEUDO_SIGMAE = 5
TIERS = 5


# ---- reading -----------------------------------------------------------------

def read(path, columns=COLUMNS):
    """the 12 columns as a pyarrow table; CSV understands Java's and R's NaN / Infinity"""
    if path.endswith(".csv") or path.endswith(".csv.gz"):
        import pyarrow as pa
        import pyarrow.csv as pacsv
        types = {c: pa.float64() for c in SOURCE.values() if c}
        types.update({c: pa.string() for c in ("Source.IP", "Destination.IP", "Timestamp", "ProtocolName")})
        return pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(
            include_columns=list(columns), column_types=types, strings_can_be_null=False,
            null_values=["", "NA"]))
    import pyarrow.parquet as pq
    return pq.read_table(path, columns=list(columns))


def as_float(column):
    """float64 with nulls as NaN; text columns ("Infinity") are parsed"""
    import pyarrow as pa
    if pa.types.is_string(column.type):
        return np.array([float(v) if v not in (None, "", "NA") else np.nan for v in column.to_pylist()])
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


# ---- population --------------------------------------------------------------

def is_public_original(text):
    return not text.startswith(PRIVATE_PREFIXES)


def is_public_rfc(text):
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


def public_mask(column, test):
    """bool per row; every distinct address is tested once"""
    d = column.combine_chunks().dictionary_encode()
    if hasattr(d, "combine_chunks"):
        d = d.combine_chunks()
    table = np.array([test(a) for a in d.dictionary.to_pylist()], dtype=bool)
    return table[d.indices.to_numpy(zero_copy_only=False)]


class Population:
    """flows with exactly one public end, grouped by protocol"""

    def __init__(self, table, public_address="original", nonfinite="drop"):
        test = {"original": is_public_original, "rfc": is_public_rfc}[public_address]
        src, dst = public_mask(table["Source.IP"], test), public_mask(table["Destination.IP"], test)
        keep = src ^ dst
        self.rows_in = len(keep)
        self.rows_one_public = int(keep.sum())
        values = {m: as_float(table[c]) for m, c in SOURCE.items() if c}
        with np.errstate(invalid="ignore", over="ignore"):
            values["volume"] = values["flowrate"] * values["duration"]
        if nonfinite == "drop":
            finite = np.ones(len(keep), dtype=bool)
            for m in METRICS:
                finite &= np.isfinite(values[m])
            self.rows_nonfinite = int((keep & ~finite).sum())
            keep = keep & finite
        else:
            self.rows_nonfinite = 0
        d = table["ProtocolName"].combine_chunks().dictionary_encode()
        if hasattr(d, "combine_chunks"):
            d = d.combine_chunks()
        names = d.dictionary.to_pylist()
        code = d.indices.to_numpy(zero_copy_only=False)
        rows = np.flatnonzero(keep)
        order = np.argsort(code[rows], kind="stable")
        self.row = rows[order]                               # original row number of every member
        code = code[self.row]
        self.inbound = src[self.row]                         # public source = inbound
        self.data = {m: values[m][self.row] for m in METRICS}
        cut = np.flatnonzero(np.diff(code)) + 1
        starts, ends = np.concatenate([[0], cut]), np.concatenate([cut, [len(code)]])
        self.group = {} if len(code) == 0 else {names[code[s]]: slice(int(s), int(e)) for s, e in zip(starts, ends)}

    def ranking(self):
        """[{rank, proto, count, percentage, inv_likelihood, cumulative_pct}] in the original's order"""
        total = len(self.row)
        out, running = [], 0.0
        for rank, (n, p) in enumerate(sorted(((s.stop - s.start, p) for p, s in self.group.items()), reverse=True)):
            pct = 100 * n / total
            running += pct
            out.append({"rank": rank, "proto": p, "count": n, "percentage": pct,
                        "inv_likelihood": int(100.0 / pct + 0.5), "cumulative_pct": running})
        return out


# ---- statistics --------------------------------------------------------------

def mode_smallest(sorted_values):
    """smallest of the most frequent values of a sorted array (what scipy.stats.mode returns)"""
    change = np.flatnonzero(sorted_values[1:] != sorted_values[:-1]) + 1
    starts = np.concatenate([[0], change])
    counts = np.diff(np.concatenate([starts, [len(sorted_values)]]))
    return float(sorted_values[starts[np.argmax(counts)]])     # argmax takes the first, i.e. the smallest


def statistics(x):
    """x: float64 array of one metric of one protocol, in file order, not empty"""
    s = np.sort(x)
    n = len(x)
    middle = s[n // 2] if n % 2 else (s[n // 2 - 1] + s[n // 2]) / 2.0
    return {"count": n, "threshold": 1.0 / n, "mode": mode_smallest(s), "median": float(middle),
            "mean": float(np.mean(x)), "std": float(np.std(x)), "min": float(s[0]), "max": float(s[-1])}


def population_metrics(pop):
    """{protocol: {metric: statistics}}"""
    return {p: {m: statistics(pop.data[m][g]) for m in METRICS} for p, g in pop.group.items()}


# ---- scores and tiers --------------------------------------------------------

def pseudo_sigma(st, sigmae=PSEUDO_SIGMAE):
    pos, neg = abs(st["max"] - st["mode"]), abs(st["mode"] - st["min"])
    if pos > 0 and neg > 0:
        return (pos + neg) / 2 / (sigmae + 1)
    return max(pos, neg) / (sigmae + 1)                        # 0.0 when the metric is constant


def metric_score(x, st):
    sigma = pseudo_sigma(st)
    return np.abs(x - st["mode"]) / sigma if sigma > 0 else np.zeros(len(x))


def tier_thresholds(scores):
    """[(events, threshold)] for k = 1..5; events 0 means the tier does not exist"""
    s = np.sort(scores)[::-1]
    out = []
    for k in range(1, TIERS + 1):
        e = int(len(s) / 10 ** k)
        out.append((e, float(s[e]) if e > 0 else 0.0))
    return out


def tiers(scores, thresholds):
    t = np.zeros(len(scores), dtype=np.int8)
    for k, (e, limit) in enumerate(thresholds, start=1):
        if e > 0:
            t[scores > limit] = k
    return t


def score_population(pop, stats, strategy="mean", min_count=1000):
    """{protocol: {"score": array, "tier": array, "thresholds": [...], "radar": 7 x n}}"""
    out = {}
    for p, g in pop.group.items():
        if g.stop - g.start < min_count:
            continue
        radar = np.stack([metric_score(pop.data[m][g], stats[p][m]) for m in SCORED])
        score = radar.mean(axis=0) if strategy == "mean" else radar.max(axis=0)
        limits = tier_thresholds(score)
        out[p] = {"score": score, "tier": tiers(score, limits), "thresholds": limits, "radar": radar}
    return out


# ---- the original, literally (slow): for --selftest ------------------------------

def literal(table, strategy="mean", min_count=1000):
    """row by row as the notebook does, with its own idioms; returns the same shapes"""
    from scipy.stats import mode as scipy_mode
    col = {c: table[c].to_pylist() for c in COLUMNS}
    data = {}
    for i in range(table.num_rows):
        a, b = is_public_original(col["Source.IP"][i]), is_public_original(col["Destination.IP"][i])
        if a == b:
            continue
        v = {m: float(col[c][i]) for m, c in SOURCE.items() if c}
        v["volume"] = v["flowrate"] * v["duration"]
        if not all(np.isfinite(x) for x in v.values()):
            continue
        d = data.setdefault(col["ProtocolName"][i], {m: [] for m in METRICS})
        for m in METRICS:
            d[m].append(v[m])
    stats, scores = {}, {}
    for p, d in data.items():
        stats[p] = {m: {"count": len(x), "threshold": 1.0 / float(len(x)), "mode": float(scipy_mode(x).mode),
                        "median": float(np.median(x)), "mean": float(np.mean(x)), "std": float(np.std(x)),
                        "min": float(np.min(x)), "max": float(np.max(x))} for m, x in d.items()}
        if len(d["flowrate"]) < min_count:
            continue
        per = {}
        for m in SCORED:
            st = stats[p][m]
            pos, neg = abs(st["max"] - st["mode"]), abs(st["mode"] - st["min"])
            if pos > 0 and neg > 0:
                sigma = np.mean([pos, neg]) / (PSEUDO_SIGMAE + 1)
            elif pos > 0:
                sigma = pos / (PSEUDO_SIGMAE + 1)
            elif neg > 0:
                sigma = neg / (PSEUDO_SIGMAE + 1)
            else:
                sigma = 1.0
            per[m] = [abs(x - st["mode"]) / sigma for x in d[m]]
        combine = np.mean if strategy == "mean" else np.max
        sc = [combine([per[m][i] for m in SCORED]) for i in range(len(d["flowrate"]))]
        sas = sorted([(sc[i], i) for i in range(len(sc))], reverse=True)
        limits = []
        for k in range(1, TIERS + 1):
            e = int(len(sas) / 10 ** k)
            limits.append((e, sas[e][0] if e > 0 else 0))
        tier = []
        for s in sc:
            for k in range(TIERS, 0, -1):
                if limits[k - 1][0] > 0 and s > limits[k - 1][1]:
                    tier.append(k)
                    break
            else:
                tier.append(0)
        scores[p] = {"score": np.array(sc), "tier": np.array(tier), "thresholds": limits}
    return stats, scores


def selftest(table, min_count):
    pop = Population(table)
    stats = population_metrics(pop)
    for strategy in ("mean", "max"):
        scores = score_population(pop, stats, strategy, min_count)
        l_stats, l_scores = literal(table, strategy, min_count)
        assert set(stats) == set(l_stats) and set(scores) == set(l_scores)
        for p in stats:
            for m in METRICS:
                assert stats[p][m] == l_stats[p][m], (p, m, stats[p][m], l_stats[p][m])
        worst = 0.0
        for p in scores:
            worst = max(worst, float(np.max(np.abs(scores[p]["score"] - l_scores[p]["score"]))))
            assert (scores[p]["tier"] == l_scores[p]["tier"]).all() or worst > 0, p
        print(f"selftest {strategy}: {len(stats)} protocols, {len(scores)} scored, statistics equal to the bit, "
              f"largest score difference {worst:.3g}")


def main(argv=None):
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("flows", help=".csv or .parquet")
    ap.add_argument("--strategy", choices=["mean", "max"], default="mean")
    ap.add_argument("--public-address", choices=["original", "rfc"], default="original")
    ap.add_argument("--nonfinite", choices=["drop", "propagate"], default="drop")
    ap.add_argument("--min-count", type=int, default=1000)
    ap.add_argument("--json", help="write the statistics, ranking and tier thresholds")
    ap.add_argument("--scores", help="write row, ProtocolName, score, tier (.parquet or .csv)")
    ap.add_argument("--selftest", action="store_true")
    a = ap.parse_args(argv)
    t = [time.perf_counter()]
    table = read(a.flows)
    t.append(time.perf_counter())
    if a.selftest:
        return selftest(table, a.min_count)
    pop = Population(table, a.public_address, a.nonfinite)
    t.append(time.perf_counter())
    stats = population_metrics(pop)
    t.append(time.perf_counter())
    scores = score_population(pop, stats, a.strategy, a.min_count)
    t.append(time.perf_counter())
    names = ("read", "population", "statistics", "scores")
    print(f"rows {pop.rows_in}, one public end {pop.rows_one_public}, not finite {pop.rows_nonfinite}, "
          f"protocols {len(stats)}, scored {len(scores)}; " +
          ", ".join(f"{n} {y - x:.2f} s" for n, x, y in zip(names, t, t[1:])), file=sys.stderr)
    if a.json:
        with open(a.json, "w") as f:
            json.dump({"rows": pop.rows_in, "one_public": pop.rows_one_public, "nonfinite": pop.rows_nonfinite,
                       "ranking": pop.ranking(), "statistics": stats,
                       "tiers": {p: s["thresholds"] for p, s in scores.items()}}, f, indent=1)
    if a.scores:
        import pyarrow as pa
        tab = pa.table({
            "row": np.concatenate([pop.row[pop.group[p]] for p in scores]) if scores else np.array([], np.int64),
            "ProtocolName": pa.array([p for p in scores for _ in range(len(scores[p]["score"]))]),
            "score": np.concatenate([s["score"] for s in scores.values()]) if scores else np.array([]),
            "tier": np.concatenate([s["tier"] for s in scores.values()]) if scores else np.array([], np.int8)})
        if a.scores.endswith(".csv"):
            import pyarrow.csv as pacsv
            pacsv.write_csv(tab, a.scores)
        else:
            import pyarrow.parquet as pq
            pq.write_table(tab, a.scores)


if __name__ == "__main__":
    main()
