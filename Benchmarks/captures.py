"""Capture files as lists of frames, to change one circumstance and meter again."""
import struct

ETHERNET = 1


class Frame:
    """A frame: microseconds since 1970, octets on the wire, and those captured."""

    def __init__(self, time, wire, octets):
        self.time, self.wire, self.octets = time, wire, octets


def read(path):
    """link type and frames of a pcap or pcapng file of one link type; (None, []) if it has several"""
    with open(path, "rb") as file:
        data = file.read()
    return read_pcapng(data) if data[:4] == b"\n\r\r\n" else read_pcap(data)


def read_pcap(data):
    magics = {b"\xd4\xc3\xb2\xa1": ("<", 1), b"\xa1\xb2\xc3\xd4": (">", 1),
              b"\x4d\x3c\xb2\xa1": ("<", 1000), b"\xa1\xb2\x3c\x4d": (">", 1000)}
    order, divisor = magics[data[:4]]
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    place, frames = 24, []
    while place + 16 <= len(data):
        seconds, fraction, captured, wire = struct.unpack_from(order + "4I", data, place)
        frames.append(Frame(seconds * 1_000_000 + fraction // divisor, wire,
                            data[place + 16:place + 16 + captured]))
        place += 16 + captured
    return link, frames


def read_pcapng(data):
    place, order, interfaces, frames = 0, "<", [], []
    while place + 12 <= len(data):
        if data[place:place + 4] == b"\n\r\r\n":
            order = "<" if data[place + 8:place + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, length = struct.unpack_from(order + "2I", data, place)
        if length < 12:
            break
        if kind == 1:
            link = struct.unpack_from(order + "H", data, place + 8)[0]
            interfaces.append((link, ticks_per_second(data[place + 16:place + length - 4], order)))
        elif kind == 6:
            number, high, low, captured, wire = struct.unpack_from(order + "5I", data, place + 8)
            time = (high << 32 | low) * 1_000_000 // interfaces[number][1]
            frames.append(Frame(time, wire, data[place + 28:place + 28 + captured]))
        place += length
    links = {link for link, _ in interfaces}
    return (links.pop(), frames) if len(links) == 1 else (None, [])


def ticks_per_second(options, order):
    place = 0
    while place + 4 <= len(options):
        code, length = struct.unpack_from(order + "2H", options, place)
        if code == 0:
            break
        if code == 9:
            value = options[place + 4]
            return 2 ** (value & 127) if value & 128 else 10 ** value
        place += 4 + (length + 3) // 4 * 4
    return 1_000_000


def write(path, link, frames):
    """a pcap file with microseconds"""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for frame in frames:
            seconds, fraction = divmod(frame.time, 1_000_000)
            file.write(struct.pack("<4I", seconds & 0xFFFFFFFF, fraction, len(frame.octets), frame.wire))
            file.write(frame.octets)


def ipv4_offset(octets):
    """where the IPv4 header of an Ethernet frame begins, behind VLAN tags; None without one"""
    place = 12
    while octets[place:place + 2] in (b"\x81\x00", b"\x88\xa8"):
        place += 4
    if octets[place:place + 2] != b"\x08\x00" or len(octets) < place + 22 or octets[place + 2] >> 4 != 4:
        return None
    return place + 2


def changed(octets, place, new):
    return octets[:place] + new + octets[place + len(new):]
