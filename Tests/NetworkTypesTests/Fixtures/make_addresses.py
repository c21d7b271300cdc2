#!/usr/bin/env python3
"""Writes addresses.tsv, the table IPAddressTests.swift compares with: text, canonical text, global.

Canonical text comes from Python's ipaddress ("-" where it refuses the text). Whether an address is global
is decided here by longest match in the rows of IANA's special-purpose registries, written out below with
their "Globally Reachable" column, so that it shares nothing with the implementation.
"""
import ipaddress
import random

REGISTRY = """
0.0.0.0/0 1
0.0.0.0/8 0
10.0.0.0/8 0
100.64.0.0/10 0
127.0.0.0/8 0
169.254.0.0/16 0
172.16.0.0/12 0
192.0.0.0/24 0
192.0.0.0/29 0
192.0.0.8/32 0
192.0.0.9/32 1
192.0.0.10/32 1
192.0.0.170/32 0
192.0.0.171/32 0
192.0.2.0/24 0
192.31.196.0/24 1
192.52.193.0/24 1
192.168.0.0/16 0
192.175.48.0/24 1
198.18.0.0/15 0
198.51.100.0/24 0
203.0.113.0/24 0
224.0.0.0/4 0
240.0.0.0/4 0
255.255.255.255/32 0
::/0 1
::/128 0
::1/128 0
64:ff9b:1::/48 0
100::/64 0
100:0:0:1::/64 0
2001::/23 0
2001::/32 0
2001:1::1/128 1
2001:1::2/128 1
2001:1::3/128 1
2001:2::/48 0
2001:3::/32 1
2001:4:112::/48 1
2001:10::/28 0
2001:20::/28 1
2001:30::/28 1
2001:db8::/32 0
2002::/16 0
2620:4f:8000::/48 1
3fff::/20 0
5f00::/16 0
fc00::/7 0
fe80::/10 0
fec0::/10 0
ff00::/8 0
"""
ROWS = [(ipaddress.ip_network(net), known == "1") for net, known in map(str.split, REGISTRY.split("\n")[1:-1])]
NAT64 = ipaddress.ip_network("64:ff9b::/96")

ODD = """1.2.3.4
0.0.0.0
255.255.255.255
256.1.1.1
1.2.3.256
1.2.3.999
1.2.3
1.2.3.4.5
1.2.3.
.1.2.3
1..2.3
010.0.0.1
00.0.0.0
1.2.3.04
0x10.0.0.1
1.2.3.4/32
+1.2.3.4
1.2.3.-4
1,2,3,4
1.2.3.4a
99999999999
::
:::
:
::1
1::
1::1
::1::
1::2::3
:1::2
1:2:3:4:5:6:7:8
1:2:3:4:5:6:7
1:2:3:4:5:6:7:8:9
1:2:3:4:5:6:7::
::2:3:4:5:6:7:8
1:2:3:4:5:6:7:8::
1:2:3::4:5:6:7:8
1:2:3:4::5:6:7
1:2:3:4:5:6:7:
:2:3:4:5:6:7:8
0001:0002::
00001::
12345::
g::
ABCD:EF01::
2001:DB8:0:0:1:0:0:1
2001:db8:0:1:1:1:1:1
2001:0:0:1:0:0:0:1
1:0:0:2:0:0:3:4
0:0:1:0:0:0:0:0
::ffff:1.2.3.4
::ffff:0102:0304
::FFFF:10.0.0.1
::ffff:256.0.0.1
::ffff:1.2.3
::ffff:1.2.3.4:5
::1.2.3.4
1.2.3.4::
1:2:3:4:5:6:1.2.3.4
1:2:3:4:5:6:7:1.2.3.4
1:2:3:4:5:1.2.3.4
1:2:3:4:5::1.2.3.4
1:2:3:4:5:6::1.2.3.4
1:2:3:4:5:6:7::1.2.3.4
64:ff9b::8.8.8.8
64:ff9b::10.1.2.3
64:ff9b::100.64.0.1
fe80::1%eth0
fe80::1%
[::1]
::1/128
1:2
1
12
ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
0000:0000:0000:0000:0000:ffff:255.255.255.255
0000:0000:0000:0000:0000:0000:0000:00000""".split("\n")


def is_global(address):
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address in NAT64:
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return max((net.prefixlen, known) for net, known in ROWS if address in net)[1]


def line(text):
    try:
        if "%" in text:
            raise ValueError
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"{text}\t-\t-"
    canonical = address.ipv4_mapped if address.version == 6 and address.ipv4_mapped else address
    return f"{text}\t{canonical}\t{int(is_global(address))}"


def texts():
    yield from ODD
    for net, _ in ROWS + [(NAT64, True)]:
        width = ipaddress.IPv4Address if net.version == 4 else ipaddress.IPv6Address
        first, last = int(net[0]), int(net[-1])
        for number in sorted({first - 1, first, first + 1, last - 1, last, last + 1}):
            if 0 <= number < 1 << net.max_prefixlen:
                yield str(width(number))
    random.seed(7)
    for _ in range(60):
        yield str(ipaddress.IPv4Address(random.getrandbits(32)))
        groups = [random.choice(["0", "0", "1", "ffff", f"{random.getrandbits(16):x}"]) for _ in range(8)]
        yield ":".join(groups)


if __name__ == "__main__":
    seen = dict.fromkeys(texts())
    with open(__file__.replace("make_addresses.py", "addresses.tsv"), "w") as out:
        out.writelines(line(text) + "\n" for text in seen)
