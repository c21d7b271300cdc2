"""Runs a command with standard error on a pseudo-terminal and prints what it wrote there: terminal.py COMMAND..."""
import os
import pty
import subprocess
import sys

master, slave = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave)
os.close(slave)
written = b""
while True:
    try:
        octets = os.read(master, 65536)
    except OSError:
        break
    if not octets:
        break
    written += octets
status = process.wait()
sys.stdout.write(written.decode().replace("\r", "\n").replace("\x1b[K", ""))
sys.exit(status)
