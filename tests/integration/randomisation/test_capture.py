"""The captures of what an allocation writes, beside the general one that they replace."""

from collections import Counter

import pytest
from django.apps import apps
from django.db import connection, connections

from crf.models import Participant
from randomisation import actions
from randomisation.models import Kit, Scheme
from reminet_site.context import acting
from tests import allocations
from tests.allocations import SYSTEM, participants, randomise

WATCHED = {
    "kit": "",
    "allocation": "participant_id,centre_id,scheme_id,allocated_at,clinical_at,by_id",
    "dispensing": "participant_id,centre_id,dispensed_at,by_id",
}
GENERAL = """
CREATE TRIGGER second AFTER INSERT OR UPDATE ON randomisation_{name}
    FOR EACH ROW EXECUTE FUNCTION audit.capture('{skip}', '');
ALTER TABLE randomisation_{name} ENABLE ALWAYS TRIGGER second
"""


def rows(name):
    """What the trail says of a table: every row but its time, its place in the chain, its salt."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_id, chain, act, t.centre_id, participant_id, visit, form, item, old, new"
            " FROM audit.trail t"
            f" WHERE relation = 'randomisation_{name}' ORDER BY t.id"
        )
        return cursor.fetchall()


@pytest.mark.promise("AT-01")
@pytest.mark.clones
def test_they_write_what_the_general_one_writes(dijon):
    with connections["owner"].cursor() as cursor:
        for name, skip in WATCHED.items():
            cursor.execute(GENERAL.format(name=name, skip=skip))
    allocations.deliver(4)
    allocations.supply(dijon, 4)
    participant = participants(dijon, 1)[0]
    kit = randomise(participant).kit_id
    with acting(SYSTEM):
        actions.dispense(participant=participant, visit="INJ-02", by=SYSTEM)
        actions.quarantine(kit=Kit.objects.get(pk=kit), reason="broken", by=SYSTEM)
    for name in WATCHED:
        written = rows(name)
        assert len(written) > 4
        assert set(Counter(written).values()) == {2}, name


def test_a_column_that_is_not_watched_is_known(clone):
    """A new column of these tables has to be watched by hand, or named here."""
    with connection.cursor() as cursor:
        for name, skip in WATCHED.items():
            cursor.execute(f"SELECT pg_get_functiondef('randomisation_{name}_capture'::regproc)")
            text = cursor.fetchone()[0]
            model = apps.get_model("randomisation", name)
            columns = {field.column for field in model._meta.concrete_fields} - {"id"}
            assert {c for c in columns if f"'#{c}'" not in text} == set(skip.split(",")) - {""}


def test_counting_is_not_in_the_trail_and_the_plan_is(dijon):
    allocations.deliver(4)
    allocations.supply(dijon, 4)
    before = rows("scheme")
    randomise(participants(dijon, 1)[0])
    assert before
    assert rows("scheme") == before
    with acting(SYSTEM):
        assert Participant.objects.count() == Scheme.objects.get().issued == 1
