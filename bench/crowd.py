"""Readers beside others who hold threads: clients that wait, and people who sign in."""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from uuid import uuid4

from bench import accounting, data, load, stack
from bench.load import Job, Load
from bench.stack import Served

WAITING, PEOPLE = 200, 4
PASSWORD = "correct horse battery"  # noqa: S105 - made up


def beside_waiting(api: Served) -> Load:
    """Read what is warm while 200 clients wait for what nobody fetches."""
    group = data.users(WAITING, "")
    readers = data.users(200, f"/api/data/github?username={data.LARGE}")
    with ExitStack() as open_sockets:
        for token in group.tokens:
            sock = open_sockets.enter_context(socket.create_connection(("127.0.0.1", api.port), 10))
            path = f"/api/data/news?topic=w{uuid4().hex[:12]}"
            head = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nPrefer: wait=10\r\n\r\n"
            sock.sendall(head.encode())
        time.sleep(0.5)
        return load.drive(Job(api.port, readers.paths, {}, readers.tokens, connections=4, seconds=2.0), stack.BESIDE)


def logins(api: Served, count: int) -> tuple[float, float]:
    """Sign in so often; return the median time and the CPU time of one, in milliseconds."""
    account = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
    post(api, "/api/auth/register", account)
    before = accounting.cpu_seconds(api.pid)
    times = [post(api, "/api/auth/login", account) for _ in range(count)]
    return statistics.median(times), (accounting.cpu_seconds(api.pid) - before) / count * 1000


def peak_mib(api: Served) -> float:
    """Return the most memory the API has while four people sign in at a time, in MiB."""
    account = {"email": f"{uuid4().hex}@example.org", "password": PASSWORD}
    post(api, "/api/auth/register", account)
    highest = 0.0
    with ThreadPoolExecutor(PEOPLE) as people:
        signing_in = [people.submit(post, api, "/api/auth/login", account) for _ in range(40)]
        while not all(one.done() for one in signing_in):
            highest = max(highest, accounting.pss_mib(api.pid))
    return highest


def post(api: Served, path: str, body: dict[str, str]) -> float:
    """Make one request that has to be answered well; return how long it took, in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    began = time.perf_counter()
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status in {200, 201}, answer.status
    return (time.perf_counter() - began) * 1000
