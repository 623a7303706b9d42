"""What each program may know, and how often a dying one is started again."""

from pathlib import Path

import pytest

from reminet_site.local.programs import programs, restart_delay

EVERYTHING = {
    "DATABASE_URL": "app's",
    "OWNER_DATABASE_URL": "owner's",
    "VAULT_KEY": "key",
    "ANCHOR_KEY": "another key",
    "PATH": "/bin",
}


def named(name):
    (found,) = [p for p in programs(8000, ("127.0.0.1", "[::1]"), Path("/x")) if p.name == name]
    return found


@pytest.mark.parametrize(
    ("name", "holds_key"),
    [("web", True), ("worker-unblinded", True), ("worker", False), ("beat", False)],
)
def test_only_web_and_the_unblinded_worker_hold_the_key(name, holds_key):
    assert ("VAULT_KEY" in named(name).environment(EVERYTHING)) is holds_key


@pytest.mark.parametrize(
    ("name", "holds_key"),
    [("web", False), ("worker-unblinded", False), ("worker", True), ("beat", False)],
)
def test_only_the_worker_that_anchors_holds_its_key(name, holds_key):
    assert ("ANCHOR_KEY" in named(name).environment(EVERYTHING)) is holds_key


@pytest.mark.parametrize("name", ["web", "worker", "worker-unblinded", "beat"])
def test_no_program_holds_the_owners_address(name):
    environment = named(name).environment(EVERYTHING)
    assert "OWNER_DATABASE_URL" not in environment
    assert environment["DATABASE_URL"] == "app's"


def test_unblinded_work_has_a_queue_that_the_blind_worker_does_not_read():
    queues = {
        name: named(name).words[named(name).words.index("-Q") + 1]
        for name in ("worker", "worker-unblinded")
    }
    assert queues == {"worker": "default,analysis", "worker-unblinded": "unblinded"}


def test_web_listens_on_this_machine_only():
    words = named("web").words
    binds = [words[place + 1] for place, word in enumerate(words) if word == "--bind"]
    assert binds == ["127.0.0.1:8000", "[::1]:8000"]


def test_no_secret_is_on_a_command_line():
    for program in programs(8000, ("127.0.0.1",), Path("/x")):
        assert not any(value in program.words for value in EVERYTHING.values())


def test_a_dying_program_is_started_again_later_and_later_then_left():
    deaths: list[float] = []
    waits = []
    for moment in range(5):
        deaths.append(float(moment))
        waits.append(restart_delay(deaths, float(moment)))
    assert waits == [1.0, 2.0, 4.0, 8.0, None]


def test_deaths_of_long_ago_do_not_count():
    assert restart_delay([0.0, 1.0, 2.0, 3.0, 1000.0], 1000.0) == 1.0
