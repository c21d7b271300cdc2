"""Writes the Parquet and compressed tables of the tests into a folder: make_tables.py FOLDER."""
import decimal
import gzip
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
rows = 1000
draw = random.Random(7)

# One table, every codec. Column `number` is the row over 8, `word` the row modulo 7.
plain = pa.table({
    "number": pa.array([row / 8 for row in range(rows)]),
    "word": pa.array([f"word {row % 7}" for row in range(rows)]),
})
for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
    pq.write_table(plain, f"{folder}/codec-{codec}.parquet", compression=codec, row_group_size=300)
pq.write_table(plain, f"{folder}/version1.parquet", version="1.0", data_page_version="1.0", use_dictionary=False)
pq.write_table(plain, f"{folder}/version2.parquet", version="2.6", data_page_version="2.0", data_page_size=512)

# Every type: row r holds r % 100 in each, missing where r % 10 is 3.
small = [row % 100 for row in range(rows)]
missing = [row % 10 == 3 for row in range(rows)]


def column(kind, values=small):
    return pa.array([None if gone else value for value, gone in zip(values, missing)], kind)


types = {name: column(getattr(pa, name)()) for name in
         "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64".split()}
types["half"] = column(pa.float32()).cast(pa.float16()) if hasattr(pa, "float16") else column(pa.float32())
types["decimal"] = column(pa.decimal128(12, 2), [decimal.Decimal(value) for value in small])
types["wide"] = column(pa.decimal256(60, 3), [decimal.Decimal(value) for value in small])
types["flag"] = column(pa.bool_(), [value % 2 == 1 for value in small])
types["digits"] = column(pa.string(), [str(value) for value in small])
words = [f"w{value}" for value in small]
types["string"] = column(pa.string(), words)
types["large_string"] = column(pa.large_string(), words)
types["binary"] = column(pa.binary(), [word.encode() for word in words])
types["large_binary"] = column(pa.large_binary(), [word.encode() for word in words])
types["dictionary"] = column(pa.string(), words).dictionary_encode()
types["day"] = column(pa.date32())
types["list"] = pa.array([[value] for value in small])
types["pair"] = pa.array([{"a": value, "b": "x"} for value in small])
types["last"] = column(pa.int32())
pq.write_table(pa.table(types), f"{folder}/types.parquet", row_group_size=300)

pq.write_table(pa.table({"number": pa.array([], pa.float64()), "word": pa.array([], pa.string())}),
               f"{folder}/norows.parquet")
pq.write_table(pa.table({"number": pa.array(["1.5", "Infinity", "-Infinity", "NaN", "NA", "", " 2 ", "+3", "x", "1e4"])}),
               f"{folder}/texts.parquet")
pq.write_table(pa.table({f"c{index}": pa.array([1.0]) for index in range(5000)}), f"{folder}/wide.parquet")
pq.write_table(pa.table({"word": pa.array(["a\0b", "", "é", "\n", "=1+1", "x" * 100_000])}), f"{folder}/hostile.parquet")

# CSV in each packing, several members and frames one after the other.
lines = [f"{row},{draw.random()!r},{draw.choice(['DNS', 'HTTP', 'SSH'])}\n" for row in range(200_000)]
text = ("row,number,word\n" + "".join(lines)).encode()
half = len(text) // 2
open(f"{folder}/table.csv", "wb").write(text)
open(f"{folder}/table.csv.gz", "wb").write(gzip.compress(text, 1))
open(f"{folder}/members.csv.gz", "wb").write(gzip.compress(text[:half], 1) + gzip.compress(text[half:], 1))
zstd = pa.Codec("zstd")
open(f"{folder}/table.csv.zst", "wb").write(zstd.compress(text).to_pybytes())
open(f"{folder}/frames.csv.zst", "wb").write(zstd.compress(text[:half]).to_pybytes() + zstd.compress(text[half:]).to_pybytes())
pq.write_table(pa.table({"row": list(range(200_000)), "number": [float(line.split(",")[1]) for line in lines],
                         "word": [line.split(",")[2].strip() for line in lines]}), f"{folder}/table.parquet")
