"""The pages: who sees them, what stands on them, and how many statements they take."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analysis import actions, blinded, broker, changes, reads, tasks_unblinded
from analysis.figures import group_figures
from analysis.models import BlindOpening, Look, Run
from analysis.presenters import by_arm
from crf.actions_lock import lock_trial
from crf.models import Entry
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.models import SecurityEvent
from reminet_site.roles import RIGHTS, Role, Verb
from tests import people
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
PAGES = {
    "analysis:interim": Verb.READ_POOLED,
    "analysis:interim_progress": Verb.READ_POOLED,
    "analysis:dmc": Verb.READ_BY_ARM,
    "analysis:trial": Verb.READ_TRIAL_STATE,
    "analysis:releases": Verb.READ_RELEASES,
    "analysis:api_releases": Verb.READ_RELEASES,
    "analysis:api": Verb.SIGNED_IN,
    "analysis:token": Verb.SIGNED_IN,
}


@pytest.mark.promise("AC-01")
@pytest.mark.promise("IA-01")
@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_its_pages_and_no_other(role, signed):
    client = signed(role)
    for name, verb in PAGES.items():
        status = client.get(reverse(name)).status_code
        allowed = verb is Verb.SIGNED_IN or verb in RIGHTS[role]
        assert status == (200 if allowed else 403), name


@pytest.mark.promise("IA-01")
def test_that_the_committee_looked_is_on_no_page_of_others(arms, sent, signed):
    """Neither listed nor counted: their pages are the same before a look and after it."""
    blinded.run("test")
    blind = [role for role in Role if Verb.READ_BY_ARM not in RIGHTS[role]]

    def pages() -> dict[tuple[Role, str], str]:
        return {
            (role, name): re.sub(r'value="\w{64}"', "", signed(role).get(reverse(name)).text)
            for role in blind
            for name in ("analysis:interim", "analysis:trial", "analysis:releases")
        }

    before = pages()
    by = Actor.of(people.person(Role.DMC_STATISTICIAN), Verb.RUN_LOOK)
    with acting(by):
        look = actions.ask_look(reason="first look", by=by)
    tasks_unblinded.dmc_look(look.run_id)
    assert pages() == before


def test_the_interim_page_shows_the_pooled_figures(built, signed):
    blinded.run("test")
    page = signed(Role.SPONSOR_MANAGER).get(reverse("analysis:interim")).content.decode()
    assert "66.7 %" in page
    assert "exact 90 % interval 27.1 to 93.7" in page
    assert "target assumed" in page
    assert "Engines agree: ours and lifelines" in page
    assert '<svg class="chart"' in page
    assert "style=" not in page


LOST = trial.Course(((91, "SD"),), last_news=100)  # evaluable, and no status at 6 months


def test_who_has_no_status_at_six_months_is_shown_with_the_rate(database, signed):
    trial.build((*trial.COURSES, LOST))
    blinded.run("test")
    page = signed(Role.SPONSOR_MANAGER).get(reverse("analysis:interim")).content.decode()
    assert "57.1 %" in page  # 4 of 7
    assert "unknown at 6 months, counted as failures: 1; not evaluable: 0;" in page


def test_the_row_of_an_arm_names_them_too():
    figures = group_figures([])
    figures["primary"] |= {"evaluable": 3, "success": 1, "undetermined": 2}
    assert by_arm.arm_row("LAN", figures).unknown == 2


def test_the_pooled_figures_as_csv(built, signed):
    client = signed(Role.TRIAL_STATISTICIAN)
    address = reverse("analysis:interim_figures")
    assert client.get(address).status_code == 404
    run = blinded.run("test")
    lines = client.get(address).content.decode().splitlines()
    assert lines[0] == "cut,plan,code,endpoint,days,at_risk,events,survival,lower,upper"
    assert len(lines) == 1 + sum(len(run.result["all"][e]["days"]) for e in ("pfs", "os"))


def test_the_interim_page_says_that_analyses_are_delayed(built, signed):
    blinded.run("test")
    client = signed(Role.TRIAL_STATISTICIAN)
    assert "Analyses are delayed" not in client.get(reverse("analysis:interim")).content.decode()
    with acting(trial.TESTS):
        Run.objects.update(started_at=now() - timedelta(hours=2))
        Entry.objects.filter(form="DEATH").update(saved_at=now() - timedelta(hours=1))
        Entry.objects.exclude(form="DEATH").update(saved_at=now() - timedelta(hours=3))
    assert "Analyses are delayed" in client.get(reverse("analysis:interim")).content.decode()


def test_the_interim_page_takes_as_many_statements_for_more_participants(built, signed):
    blinded.run("test")
    client = signed(Role.TRIAL_STATISTICIAN)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("analysis:interim"))
        return len(seen)

    statements()
    few = statements()
    more = people.centre("FR-11", "Beaune")
    trial.build(trial.COURSES * 3, more)
    blinded.run("test")
    assert statements() == few


def test_the_committee_page_is_unblinded_and_by_arm(arms, sent, signed):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        look = actions.ask_look(reason="first look", by=by)
    client = signed(Role.DMC_MEMBER)
    page = client.get(reverse("analysis:dmc")).content.decode()
    assert "Being made" in page
    assert 'class="unblinded"' in page
    tasks_unblinded.dmc_look(look.run_id)
    page = client.get(reverse("analysis:dmc")).content.decode()
    assert "LAN" in page
    assert "Kaplan-Meier at 6 months" in page
    assert re.findall(r'data-label="Unknown">(\d+)</td>', page) == ["0", "0"]
    assert "Clopper-Pearson" in page
    assert "Cut the data and look" not in page  # a member reads; the statistician asks
    assert client.post(reverse("analysis:dmc"), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "name", "role"),
    [
        ("dmc", "analysis:dmc", Role.DMC_MEMBER),
        ("final", "analysis:final", Role.TRIAL_STATISTICIAN),
    ],
)
def test_a_report_whose_engines_disagree_says_so_on_its_page(
    arms, opened, sent, signed, kind, name, role
):
    with acting(trial.TESTS):
        made = Run.objects.create(
            kind=kind, plan="p", definition="d", code="c", state="differs", asked_at=now()
        )
        if kind == "dmc":
            Look.objects.create(number=1, run=made, plan="p", asked_at=now(), reason="planned")
    answer = signed(role).get(reverse(name))
    assert answer.status_code == 200
    assert "The two engines disagree on this run" in answer.text


def test_the_statistician_of_the_committee_asks_in_the_browser(arms, sent, signed):
    client = signed(Role.DMC_STATISTICIAN)
    assert client.post(reverse("analysis:dmc"), {"reason": ""}).status_code == 422
    assert client.post(reverse("analysis:dmc"), {"reason": "planned"}).status_code == 302
    assert Look.objects.get().reason == "planned"


def test_lock_and_opening_in_the_browser(built, signed, arms, sent):
    client = signed(Role.DATA_MANAGER)
    assert client.post(reverse("analysis:trial_lock"), {"reason": ""}).status_code == 422
    words = {"reason": "signed on paper", "password": people.PASSWORD}
    assert client.post(reverse("analysis:trial_lock"), words).status_code == 302
    client = signed(Role.SPONSOR_MANAGER)
    address = reverse("analysis:trial_opening")
    words = {"act": "request", "reason": "primary analysis"}
    assert client.post(address, words | {"password": "wrong"}).status_code == 422
    assert not BlindOpening.objects.exists()
    assert SecurityEvent.objects.filter(kind="re-authentication failed").exists()
    assert client.post(address, words | {"password": people.PASSWORD}).status_code == 302
    client = signed(Role.TRIAL_STATISTICIAN)
    assert client.get(reverse("analysis:final")).status_code == 422
    words = {"act": "confirm", "password": people.PASSWORD}
    assert client.post(address, words).status_code == 302
    assert client.get(reverse("analysis:final")).status_code == 200
    assert client.post(reverse("analysis:final")).status_code == 302
    tasks_unblinded.final_analysis(sent[-1][1][0])
    page = client.get(reverse("analysis:final")).content.decode()
    assert "LAN" in page
    assert "Primary endpoint" in page


def test_an_open_blind_keeps_the_trial_locked(opened, signed):
    client = signed(Role.DATA_MANAGER)
    words = {"reason": "one more value", "password": people.PASSWORD}
    answer = client.post(reverse("analysis:trial_unlock"), words)
    assert answer.status_code == 422
    assert "stay locked" in answer.content.decode()


def test_a_token_is_shown_once_and_revoked(signed):
    client = signed(Role.DATA_MANAGER)
    address = reverse("analysis:token")
    assert client.post(address, {"act": "make", "password": "wrong"}).status_code == 422
    page = client.post(address, {"act": "make", "password": people.PASSWORD}).content.decode()
    assert "shown this once" in page
    assert "shown this once" not in client.get(address).content.decode()
    client.post(address, {"act": "revoke", "password": people.PASSWORD})
    assert "No token" in client.get(address).content.decode()


def test_the_api_page_lists_what_can_be_asked(signed):
    page = signed(Role.DATA_MANAGER).get(reverse("analysis:api")).content.decode()
    assert "/api/releases/{name}/file/" in page


# --- changes ------------------------------------------------------------------------------------


def test_a_burst_of_saves_asks_for_one_run(monkeypatch):
    asked = []
    monkeypatch.setattr(broker, "send_aside", lambda task, **how: asked.append((task, how)))
    monkeypatch.setattr(changes, "_due", 0.0)
    assert changes.ask()
    assert not changes.ask()
    assert asked == [("analysis.tasks.blinded_interim", {"countdown": changes.DELAY})]


def test_an_unreachable_broker_is_logged_and_costs_nothing(monkeypatch, caplog):
    def refuses(*_, **__):
        raise ConnectionError("no broker")

    monkeypatch.setattr(broker.app, "send_task", refuses)
    assert broker.send("analysis.tasks.blinded_interim") is False
    assert "did not take analysis.tasks.blinded_interim: ConnectionError" in caplog.text


def test_messages_carry_ids_alone(monkeypatch):
    seen = []
    monkeypatch.setattr(broker.app, "send_task", lambda name, **how: seen.append((name, how)))
    broker.send("analysis.tasks_unblinded.dmc_look", 7)
    assert seen == [
        ("analysis.tasks_unblinded.dmc_look", {"args": (7,), "countdown": None, "retry": False})
    ]


def test_a_refused_form_comes_back_with_its_sentence(arms, sent, signed):
    client = signed(Role.DMC_STATISTICIAN)
    page = client.post(reverse("analysis:dmc"), {"reason": "  "})
    assert page.status_code == 422
    text = page.content.decode()
    assert '<a href="#look-reason">Write why the committee looks now.</a>' in text
    assert 'id="look-reason-finding"' in text
    client = signed(Role.TRIAL_STATISTICIAN)
    text = client.post(
        reverse("analysis:releases"), {"note": "", "password": people.PASSWORD}
    ).content.decode()
    assert 'id="new-note-finding"' in text


def test_the_trial_page_counts_what_is_left_by_centre(built, signed):
    page = signed(Role.AUDITOR).get(reverse("analysis:trial")).content.decode()
    assert "Forms missing" in page
    assert "FR-05" in page
    assert "Lock the trial" not in page


def test_before_the_lock_it_says_what_the_data_lack(built, signed):
    page = signed(Role.DATA_MANAGER).get(reverse("analysis:trial")).content.decode()
    said = re.search(r"In the whole trial [^.]*\. Whoever locks declares the data complete\.", page)
    assert said
    with acting(SYSTEM):
        lacking = sum(reads.missing_forms().values())
        blank = sum(one.incomplete for one in reads.centre_states())
    assert re.findall(r"\d+", said.group()) == [str(lacking), str(blank)]


def test_after_the_lock_it_asks_for_no_reason(built, signed):
    with acting(SYSTEM):
        lock_trial(reason="a query waits for a scan", by=SYSTEM)
    page = signed(Role.DATA_MANAGER).get(reverse("analysis:trial")).content.decode()
    assert "The trial is locked: data can be read, not changed." in page
    assert "asks for a reason" not in page
    assert "declares the data complete." not in page.partition("Signatures")[0]
