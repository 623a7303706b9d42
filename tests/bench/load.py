"""Clients on keep-alive connections, in a process of their own: `python -m tests.bench.load`.

Reads from standard input {"port", "seconds", "clients": [{"path", "cookie", "bodies",
"version"}]}; each client posts its bodies in turn, one after the other, with the version that it
has reached in place of @@. Writes {"seconds", "latencies", "failures", "versions"}.
"""

import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reminet_site.local.environment import ROOT
from reminet_site.local.programs import python_words

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: keep-alive\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n{extra}Content-Length: "
)


class Client:
    def __init__(self, port: int, spec: dict[str, Any]) -> None:
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = HEAD.format(
            path=spec["path"], cookie=spec["cookie"], extra=spec.get("extra", "")
        )
        self.bodies, self.version = spec["bodies"], spec["version"]
        self.wanted = spec.get("status", "302")
        self.counts = spec.get("counts", True)
        self.latencies: list[float] = []
        self.failures: list[str] = []

    def run(self, end: float) -> None:
        turn = self.version
        while time.perf_counter() < end and len(self.failures) < 3:
            began = time.perf_counter()
            self.once(self.bodies[turn % len(self.bodies)])
            self.latencies.append(time.perf_counter() - began)
            turn += 1

    def once(self, body: str) -> None:
        body = body.replace("@@", str(self.version))
        self.wire.sendall(f"{self.head}{len(body)}\r\n\r\n{body}".encode())
        status, answer = self.answer()
        if status == self.wanted:
            self.version += self.counts
        else:
            self.failures.append(f"{status}: {answer[-600:]!r}")

    def answer(self) -> tuple[str, bytes]:
        """Status and body of the answer."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.wire.recv(65536)
            if not more:
                raise ConnectionError("the server closed the connection")
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        size = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        while len(body) < size:
            body += self.wire.recv(65536)
        return head.split(b" ", 2)[1].decode(), body


def main() -> None:
    spec = json.load(sys.stdin)
    clients = [Client(spec["port"], one) for one in spec["clients"]]
    began = time.perf_counter()
    end = began + spec["seconds"]
    threads = [threading.Thread(target=client.run, args=(end,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(
        {
            "seconds": time.perf_counter() - began,
            "latencies": sorted(one for client in clients for one in client.latencies),
            "failures": [one for client in clients for one in client.failures],
            "versions": [client.version for client in clients],
        },
        sys.stdout,
    )


def drive(port: int, clients: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Run the clients in another process; versions of `clients` move on. Any failure ends it."""
    spec = {"port": port, "seconds": seconds, "clients": clients}
    words = [*python_words(ROOT), "-m", "tests.bench.load"]
    done = subprocess.run(
        words, cwd=ROOT, input=json.dumps(spec), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"The load did not run: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    if found["failures"]:
        raise SystemExit(f"{clients[0]['path']} answered {found['failures'][0]}")
    for client, version in zip(clients, found["versions"], strict=True):
        client["version"] = version
    return found


@dataclass(frozen=True)
class Compared:
    """Two loads beside each other: medians over the rounds, of rates or latencies."""

    ours: float
    reference: float
    ratio: float  # of the two in one round, the median of all rounds
    low: float  # its quartiles
    high: float
    latencies: tuple[list[float], list[float]]

    def spread(self) -> str:
        return f"half of the rounds between {self.low:.2f} and {self.high:.2f}"


def in_turn(
    ours: Callable[[], dict[str, Any]],
    reference: Callable[[], dict[str, Any]],
    rounds: int,
    measure: Callable[[dict[str, Any]], float],
) -> Compared:
    """Short rounds of the two, each first in every other one.

    A machine's speed changes within a run: what is compared is what was measured side by side.
    """
    found: tuple[list[float], list[float]] = ([], [])
    latencies: tuple[list[float], list[float]] = ([], [])
    loads = (ours, reference)
    for turn in range(rounds):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            said = loads[which]()
            found[which].append(measure(said))
            latencies[which].extend(said["latencies"])
    ratios = [mine / other for mine, other in zip(*found, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4) if rounds > 1 else ratios * 3
    medians = [statistics.median(one) for one in (*found, ratios)]
    return Compared(*medians, low, high, latencies)


def per_second(said: dict[str, Any]) -> float:
    return len(said["latencies"]) / said["seconds"]


if __name__ == "__main__":
    main()
