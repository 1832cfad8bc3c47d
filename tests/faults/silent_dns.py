"""Checks a URL where the only nameserver says nothing; a program of its own, in a network and a mount of its own.

`python -m tests.faults.silent_dns resolv.conf` writes as JSON how the check ended and after how many seconds, and how
many seconds the abandoned look-up went on. It has to be started by `unshare --map-root-user --mount --net`.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys
from time import monotonic, sleep

from providers.urls import Policy
from tasks.guard import Ways
from tasks.resolve import LookUps
from tasks.visit import Terms, visit

SIOCSIFFLAGS, IFF_UP = 0x8914, 1
LONGEST = 20.0


def main(resolv_conf: str) -> None:
    """Listen on port 53, answer nothing, and check."""
    subprocess.run(["mount", "--bind", resolv_conf, "/etc/resolv.conf"], check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        fcntl.ioctl(silent, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
        silent.bind(("127.0.0.1", 53))
        look_ups = LookUps()
        terms, began = Terms(Policy(), ways=Ways(look_ups.find)), monotonic()
        sample = visit("http://name.example.org/", terms)
        seconds = monotonic() - began
        while look_ups.running and monotonic() - began < LONGEST:
            sleep(0.05)
        found = {"ended": sample.error_kind, "words": sample.error, "seconds": seconds, "all": monotonic() - began}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
