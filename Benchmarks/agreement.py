#!/usr/bin/env python3
"""How far our flows agree with those of other meters, and why they differ where they do.

    agreement.py [--data DIR] [--ntds PROGRAM] [--only nfstream,zeek,cic] [--every N] [--no-write]
                 [--json FILE] [--list]

Meters the shared captures with the program itself and lays its flows beside those that nfstream, Zeek and the
old CICFlowMeter programs gave for them. Every disagreement gets a cause by rule; one without counts as
`unknown`, and the exit status is then 1. Writes the blocks `nfstream`, `zeek` and `cic` of
Documentation/agreement.md, unless it looked at every Nth capture only. --list prints every disagreement.
"""
import argparse
import json
import os
import sys
import tempfile

import agreement_cic
import agreement_nfstream
import agreement_zeek
import block
from agreement_flows import text

DOCUMENT = os.path.join(block.ROOT, "Documentation", "agreement.md")


def of_peer(tally, quantities, name):
    """the Markdown of a comparison in the corrected mode"""
    rows = [["number of flows" if quantity == "flows" else quantity, tally.agreed[quantity],
             tally.both - tally.agreed[quantity], f"{100 * tally.agreed[quantity] / tally.both:.2f} %"]
            for quantity in quantities]
    causes = [[cause, flows, len(captures), ", ".join(q for q in quantities if q in bad)]
              for cause, flows, captures, bad in tally.causes()]
    return "\n\n".join([
        f"{tally.compared} flows of {name} in {tally.notes['captures']} captures, {tally.notes['ours']} of ours. "
        f"Between the ends of {tally.both} of them we have flows too; of these:",
        block.table(["", "agree", "do not", "share"], rows),
        block.table(["cause of disagreement", "flows", "captures", "in"], causes)])


def of_oracles(results):
    parts = [block.table(["mode", "captures", "IPv4 TCP and UDP rows", "equal in every cell", "differ"],
                         [[r.mode, r.captures, r.rows, r.equal, len(r.different)] for r in results])]
    different = []
    for result in results:
        for capture, row, columns, cause in result.different:
            named = ", ".join(columns[:3]) + (f" and {len(columns) - 3} more" if len(columns) > 3 else "")
            different.append([f"`{capture}`", result.mode, row[0], named, cause])
    parts.append(block.table(["capture", "mode", "flow", "cells", "cause"], different))
    for result in results:
        if result.more["quoted"]:
            parts.append(
                f"`{result.mode}` has {result.more['quoted']} TCP and UDP rows more: flows out of headers that ICMP "
                "errors quote. The program makes them too; they were left out of the table because no such "
                "packet is in the capture, and are gone when ICMP is filtered out.")
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.path.join(block.ROOT, "..", "shared", "data"))
    parser.add_argument("--ntds", default=os.path.join(block.ROOT, ".build", "release", "ntds"))
    parser.add_argument("--only", default="nfstream,zeek,cic")
    parser.add_argument("--every", type=int, default=1, help="look at every Nth capture only")
    parser.add_argument("--no-write", action="store_true", help="leave Documentation/agreement.md as it is")
    parser.add_argument("--json", help="write the counts to a file")
    parser.add_argument("--list", action="store_true", help="print every disagreement")
    options = parser.parse_args()
    blocks, counts, unknown = {}, {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, peer in (("nfstream", agreement_nfstream), ("zeek", agreement_zeek)):
            if name not in options.only.split(","):
                continue
            tally = peer.compare(options.ntds, options.data, folder, options.every)
            blocks[name] = of_peer(tally, peer.QUANTITIES, {"zeek": "Zeek"}.get(name, name))
            counts[name] = {"compared": tally.compared, "both": tally.both, "agreed": tally.agreed,
                            "unknown": sum(d[3] == "unknown" for d in tally.disagreements)}
            unknown += counts[name]["unknown"]
            if options.list:
                for capture, key, bad, cause, _ in tally.disagreements:
                    print(f"{capture}: {text(key)}: {', '.join(sorted(bad))}: {cause}")
    if "cic" in options.only.split(","):
        results = agreement_cic.compare(options.ntds, options.data, options.every)
        blocks["cic"] = of_oracles(results)
        for result in results:
            counts[result.mode] = {"compared": result.rows, "agreed": {"all cells": result.equal},
                                   "unknown": sum(d[3] == "unknown" for d in result.different)
                                   + result.more["unknown"]}
            unknown += counts[result.mode]["unknown"]
    for name, lines in blocks.items():
        print(f"## {name}\n\n{lines}\n")
        if not options.no_write and options.every == 1:
            block.replace(name, lines, DOCUMENT)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(counts, file, indent=1)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
