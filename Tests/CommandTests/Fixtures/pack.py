"""Packs a file with gzip, zstd or lz4 (frames): pack.py CODEC FILE OUT"""
import sys

import pyarrow

with open(sys.argv[2], "rb") as file, pyarrow.CompressedOutputStream(sys.argv[3], sys.argv[1]) as out:
    out.write(file.read())
