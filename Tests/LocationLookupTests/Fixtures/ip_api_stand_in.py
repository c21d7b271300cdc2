#!/usr/bin/env python3
"""Stands in for ip-api.com's batch interface on 127.0.0.1, well-behaved or not.

It prints its port and serves until its standard input ends. The path chooses the behaviour,
/MODE/TEST/batch; each test names itself, and has its own request counter. GET /log/TEST answers the list
of address lists that were asked for.
"""
import collections
import http.server
import json
import sys
import threading
import time

LOG = collections.defaultdict(list)
LOCK = threading.Lock()


def located(address):
    if address == "9.9.9.9":
        return {"status": "fail", "message": "reserved range", "query": address}
    return {"status": "success", "country": "Colombia", "countryCode": "CO", "region": "CAU", "regionName": "Cauca",
            "city": "Popayán", "lat": 2.4419, "lon": -76.6063, "isp": "Edatel", "org": "Universidad del Cauca",
            "as": "AS27695 EDATEL S.A. E.S.P", "query": address}


def odd(address):
    return located(address) | {"lat": "north", "lon": 999, "city": ["a"], "countryCode": "<b>", "isp": "x\u001b[2J\u202e",
                               "org": "o" * 5000, "as": "AS99999999999 many", "country": None}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, headers=()):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(body), "Content-Type": "application/json", **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with LOCK:
            self.answer(LOG[self.path.split("/")[2]])

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, mode, test, rest = self.path.split("/", 3)
        assert rest.startswith("batch?fields=") and len(asked) <= 100
        with LOCK:
            LOG[test].append(asked)
            count = len(LOG[test])
        getattr(self, mode)(asked, count)
        # What misbehaves must not leave octets for the next request.
        self.close_connection = True

    def ok(self, asked, count):
        self.answer([located(address) for address in asked])

    def limited(self, asked, count):
        left = max(0, 3 - count) if count < 4 else 15
        self.answer([located(address) for address in asked], headers={"X-Rl": left, "X-Ttl": 40}.items())

    def refused_once(self, asked, count):
        if count == 1:
            return self.answer({}, 429, {"X-Rl": 0, "X-Ttl": 17}.items())
        self.ok(asked, count)

    def refused(self, asked, count):
        self.answer({}, 429, {"X-Rl": "soon", "X-Ttl": "-1"}.items())

    def failing_twice(self, asked, count):
        if count <= 2:
            return self.answer({}, 500)
        self.ok(asked, count)

    def failing_third(self, asked, count):
        if count == 3:
            return self.answer({}, 403)
        self.ok(asked, count)

    def forbidden(self, asked, count):
        self.answer({}, 403)

    def redirected(self, asked, count):
        self.answer({}, 302, {"Location": "/ok/elsewhere/batch?fields=x"}.items())

    def garbage(self, asked, count):
        self.answer(b'[{"status": "succ\xff\x00')

    def deep(self, asked, count):
        self.answer(b"[" * 200_000)

    def no_list(self, asked, count):
        self.answer({"status": "success"})

    def short(self, asked, count):
        self.answer([located(address) for address in asked[1:]])

    def swapped(self, asked, count):
        self.answer([located(address) for address in reversed(asked)])

    def unknown_status(self, asked, count):
        self.answer([located(address) | {"status": "maybe"} for address in asked])

    def odd(self, asked, count):
        self.answer([odd(address) for address in asked])

    def closing(self, asked, count):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[{")

    def no_answer(self, asked, count):
        time.sleep(20)

    def dripping(self, asked, count):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        self.stream(b" ", 0.05)

    def huge(self, asked, count):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        self.stream(b" " * 65536, 0)

    def stream(self, octets, pause):
        try:
            for _ in range(1000):
                self.wfile.write(octets)
                self.wfile.flush()
                time.sleep(pause)
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
