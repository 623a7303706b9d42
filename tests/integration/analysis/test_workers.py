"""Real workers and a real broker: a save leads to a report, and no broker costs no save."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery

from analysis import actions, broker, changes
from analysis.models import Release, Run, RunState
from crf import actions as crf_actions
from crf.models import Entry, Participant
from reminet_site.context import Actor, acting
from reminet_site.local.broker import Broker
from reminet_site.roles import Role, Verb
from tests import people
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory) -> Iterator[str]:
    made = Broker(tmp_path_factory.mktemp("broker")).ensure()
    yield made.url()
    made.stop()


@pytest.fixture
def sends_to(monkeypatch) -> Callable[[str], None]:
    """From now on this process hands its messages to the broker of that address."""

    def to(address: str) -> None:
        app = Celery("reminet", broker=address)
        app.conf.update(
            task_routes=broker.app.conf.task_routes,
            broker_transport_options=broker.app.conf.broker_transport_options,
        )
        monkeypatch.setattr(broker, "app", app)
        monkeypatch.setattr(changes, "DELAY", 0.0)
        monkeypatch.setattr(changes, "_due", 0.0)

    return to


@pytest.fixture
def worker(clone, valkey, settings, tmp_path) -> Iterator[None]:
    """A blind worker on the test's database: it holds neither the key nor the owner's address."""
    settings.DATA_DIR = tmp_path / "files"
    hidden = {"VAULT_KEY", "OWNER_DATABASE_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | {
        "DATABASE_URL": re.sub(r"/[^/]*$", f"/{clone}", os.environ["DATABASE_URL"]),
        "BROKER_URL": valkey,
        "DATA_DIR": str(settings.DATA_DIR),
    }
    words = ["celery", "-A", "reminet_site.celery", "worker", "-Q", "default,analysis"]
    words += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    with (tmp_path / "worker.log").open("w") as log:
        made = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            made.terminate()
            made.wait(30)


def until(asked: Callable[[], object], seconds: float = 60) -> object:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with acting(trial.TESTS):
            found = asked()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def consent_saved() -> Participant:
    """A coordinator screens somebody and enters the consent, as the browser does."""
    centre = people.centre()
    user = people.person(Role.SITE_COORDINATOR, centre)
    by = Actor.of(user, Verb.ENTER_DATA)
    with acting(by):
        person = crf_actions.screen_participant(centre=centre, screened_on=trial.START, by=by)
    raw = {"signed": ["yes"], "consent_date": [str(trial.START)], "copy_given": ["yes"]}
    raw |= {"information_version": ["2.1"], "samples": ["no"]}
    with acting(by):
        crf_actions.save_entry(
            participant=person, visit="SCR", form="CONSENT", raw=raw, version=0, by=by
        )
    return person


@pytest.mark.slow
def test_a_save_leads_to_a_report_by_a_blind_worker(worker, valkey, sends_to):
    trial.build()
    sends_to(valkey)
    consent_saved()
    run = until(lambda: Run.objects.filter(state=RunState.DONE).first())
    assert run.result["all"]["n"] == 6
    by = actor(Role.TRIAL_STATISTICIAN, Verb.MAKE_RELEASE)
    with acting(by):
        release = actions.ask_release(note="by a worker", by=by)
    assert until(lambda: Release.objects.filter(pk=release.pk, state="done").first())


def test_an_unreachable_broker_loses_and_slows_no_save(clone, sends_to):
    with socket.socket() as held:  # a port where nobody listens
        held.bind(("127.0.0.1", 0))
        sends_to(f"redis://127.0.0.1:{held.getsockname()[1]}/0")
        began = time.monotonic()
        person = consent_saved()
        took = time.monotonic() - began
    with acting(trial.TESTS):
        assert Entry.objects.filter(participant=person, form="CONSENT").exists()
    assert took < 2
