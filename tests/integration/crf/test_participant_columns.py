"""A participant stays who he is: the application's role writes the facts of randomisation alone."""

import pytest
from django.db import DatabaseError, connection

from reminet_site.context import Actor, acting
from tests import world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    ["centre_id = centre_id + 1", "code = 'FR-99-001'", "number = 7", "screened_on = now()"],
)
def test_who_a_participant_is_cannot_be_changed(change):
    here = world.small()
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        acting(Actor.system("tests")),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE crf_participant SET {change} WHERE id = {here.participant.pk}")
