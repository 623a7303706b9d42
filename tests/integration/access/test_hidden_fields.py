"""What a role does not see stands in no byte that it gets: pages, JSON, files, history, refusals.

Canaries stand in every kind of field that is hidden from somebody: answers as saved, as they were
before a correction and as somebody typed them, comments, queries, reasons, what skip logic took
away, what two persons redacted, and the secrets of accounts. Every address is asked with every
method, by every role, with every parameter that a view reads; each answer is searched whole.
"""

import base64
import html
import json
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from analysis import cuts
from crf.models import Draft
from reminet_site.clock import clinical_today, now
from reminet_site.context import Actor, acting
from reminet_site.roles import RIGHTS, Role, Verb
from reminet_site.trail import actions as trail_actions
from tests import people, world
from tests.integration.attack_routes import asked_names, every, undone
from tests.integration.crf.test_form import CONSENT
from tests.integration.privacy.test_withdrawal import adverse, save

pytestmark = [pytest.mark.django_db, pytest.mark.promise("AC-03")]
SYSTEM = Actor.system("tests")

# One word a field, so that a failure names what leaked.
SAVED, BEFORE, TYPED = "QZSAVEDTERM", "QZBEFORETERM", "QZDRAFTTERM"
REASON, ASKED, SKIPPED, GONE = "QZREASON", "QZQUERYTEXT", "QZSKIPPED", "QZREDACTED"
CLINICAL = (SAVED, BEFORE, TYPED, REASON, ASKED, SKIPPED, GONE)


@pytest.fixture
def here():
    """A participant with a canary in every kind of field."""
    made = world.small()
    save(made, "SCR", "CONSENT", CONSENT)
    event = adverse("14/01/2016") | {"confirm.listed.term": "Of no class"}
    save(made, "LOG", "AE", event | {"term": BEFORE, "comment": GONE})
    save(made, "LOG", "AE", event | {"term": SAVED}, 1, f"Because {REASON}.")
    ask(made, f"Is it {ASKED}?")
    skippable(made)
    made.draft = drafted(made)
    redact(made)
    made.ids |= {"visit": "LOG", "form": "AE", "item": "term"}
    return made


def ask(made, text):
    from crf.actions_queries import raise_query

    by = Actor.of(people.person(Role.MONITOR, made.centre), Verb.RAISE_QUERY)
    with acting(by):
        raise_query(
            participant=made.participant, visit="LOG", form="AE", number=1, item="term",
            text=text, by=by,
        )  # fmt: skip


def skippable(made):
    """An answer, saved, whose question a later answer takes off the page."""
    sure = {"source_read": "yes", "participant_willing": "yes"}
    save(made, "SCR", "ELIG", sure | {"decision": "screen_failure", "failure_reason": SKIPPED})
    save(made, "SCR", "ELIG", sure | {"failure_reason": SKIPPED}, 1, "Not decided yet.")


def drafted(made):
    """Somebody else of the centre has typed and not saved."""
    colleague = people.person(Role.SITE_COORDINATOR, made.centre, "colleague")
    with acting(SYSTEM):
        return Draft.objects.create(
            participant=made.participant, centre=made.centre, visit="LOG", form="AE", number=1,
            user=colleague, raw={"term": [TYPED]}, base_version=2, saved_at=now(),
        )  # fmt: skip


def redact(made):
    """Two persons take a value of the trail away."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM audit.trail WHERE new = %s", [GONE])
        [row] = cursor.fetchone()
    first = Actor.of(people.person(Role.DATA_MANAGER), Verb.REDACT)
    second = Actor.of(people.person(Role.PRINCIPAL_INVESTIGATOR, made.centre), Verb.REDACT)
    with acting(first):
        asked = trail_actions.request_redaction(
            row=row, side="new", reason="somebody is named in it", by=first
        )
    with acting(second):
        trail_actions.confirm_redaction(pk=asked.pk, by=second)


# -- asking for everything ---------------------------------------------------------------------


def answers(client, here):
    """(what was asked, all bytes of the answer) of every address, method and parameter.

    What refuses the plain request refuses whatever else is sent: it is asked once. The other time
    every parameter is there, numbers where a row is meant, and JSON is asked for.
    """
    for name, rights, there in every(here):
        for method in sorted((rights or {"GET": None}).keys() & {"GET", "POST"}):
            status, text = answer(client, method, there, {})
            yield f"{method} {name}: {status}", text
            if status not in (401, 403, 405):
                sent = {one: parameter(one, here) for one in asked_names()}
                yield f"{method} {name} as JSON", answer(client, method, there, sent, fetch=True)[1]


def parameter(name, here):
    """A value that a view may take for this name."""
    rows = {"after", "look", "older", "page", "pk", "revoke", "row", "search", "seen"}
    return {"find": "yes"}.get(name, str(here.ids["pk"]) if name in rows else here.participant.code)


def answer(client, method, there, sent, *, fetch=False):
    headers = {"X-Requested-With": "fetch"} if fetch else {}
    with undone():
        found = getattr(client, method.lower())(there, sent, headers=headers)
        body = b"".join(found.streaming_content) if found.streaming else found.content
    text = body.decode("utf-8", "replace")
    return found.status_code, f"{dict(found.headers)} {text}"


def leaks(text, hidden):
    """Which of these stand in an answer, as they are or written in another way."""
    plain = f"{text} {html.unescape(text)}"
    found = []
    for one in hidden:
        ways = {one, quote(one), json.dumps(one)[1:-1], base64.b64encode(one.encode()).decode()}
        found += [one for way in ways if way in plain]
    return found


def secrets(session_key):
    """Hashes of passwords, keys of a second step, the key of this session."""
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT password FROM reminet_site_user WHERE password LIKE '%$%' UNION ALL "
            "SELECT coalesce(data::jsonb ->> 'secret', data::jsonb ->> 'seed') "
            "FROM mfa_authenticator"
        )
        return [session_key, *(value for (value,) in cursor.fetchall() if value)]


@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_does_not_see_is_in_no_answer(here, role):
    """The crawl of who reads casebooks finds what may be seen, so it would find the rest too."""
    who = people.person(role, here.centre)
    people.enrol(who)
    client = people.sign_in(Client(raise_request_exception=False), who)
    kept = secrets(client.session.session_key)
    assert len(kept) > 3
    reads = Verb.READ_CASEBOOK in RIGHTS[role]
    hidden = [*((TYPED, GONE) if reads else CLINICAL), *kept]
    seen = ""
    for told, text in answers(client, here):
        assert not leaks(text, hidden), told
        seen += text
    if reads:
        assert [one for one in (SAVED, BEFORE, ASKED) if one not in seen] == []


def test_what_skip_logic_took_away_is_in_no_page_of_the_casebook(here):
    """What was lawfully saved before stays in the history of the item, and nowhere else."""
    client = people.sign_in(Client(), here.investigator)
    casebook = f"/participants/{here.participant.code}/"
    for there in (casebook, f"{casebook}SCR/ELIG/1/", f"/centres/{here.centre.code}/queries/"):
        told = client.get(there)
        assert told.status_code == 200
        assert SKIPPED not in told.content.decode()
    history = client.get(f"{casebook}SCR/ELIG/1/history/failure_reason/").content.decode()
    assert SKIPPED in history


def test_a_cut_of_the_data_holds_answers_as_they_stand_and_nothing_else(here):
    """Of which every release and every analysis is made: no draft, no query, nothing before."""
    with acting(SYSTEM):
        made = cuts.take(by=SYSTEM, cutoff_on=clinical_today(here.centre))
    text = str(list(cuts.read(made)))
    assert SAVED in text
    assert not leaks(text, (BEFORE, TYPED, REASON, ASKED, SKIPPED, GONE))
