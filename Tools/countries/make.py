#!/usr/bin/env python3
"""Writes Sources/Geolocation/CountryTable.swift: code, name and centre of every country.

    make.py [--borders ne_110m_admin_0_countries.json]

Codes, English names and, for what the small-scale map leaves out, a position (the first zone of
zone.tab, usually the capital) come from the tz database in /usr/share/zoneinfo, which is in the public
domain. The centre of a country on the map is the centroid of its largest polygon in Natural Earth's 1:110m
borders, public domain as well: the mainland, so that France is not moved by French Guiana.
"""
import argparse
import json
import pathlib
import re

ZONEINFO = pathlib.Path("/usr/share/zoneinfo")
TARGET = pathlib.Path(__file__).resolve().parents[2] / "Sources/Geolocation/CountryTable.swift"

# Where the tz database's name is an abbreviation or sorts by its last word.
NAMES = {
    "AS": "American Samoa", "BL": "Saint Barthélemy", "BQ": "Caribbean Netherlands", "CD": "DR Congo",
    "CF": "Central African Republic", "CG": "Republic of the Congo", "GB": "United Kingdom",
    "GS": "South Georgia", "KN": "Saint Kitts & Nevis", "KP": "North Korea", "KR": "South Korea",
    "LC": "Saint Lucia", "MF": "Saint Martin", "MM": "Myanmar", "PM": "Saint Pierre & Miquelon",
    "PN": "Pitcairn Islands", "SH": "Saint Helena", "ST": "São Tomé & Príncipe", "SX": "Sint Maarten",
    "SZ": "Eswatini", "TC": "Turks & Caicos Islands", "TF": "French Southern Territories",
    "UM": "US Minor Outlying Islands", "VC": "Saint Vincent & the Grenadines", "VG": "British Virgin Islands",
    "VI": "US Virgin Islands", "WS": "Samoa", "XK": "Kosovo",
}
# Inhabited by no zone of the tz database.
POSITIONS = {"BV": (-54.42, 3.36), "HM": (-53.1, 73.51)}
# Natural Earth gives these no ISO 3166 code.
CODES = {"France": "FR", "Norway": "NO"}


def names():
    rows = (line.split("\t") for line in (ZONEINFO / "iso3166.tab").read_text().splitlines() if line[:1] != "#")
    return {"XK": "", **{code: name for code, name in rows}} | NAMES


def degrees(text):
    """+DDMM, -DDDMMSS and the like, as ISO 6709 writes them"""
    sign, whole, minutes, seconds = re.fullmatch(r"([+-])(\d{2,3}?)(\d\d)(\d\d)?", text).groups()
    value = int(whole) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if sign == "-" else value


def first_zones():
    found = {}
    for line in (ZONEINFO / "zone.tab").read_text().splitlines():
        if line[:1] == "#":
            continue
        code, position = line.split("\t")[:2]
        latitude, longitude = re.fullmatch(r"([+-]\d+)([+-]\d+)", position).groups()
        found.setdefault(code, (degrees(latitude), degrees(longitude)))
    return found


def area_and_centroid(ring):
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(ring, ring[1:]):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return abs(area), (y / (3 * area), x / (3 * area))


def centroids(borders):
    found = {}
    for feature in json.loads(pathlib.Path(borders).read_text())["features"]:
        properties, geometry = feature["properties"], feature["geometry"]
        code = CODES.get(properties["NAME"], properties["ISO_A2"])
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        if re.fullmatch("[A-Z]{2}", code):
            found[code] = max(area_and_centroid(polygon[0]) for polygon in polygons)[1]
    return found


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--borders", default=here / "ne_110m_admin_0_countries.json")
    positions = first_zones() | POSITIONS | centroids(parser.parse_args().borders)
    rows = []
    for code, name in sorted(names().items()):
        latitude, longitude = positions[code]
        rows.append(f"    {code}\t{latitude:.2f}\t{longitude:.2f}\t{name}")
    TARGET.write_text(
        "// Written by Tools/countries/make.py from the tz database and Natural Earth, both public domain.\n\n"
        "/// One country a line: ISO 3166 code (and `XK`), latitude and longitude of its centre, English name.\n"
        'let countryTable = """\n' + "\n".join(rows) + '\n    """\n')
    print(f"{len(rows)} countries")


if __name__ == "__main__":
    main()
