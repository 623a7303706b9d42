"""The whole service, started in an empty folder as `make demo` starts it, and ended."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reminet_site.local.processes import free_port
from reminet_site.local.programs import GUARDED

REPOSITORY = Path(__file__).resolve().parents[3]
START = """
import sys
from pathlib import Path
from reminet_site.local.supervisor import Supervisor
from reminet_site.local.trouble import Trouble
try:
    sys.exit(Supervisor(demo=True, root=Path(sys.argv[1]), port=int(sys.argv[2])).run())
except Trouble as trouble:
    sys.exit(str(trouble))
"""


class Service:
    """A supervisor in a process of its own, with a folder that has nothing but manage.py."""

    def __init__(self, root: Path) -> None:
        (root / "manage.py").symlink_to(REPOSITORY / "manage.py")
        self.root, self.port = root, free_port()
        self.said = root / "said"
        self.process = self.start(self.said)

    def start(self, said: Path) -> "subprocess.Popen[bytes]":
        hidden = {"DATABASE_URL", "OWNER_DATABASE_URL", "BROKER_URL", "VAULT_KEY", "SITE_URL"}
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        with open(said, "wb") as out:
            return subprocess.Popen(
                [sys.executable, "-u", "-c", START, str(self.root), str(self.port)],
                cwd=REPOSITORY,
                env=kept | {"PYTHONPATH": str(REPOSITORY)},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def processes(self) -> list[int]:
        """All that work in this folder, or below it."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd").startswith(str(self.root)):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def worker(self) -> int | None:
        """The blind worker's first process: the one that leads a session of its own."""
        for pid in self.processes():
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            if "worker@local" in words and os.getsid(pid) == pid:
                return pid
        return None


def until(true: Callable[[], object], seconds: float = 90) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("service"))
    try:
        ready = until(
            lambda: "is ready" in running.said.read_text() or running.process.poll() is not None
        )
        assert ready, running.said.read_text()
        assert running.process.poll() is None, running.said.read_text()
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)


@pytest.mark.slow
def test_it_says_where_to_go_and_answers_there(service):
    (where,) = re.findall(r"is ready: (\S+)", service.said.read_text())
    assert where == f"http://localhost:{service.port}/"
    with urllib.request.urlopen(f"{where}health", timeout=10) as answer:
        assert answer.status == 200


@pytest.mark.slow
def test_the_blind_worker_holds_no_key_of_the_vault_nor_the_owners_address(service):
    environment = Path(f"/proc/{service.worker()}/environ").read_text()
    names = {line.split("=", 1)[0] for line in environment.split("\0")}
    assert names & GUARDED == {"ANCHOR_KEY"}  # it signs the trail's heads
    assert "DATABASE_URL" in names


@pytest.mark.slow
def test_a_second_start_in_the_same_folder_gets_a_sentence(service):
    second = service.start(service.root / "second")
    assert second.wait(30) == 1
    said = (service.root / "second").read_text()
    assert said.startswith("The service is running already at")
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_killed_worker_is_reported_and_started_again(service):
    before = service.worker()
    os.kill(before, signal.SIGKILL)
    assert until(lambda: service.worker() not in (None, before), 30)
    assert "worker ended by itself (status -9)" in service.said.read_text()


@pytest.mark.slow
def test_ctrl_c_ends_everything_and_leaves_no_process(service):
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(60) == 0
    assert until(lambda: not service.processes(), 10), service.processes()
    assert service.said.read_text().endswith("Ended.\n")
