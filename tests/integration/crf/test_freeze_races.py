"""A freeze beside saves, and beside itself: what it holds is what its page showed."""

import threading

import pytest
from django.db import connection, transaction

from crf import actions_freeze, reads_freeze
from crf.models import DataQuery, Entry, Freeze, Participant
from reminet_site.context import acting
from reminet_site.errors import Conflict, Refusal
from tests import world
from tests.integration.crf.casebooks import SYSTEM, save
from tests.integration.crf.test_form import CONSENT

pytestmark = [pytest.mark.clones, pytest.mark.promise("DI-07")]
CORRECTED = CONSENT | {"information_version": "2.2"}
TREATED = {"treatment": "Paracetamol"}


@pytest.fixture
def here(clone):
    made = world.small()
    with acting(SYSTEM):
        DataQuery.objects.update(state="closed")
    save(made.participant, "SCR", "CONSENT", CONSENT)
    return made.participant


class Beside(threading.Thread):
    """An act on a connection of its own; its result, or what it raised."""

    def __init__(self, act):
        super().__init__()
        self.act, self.found = act, None
        self.start()

    def run(self):
        try:
            self.found = self.act()
        except Exception as error:
            self.found = error
        finally:
            connection.close()

    def ended(self):
        self.join(30)
        return self.found


def mark(participant):
    with acting(SYSTEM):
        return reads_freeze.saved_of(participant).mark


def freeze(participant, seen):
    with acting(SYSTEM):
        return actions_freeze.freeze(participant=participant, seen=seen, by=SYSTEM)


def take_back(participant):
    with acting(SYSTEM):
        return actions_freeze.take_back(participant=participant, reason="A date", by=SYSTEM)


def waits_for_a_row():
    """Somebody waits for what this transaction holds."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01), count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[1]:
                return True
    return False


def version(form):
    with acting(SYSTEM):
        return Entry.objects.get(form=form).version


def fresh(participant):
    with acting(SYSTEM):
        return Participant.objects.select_related("centre").get(pk=participant.pk)


def test_a_save_that_meets_the_freeze_is_refused(here):
    seen = mark(here)
    with acting(SYSTEM), transaction.atomic():
        actions_freeze.freeze(participant=here, seen=seen, by=SYSTEM)
        saving = Beside(lambda: save(here, "SCR", "CONSENT", CORRECTED, 1, "read again"))
        assert waits_for_a_row()
    assert "the entry is frozen" in str(saving.ended())
    assert version("CONSENT") == 1


def test_a_freeze_that_meets_a_save_waits_and_sees_it(here):
    seen = mark(here)
    with acting(SYSTEM), transaction.atomic():
        save(here, "SCR", "CONSENT", CORRECTED, 1, "read again")
        freezing = Beside(lambda: freeze(here, seen))
        assert waits_for_a_row()
    assert isinstance(freezing.ended(), Conflict)
    assert version("CONSENT") == 2


def test_a_form_that_nobody_saw_is_not_frozen(here):
    """It is being entered while the casebook is frozen."""
    seen = mark(here)
    with acting(SYSTEM), transaction.atomic():
        save(here, "LOG", "CM", TREATED)
        freezing = Beside(lambda: freeze(here, seen))
        assert waits_for_a_row()  # for the trail's chain: the freeze has read what it holds
    assert len(freezing.ended().held) == 1
    again = TREATED | {"treatment": "Aspirin"}
    assert save(fresh(here), "LOG", "CM", again, 1, "misread").version == 2


def test_a_freeze_stops_nobody_else(here):
    """It waits for an import of this casebook; a save of another one does not wait for it."""
    other = world.small("FR-11", "Beaune").participant
    seen = mark(here)
    with acting(SYSTEM), transaction.atomic():
        list(Entry.objects.select_for_update(no_key=True).filter(participant=here))
        freezing = Beside(lambda: freeze(here, seen))
        assert waits_for_a_row()
        saved = Beside(lambda: save(other, "SCR", "CONSENT", CONSENT)).ended()
        assert saved.version == 1
    assert freezing.ended().frozen


def test_of_many_at_once_one_counts(here):
    seen = mark(here)
    found = [one.ended() for one in [Beside(lambda: freeze(here, seen)) for _ in range(6)]]
    assert sum(isinstance(one, Freeze) for one in found) == 1
    assert sum(isinstance(one, Refusal) for one in found) == 5
    found = [one.ended() for one in [Beside(lambda: take_back(here)) for _ in range(6)]]
    assert sum(isinstance(one, Freeze) for one in found) == 1
    with acting(SYSTEM):
        assert list(Freeze.objects.order_by("id").values_list("frozen", flat=True)) == [True, False]
