"""Two centres, each with words of its own, and the copy of the first, made once for a module."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from analysis.copy.write import Written, write
from analysis.release import bundle
from crf import actions_queries
from crf.models import Draft, Entry, NormalRange, Participant, TrialLock
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.models import Centre
from reminet_site.roles import Role, Verb
from reminet_site.signatures.actions import sign
from reminet_site.trail import actions as redactions
from reminet_site.trail import anchor, verify
from tests import people
from tests.conftest import cloned
from tests.integration.analysis import trial

TESTS = Actor.system("tests")
# What stands at the second centre alone.
THEIRS = ("WOMBAT", "FR-11", "Narwhal")
NAME_TYPED, DRAFTED = "Jeanne Dupont", "a word of a draft"


def said_of(path: Path, *words: str) -> str:
    """ "" where the verifier is content, else what it says."""
    try:
        verify.check(path, [w for w in words if w != "--key"], {anchor.public_key()})
    except verify.Bad as wrong:
        return str(wrong)
    return ""


def person(role: Role, code: str = "FR-05") -> Actor:
    verb = {Role.PRINCIPAL_INVESTIGATOR: Verb.READ_AUDIT, Role.DATA_MANAGER: Verb.REDACT}[role]
    return Actor.of(people.person(role, people.centre(code)), verb)


def first_centre() -> Centre:
    """Three participants: corrected rows, a query, a value redacted by two persons, a draft."""
    centre = people.centre()
    trial.build(trial.COURSES[:3], centre=centre)
    with acting(TESTS):
        scan = Entry.objects.filter(centre=centre, form="RECIST", visit="ASM-03").first()
        event = Entry.objects.filter(centre=centre, form="AE").first()
        NormalRange.objects.create(
            centre=centre, item="LAB.bilirubin", low="1", high="17", since="2019-01-01", at=now()
        )
    kept = scan.data["targets"]
    trial.change(scan, targets=[*kept, {"id": "r10", "organ": "bone", "mm": "5.0"}])
    with acting(TESTS):
        scan.refresh_from_db()
    trial.change(scan, targets=scan.data["targets"][1:], response="PR")
    trial.change(event, term=NAME_TYPED)
    with acting(TESTS):
        event.refresh_from_db()
    trial.change(event, term="=Diarrhoea", grade="2")
    with acting(TESTS):
        Draft.objects.create(
            participant=scan.participant, centre=centre, visit="SCR", form="LAB",
            user=people.person(Role.INVESTIGATOR, centre), raw={"x": [DRAFTED]}, base_version=0,
            saved_at=now(),
        )  # fmt: skip
    ask(scan.participant)
    redact(event)
    sign_for(scan.participant)
    return centre


def ask(participant: Participant) -> None:
    by = Actor.of(people.person(Role.MONITOR, participant.centre), Verb.RAISE_QUERY)
    with acting(by):
        actions_queries.raise_query(
            participant=participant, visit="SCR", form="CONSENT", number=1, item="signed",
            text="Is it signed?", by=by,
        )  # fmt: skip


def sign_for(participant: Participant) -> None:
    by = person(Role.PRINCIPAL_INVESTIGATOR)
    with acting(by):
        sign(
            kind="eligibility",
            record=participant.code,
            meaning="I confirm the criteria",
            by=by,
            centre_id=participant.centre_id,
            participant_id=participant.pk,
        )


def redact(event: Entry) -> None:
    asking, second = person(Role.DATA_MANAGER), person(Role.PRINCIPAL_INVESTIGATOR)
    with acting(asking), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id FROM audit.trail t WHERE t.relation = 'crf_entry' AND t.new = %s",
            [NAME_TYPED],
        )
        row = cursor.fetchone()[0]
        asked = redactions.request_redaction(
            row=row, side="new", reason="a name was typed here", by=asking
        )
    with acting(second):
        assert redactions.confirm_redaction(pk=asked.pk, by=second) == 2


def second_centre() -> None:
    there = people.centre("FR-11", "Narwhal")
    people.person(Role.PRINCIPAL_INVESTIGATOR, there, name="narwhal")
    trial.build(trial.COURSES[:2], centre=there)
    with acting(TESTS):
        entry = Entry.objects.filter(centre=there, form="TUMOUR").first()
    trial.change(entry, l1_regimen="WOMBAT")
    with acting(TESTS):
        other = Participant.objects.filter(centre=there).first()
        NormalRange.objects.create(
            centre=there, item="LAB.WOMBAT", low="1", high="2", since="2019-01-01", at=now()
        )
    ask(other)


@dataclass
class Made:
    folder: Path
    zip: Path
    written: Written
    key: str
    anchors: Path
    expected: dict[str, Any]


@pytest.fixture(scope="module")
def made(django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    room = tmp_path_factory.mktemp("copy")
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        cloned(),
        override_settings(
            DATA_DIR=room / "files",
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        ),
    ):
        centre = first_centre()
        second_centre()
        with acting(TESTS):
            TrialLock.objects.create(locked=True, reason="all is in", open_queries=7, at=now())
        anchored = anchor.make()
        folder = room / "REMINET-FR-05-1"
        folder.mkdir()
        by = person(Role.PRINCIPAL_INVESTIGATOR)
        written = write(folder, name=folder.name, centres=[centre], by=by)
        bundle.pack(folder, room / "copy.zip", folder.name)
        with acting(TESTS):
            expected = {
                entry.pk: entry.data for entry in Entry.objects.filter(centre=centre).order_by("pk")
            }
        yield Made(folder, room / "copy.zip", written, anchor.public_key(), anchored.path, expected)


@pytest.fixture
def mine(made: Made, tmp_path: Path) -> Path:
    """The copy unpacked, for one test to change."""
    return Path(shutil.copytree(made.folder, tmp_path / made.folder.name))
