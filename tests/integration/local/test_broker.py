"""A real broker: what it was given survives its being killed."""

import os
import signal
import time
from pathlib import Path

import pytest
import redis

from reminet_site.local.broker import Broker


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    made = Broker(tmp_path_factory.mktemp("local")).ensure()
    yield made
    made.stop()


def test_it_wants_its_password(broker):
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.from_url(broker.url().replace(broker.password, "wrong")).ping()
    assert broker.password not in Path(f"/proc/{broker.pid}/cmdline").read_text()


def test_a_killed_broker_starts_again_with_what_it_was_given(broker):
    redis.from_url(broker.url()).set("task", "waiting")
    time.sleep(1.2)  # its file is written to disk every second
    os.kill(broker.pid, signal.SIGKILL)
    while broker.running:
        time.sleep(0.02)
    assert redis.from_url(broker.ensure().url()).get("task") == b"waiting"


def test_each_database_has_a_number_of_its_own(broker):
    redis.from_url(broker.url(0)).set("mine", "1")
    assert redis.from_url(broker.url(1)).get("mine") is None


def test_ensure_a_second_time_changes_nothing(broker):
    before = broker.pid
    assert broker.ensure().pid == before
