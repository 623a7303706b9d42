"""Whatever is edited in whatever order: a row a changed field, and the trail rebuilds the past."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crf import actions, study
from crf.models import Entry
from reminet_site.context import Actor, acting, because
from reminet_site.roles import Role, Verb
from tests import people, world

pytestmark = [pytest.mark.django_db, pytest.mark.promise("AT-01")]
SYSTEM = Actor.system("tests")
ONE_DATABASE = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
fresh = itertools.count(1)


def flat(data: dict[str, Any]) -> dict[str, str]:
    """Fields and their texts, as a reader of the form would list them; written for this test."""
    found: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                found[f"{name}[{row['id']}]"] = "row"
                inner = {key: one for key, one in row.items() if key != "id"}
                found |= {f"{name}[{row['id']}].{key}": text(one) for key, one in inner.items()}
        elif value != []:
            found[name] = text(value)
    return found


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(", ", ": "))


def rows_of(entry: Entry) -> list[dict[str, Any]]:
    """The rows of one entry's answers, oldest first."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.item, t.old, t.new, t.user_id, t.role, t.centre_id, t.participant_id, "
            "t.visit, t.form, t.at, t.reason, t.act FROM audit.trail t "
            "WHERE t.relation = 'crf_entry' "
            "AND t.row_id = %s AND t.item NOT LIKE '#%%' ORDER BY t.id",
            [str(entry.pk)],
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


def check(entry: Entry, states: list[dict[str, Any]]) -> None:
    """`states`: the answers after each save. Count, order, every past state, and the present."""
    rows = rows_of(entry)
    past: dict[str, str] = {}
    place = 0
    for state in states:
        wanted = flat(state)
        changed = {k for k in past.keys() | wanted.keys() if past.get(k) != wanted.get(k)}
        these = rows[place : place + len(changed)]
        assert {row["item"] for row in these} == changed
        for row in these:
            assert row["old"] == past.get(row["item"])
            assert row["new"] == wanted.get(row["item"])
            if row["new"] is None:
                del past[row["item"]]
            else:
                past[row["item"]] = row["new"]
        assert past == wanted
        place += len(changed)
    assert place == len(rows)
    with acting(SYSTEM):
        assert past == flat(Entry.objects.get(pk=entry.pk).data)


words = st.sampled_from(["", "a", 'ü " \\ \n', "0", "1.50", "null", "2026-03"])
answers = st.one_of(
    words,
    st.integers(-5, 5),
    st.booleans(),
    st.lists(st.sampled_from(["liver", "bone", "node"]), unique=True, max_size=3),
    st.builds(lambda why: {"missing": why}, st.sampled_from(["not_done", "unknown"])),
)
row = st.dictionaries(st.sampled_from(["organ", "mm", "note"]), words | st.integers(0, 9))
groups = st.dictionaries(st.sampled_from(["r1", "r2", "r3"]), row, max_size=3).map(
    lambda by_id: [{"id": one} | values for one, values in by_id.items()]
)
states = st.builds(
    lambda items, targets: items | {"targets": targets},
    st.dictionaries(st.sampled_from("abcd"), answers),
    groups,
)


@ONE_DATABASE
@given(after=st.lists(states, min_size=1, max_size=6))
def test_any_sequence_of_answers_is_rebuilt(after):
    """Straight into the table, rows of groups and lists among them."""
    here = world.small()
    with acting(SYSTEM):
        entry = Entry.objects.create(
            participant=here.participant,
            centre=here.centre,
            visit="LOG",
            form="AE",
            number=next(fresh),
            definition_id=study.current().pk,
            saved_at=datetime.now(UTC),
        )
    for state in after:
        with acting(SYSTEM), because("typed wrongly"):
            Entry.objects.filter(pk=entry.pk).update(data=state)
    check(entry, after)


edits = st.fixed_dictionaries(
    {},
    optional={
        "signed": st.sampled_from(["yes", ""]),
        "consent_date": st.sampled_from(["12/01/2016", "13/01/2016", "02/2016", "31/09/2016", ""]),
        "information_version": st.sampled_from(["2.1", "3.0", " 3.0 ", ""]),
        "copy_given": st.sampled_from(["yes", "no", ""]),
    },
)


@ONE_DATABASE
@given(steps=st.lists(st.tuples(edits, st.sampled_from(["", "read again"])), max_size=7))
def test_any_sequence_of_posts_is_rebuilt(steps):
    """Through the page, and through the action, by turns; refused ones leave no row."""
    here = world.small()
    here.participant = world.screened(here.centre, here.investigator)
    client = people.sign_in(Client(), here.investigator)
    kept: list[dict[str, Any]] = []
    began = datetime.now(UTC)
    for turn, (typed, reason) in enumerate(steps):
        entry = saved(here)
        version = entry.version if entry else 0
        if turn % 2:
            by_action(here, typed, version, reason)
        else:
            address = f"/participants/{here.participant.code}/SCR/CONSENT/1/"
            words = {"version": str(version), "change_reason": reason}
            assert client.post(address, typed | words).status_code in (302, 422)
        after = saved(here)
        if after and after.version != version:
            kept.append(after.data)
    entry = saved(here)
    if entry is None:
        return
    check(entry, kept)
    for one in rows_of(entry):
        assert (one["user_id"], one["role"]) == (here.investigator.pk, Role.INVESTIGATOR)
        assert (one["centre_id"], one["participant_id"]) == (here.centre.pk, here.participant.pk)
        assert (one["visit"], one["form"]) == ("SCR", "CONSENT")
        assert began - timedelta(seconds=2) < one["at"] <= datetime.now(UTC) + timedelta(seconds=2)
        assert one["reason"] or one["old"] is None


def by_action(here: world.Small, typed: dict[str, str], version: int, reason: str) -> None:
    from reminet_site.errors import Refusal

    by = Actor.of(here.investigator, Verb.ENTER_DATA)
    raw = {name: [value] for name, value in typed.items()}
    try:
        with acting(by):
            actions.save_entry(
                participant=here.participant,
                visit="SCR",
                form="CONSENT",
                raw=raw,
                version=version,
                reason=reason,
                by=by,
            )
    except Refusal:
        pass


def saved(here: world.Small) -> Entry | None:
    with acting(SYSTEM):
        return Entry.objects.filter(participant=here.participant, form="CONSENT").first()
