"""Where the arms come from, and what a worker without the key does."""

import pytest

from analysis import actions, broker, tasks_unblinded, unblinded
from analysis.models import Run, RunState
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from tests import allocations, people
from tests.integration.analysis.conftest import actor


def allocated() -> list[str]:
    """Randomisation numbers of four participants."""
    allocations.scheme()
    centre = people.centre()
    allocations.deliver(6)
    allocations.supply(centre, 4)
    with allocations.everybody_eligible():
        return [
            allocations.randomise(one).randomisation_number
            for one in allocations.participants(centre, 4)
        ]


def test_the_door_gives_the_arms_that_were_allocated(database):
    numbers = allocated()
    found = unblinded.arms("test")
    assert set(found) == set(numbers)
    assert set(found.values()) <= {"LAN", "PBO"}


def look() -> int:
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        return actions.ask_look(reason="look", by=by).run_id


def test_a_report_of_real_allocations(database, monkeypatch):
    monkeypatch.setattr(broker, "send", lambda *_, **__: True)
    allocated()
    run_id = look()
    tasks_unblinded.dmc_look(run_id)
    assert Run.objects.get(pk=run_id).state == RunState.DONE


@pytest.mark.clones  # that it failed is committed
def test_a_worker_without_the_key_makes_nothing(database, settings, monkeypatch):
    monkeypatch.setattr(broker, "send", lambda *_, **__: True)
    allocated()
    run_id = look()
    settings.VAULT_KEY = b""
    with pytest.raises(Refusal, match="does not hold the key"):
        tasks_unblinded.dmc_look(run_id)
    assert Run.objects.get(pk=run_id).state == RunState.FAILED
