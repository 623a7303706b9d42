"""The demonstration as served: everybody has something to do, and the trail says who did what."""

import io
import re
from collections import deque
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client

from analysis.models import Look, Run
from crf.models import DataQuery, Draft, Entry, Freeze, Participant, TrialLock
from randomisation import eligibility, kit_checks
from randomisation.course import typed_number
from randomisation.models import Kit, Shipment
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.models import Centre, Grant, User
from reminet_site.page import DEMONSTRATION_PASSWORD, demonstration_accounts
from reminet_site.roles import GIVEN_BY_THE_SERVICE, Role
from simulation import served
from tests import people
from tests.conftest import cloned

pytestmark = [pytest.mark.slow, pytest.mark.clones]


@pytest.fixture(scope="module")
def made_once(django_db_blocker: object) -> Iterator[str]:
    """Built once for these tests, which only read."""
    with django_db_blocker.unblock(), cloned() as name:  # type: ignore[attr-defined]
        call_command("demonstration", stdout=io.StringIO())
        yield name


@pytest.fixture
def built(made_once: str) -> Iterator[str]:
    """The same, read by the system."""
    with acting(Actor.system("tests")):
        yield made_once


def home() -> Centre:
    grant = Grant.objects.get(user__email="investigator@demonstration.invalid")
    assert grant.centre is not None
    return grant.centre


def test_one_account_a_role_is_listed_and_a_second_administrator(built: str) -> None:
    listed = demonstration_accounts()["demonstration_accounts"]
    one_each = [role for role in Role if role not in GIVEN_BY_THE_SERVICE]
    expected = [f"{role}@demonstration.invalid" for role in one_each]
    second = "administrator.second@demonstration.invalid"
    expected.insert(one_each.index(Role.ADMINISTRATOR) + 1, second)
    assert [one.email for one in listed] == expected
    assert [one.note for one in listed if one.email == second] == ["second person"]


def test_listed_accounts_take_the_printed_password_and_no_other_account_takes_any(
    built: str,
) -> None:
    for user in User.objects.all():
        listed = user.email.endswith("@demonstration.invalid")
        assert user.has_usable_password() == listed
        assert user.check_password(DEMONSTRATION_PASSWORD) == listed


def test_it_is_the_day_and_the_trial_is_open(built: str) -> None:
    assert clinical_today() == served.DAY
    assert not TrialLock.objects.exists()
    assert not Entry.objects.filter(visit_date__gt=served.DAY).exists()


def test_some_are_treated_and_some_have_ended(built: str) -> None:
    randomised = Participant.objects.filter(randomised_on__isnull=False)
    ended = Entry.objects.filter(form="EOT").values("participant").distinct()
    assert 30 <= randomised.count() <= 40
    assert 10 <= ended.count() <= 25


def test_one_at_home_may_be_randomised_now(built: str) -> None:
    waiting = Participant.objects.filter(centre=home(), randomised_on=None)
    ready = [one for one in waiting if not eligibility.assess(one).open_criteria]
    assert len(ready) == 1
    available = Kit.objects.filter(centre=home(), status="available")
    assert available.count() >= 4


def test_there_is_work_at_home(built: str) -> None:
    states = list(DataQuery.objects.filter(centre=home()).values_list("state", flat=True))
    assert "open" in states
    assert "answered" in states
    assert Draft.objects.filter(centre=home()).count() == 1
    assert Shipment.objects.filter(centre=home(), arrived_on=None).count() == 1


def test_a_casebook_at_home_is_frozen(built: str) -> None:
    [freeze] = Freeze.objects.filter(centre=home())
    mine = Entry.objects.filter(participant=freeze.participant_id)
    assert mine.filter(form="DEATH").exists()
    assert freeze.frozen
    assert len(freeze.held) == mine.exclude(form="AE").count() > 10


def test_analyses_are_there(built: str) -> None:
    assert Run.objects.filter(kind="blinded", state="done").count() == 1
    look = Look.objects.get()
    assert look.run.state == "done"
    assert look.events > 5
    assert look.recommendation.verdict == "change"


RANDOMISED = "FROM crf_participant p WHERE p.randomised_on IS NOT NULL"
HAS = "EXISTS (SELECT FROM crf_entry e WHERE e.participant_id = p.id AND e.form = {})"
ENDED, DIED = HAS.format("'EOT'"), HAS.format("'DEATH'")
GIVEN = HAS.format("'INJ' AND e.data->>'injection' IN ('given', 'delayed')")
# Events are dated to the day in the demonstration.
UNDER_TREATMENT = """
FROM crf_participant p JOIN crf_entry a ON a.participant_id = p.id AND a.form = 'AE'
JOIN (SELECT participant_id, min(visit_date) AS first, max(visit_date) AS last FROM crf_entry
       WHERE form = 'INJ' AND data->>'injection' IN ('given', 'delayed') GROUP BY 1) i
  ON i.participant_id = p.id
WHERE p.randomised_on IS NOT NULL
  AND (a.data->>'start')::date BETWEEN i.first AND i.last + 30"""


def counted(sql: str) -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT {sql}")
        return int(cursor.fetchone()[0])


@pytest.mark.promise("IA-10")
def test_the_flow_and_the_harms_reconcile_with_the_database(built: str) -> None:
    result = Run.objects.get(kind="blinded", state="done").result
    flow, harms, primary = result["flow"]["all"], result["harms"]["all"], result["all"]["primary"]
    screened = result["screening"]
    assert screened["screened"] == counted("count(*) FROM crf_participant")
    assert screened["randomised"] == flow["randomised"] == counted(f"count(*) {RANDOMISED}")
    failed = "count(*) FROM crf_entry WHERE form = 'ELIG' AND data->>'decision' = 'screen_failure'"
    out = sum(screened["not"].values()) - screened["not"]["waiting"]
    assert out == counted(failed) > 0
    assert flow["treated"] == counted(f"count(*) {RANDOMISED} AND {GIVEN}")
    for reason, n in (flow["ended"] | {"nobody": 0}).items():
        why = HAS.format(f"'EOT' AND e.data->>'reason' = '{reason}'")
        assert n == counted(f"count(*) {RANDOMISED} AND {GIVEN} AND {why}")
    going_on = f"count(*) {RANDOMISED} AND {GIVEN} AND NOT {ENDED} AND NOT {DIED}"
    assert flow["treated_on"] == counted(going_on) > 0
    assert flow["died"] == counted(f"count(*) {RANDOMISED} AND {DIED}") > 0
    assert flow["left_out"] == 0
    assert primary["evaluable"] + primary["pending"] <= flow["randomised"]
    for kind, which in {
        "any": "true",
        "severe": "a.data->>'grade' IN ('3', '4', '5')",
        "serious": "a.data->>'serious' = 'yes'",
        "related": "a.data->>'related' IN ('related', 'possible')",
    }.items():
        people_with = counted(f"count(DISTINCT p.id) {UNDER_TREATMENT} AND {which}")
        assert harms["participants"][kind] == people_with > 0
    assert harms["events"] == counted(f"count(*) {UNDER_TREATMENT}")
    assert harms["injections"]["total"] == counted(
        "count(*) FROM crf_entry WHERE form = 'INJ' AND data->>'injection' IN ('given', 'delayed')"
    )


def test_again_it_says_so_and_changes_nothing(built: str) -> None:
    said = io.StringIO()
    before = Entry.objects.count()
    call_command("demonstration", stdout=said)
    assert said.getvalue().startswith("The demonstration is there already")
    assert Entry.objects.count() == before


def test_entries_are_written_on_clinical_days_by_people_of_the_centre(built: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit.trail t JOIN crf_entry e ON e.id::text = t.row_id"
            " WHERE t.relation = 'crf_entry' AND t.clinical_at::date < e.visit_date"
        )
        assert cursor.fetchone()[0] == 0
        cursor.execute(
            "SELECT DISTINCT role FROM audit.trail WHERE relation = 'crf_entry' ORDER BY role"
        )
        assert [row[0] for row in cursor.fetchall()] == ["investigator", "site_coordinator"]
        cursor.execute(
            "SELECT count(*) FROM audit.trail t JOIN reminet_site_grant g ON g.user_id = t.user_id"
            " WHERE t.relation = 'crf_entry' AND g.centre_id <> t.centre_id"
        )
        assert cursor.fetchone()[0] == 0


def test_corrections_carry_their_reason(built: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit.trail WHERE relation = 'crf_entry' AND reason <> ''"
        )
        assert cursor.fetchone()[0] > 5


LINK = re.compile(r'href="(/[^"#?]*)')
MOST = 60  # pages a role
LEFT_OUT = ("/static/", "/accounts/logout", "/releases/download")


@pytest.mark.parametrize("role", [role for role in Role if role not in GIVEN_BY_THE_SERVICE])
def test_every_page_that_a_role_reaches_is_served(made_once: str, role: Role) -> None:
    """From the first page on, every link of the frame and of the pages, breadth first."""
    user = User.objects.get(email=f"{role}@demonstration.invalid")
    client = people.sign_in(Client(), user)
    waiting, seen = deque(["/"]), {"/"}
    while waiting and len(seen) < MOST + len(waiting):
        address = waiting.popleft()
        response = client.get(address, follow=True)
        assert response.status_code == 200, (address, response.status_code)
        if "text/html" not in response.headers.get("Content-Type", ""):
            continue
        for link in LINK.findall(response.content.decode()):
            if link not in seen and not link.startswith(LEFT_OUT):
                seen.add(link)
                waiting.append(link)
    assert len(seen) > 1


def test_every_injection_names_the_kit_that_was_taken_for_it(built: str) -> None:
    entries = Entry.objects.filter(form="INJ").select_related("participant")
    named = [one for one in entries if typed_number(one.data, "kit")]
    assert len(named) > 100
    said = {
        kit_checks.judged(one.participant, one.visit, one.data["kit"], one.visit_date)
        for one in named
    }
    assert said == {("", "")}
    assert not DataQuery.objects.filter(check_name=kit_checks.CHECK).exists()


def test_the_safety_physician_has_serious_events_to_look_at(built: str) -> None:
    user = User.objects.get(email="safety_physician@demonstration.invalid")
    page = people.sign_in(Client(), user).get("/", follow=True)
    assert page.redirect_chain == [("/serious-events/", 302)]
    assert b"/LOG/AE/" in page.content
