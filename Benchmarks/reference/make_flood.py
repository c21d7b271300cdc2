"""Many flows at once: make_flood.py OUT.pcap FLOWS. Every flow a TCP handshake of two frames and one with 32 octets of
payload, all within 30 seconds, so that all of them are open together. Needs numpy."""
import struct
import sys

import numpy as np

path, flows = sys.argv[1], int(sys.argv[2])
head = np.frombuffer(struct.pack("<IIII", 0, 0, 0, 0), np.uint8)


def frames(number, flags, from_client, payload):
    """as many frames as flow numbers: pcap record header, Ethernet, IPv4, TCP"""
    size = 16 + 14 + 20 + 20 + payload
    out = np.zeros((len(number), size), np.uint8)
    frame = out[:, 16:]
    frame[:, :12] = np.frombuffer(b"\x02\0\0\0\0\1\x02\0\0\0\0\2", np.uint8)
    frame[:, 12:14] = (8, 0)
    ip = frame[:, 14:]
    ip[:, 0], ip[:, 8], ip[:, 9] = 0x45, 64, 6
    total = 40 + payload
    ip[:, 2], ip[:, 3] = total >> 8, total & 255
    client, port = number // 50_000, 10_000 + number % 50_000
    here = np.stack([np.full_like(client, 10), client >> 16 & 255, client >> 8 & 255, client & 255], 1)
    there = np.broadcast_to(np.array([93, 184, 216, 34]), here.shape)
    ip[:, 12:16], ip[:, 16:20] = (here, there) if from_client else (there, here)
    tcp = ip[:, 20:]
    ports = np.stack([port >> 8, port & 255], 1)
    server = np.broadcast_to(np.array([1, 187]), ports.shape)
    tcp[:, 0:2], tcp[:, 2:4] = (ports, server) if from_client else (server, ports)
    tcp[:, 12], tcp[:, 13] = 0x50, flags
    time = number * 20 + {2: 0, 18: 5, 24: 10}[flags]  # microseconds
    record = np.stack([1_700_000_000 + time // 1_000_000, time % 1_000_000,
                       np.full_like(time, size - 16), np.full_like(time, size - 16)], 1).astype("<u4")
    out[:, :16] = record.view(np.uint8).reshape(len(number), 16)
    return out


with open(path, "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for start in range(0, flows, 50_000):
        number = np.arange(start, min(start + 50_000, flows))
        parts = [frames(number, 2, True, 0), frames(number, 18, False, 0), frames(number, 24, True, 32)]
        file.write(np.concatenate(parts, 1).tobytes())
