"""Looks of the committee and the final analysis: sealed, once, on record, refused before time."""

import hashlib
import json
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from analysis import (
    actions,
    agreement,
    blinded,
    cuts,
    dmc,
    extraction,
    reads,
    rules,
    tasks_unblinded,
    unblinded,
)
from analysis.derivation.conventions import REMINET
from analysis.interim import members_of
from analysis.models import BlindOpening, Look, Run, RunState, Snapshot
from analysis.plans import plan_hash
from crf import actions_lock, study
from crf.definition import Definition
from crf.models import Entry
from randomisation.arms.role import vault
from reminet_site.context import Actor, acting
from reminet_site.errors import NotAllowed, Refusal
from reminet_site.roles import Role, Verb
from tests import people
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(arms, sent):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        made = actions.ask_look(reason="first planned look", by=by)
    ((task, (run_id,)),) = sent
    assert task == "analysis.tasks_unblinded.dmc_look"
    tasks_unblinded.dmc_look(run_id)
    return Look.objects.get(pk=made.pk)


def read(look: Look) -> dict:
    by = actor(Role.DMC_MEMBER, Verb.READ_BY_ARM)
    with acting(by):
        return dmc.read(look, by=by)


def test_a_look_is_sealed_by_arm_and_read_by_the_committee(look):
    assert look.run.state == RunState.DONE
    result = read(look)
    assert {arm: one["n"] for arm, one in result["arms"].items()} == {"LAN": 3, "PBO": 3}
    assert {arm: one["pfs"]["events"] for arm, one in result["arms"].items()} == {
        "LAN": 2,
        "PBO": 1,
    }
    assert result["arms"]["LAN"]["severe"] == 1
    assert result["agreement"]["agrees"]
    assert (look.events, look.events_planned) == (3, 170)


@pytest.mark.promise("IA-10")
def test_the_flow_by_arm_adds_up_to_the_pooled_one(look):
    """And terms of adverse events, which are free text, are told by arm alone."""
    by_arm, pooled = read(look), blinded.run("test").result
    assert by_arm["screening"] == pooled["screening"]
    for key, n in pooled["flow"]["all"].items():
        found = [one[key] for one in by_arm["flow"].values()]
        if isinstance(n, int):
            assert n == sum(found)
        else:
            assert n == {why: sum(one.get(why, 0) for one in found) for why in n}
    for kind, n in pooled["harms"]["all"]["participants"].items():
        assert n == sum(one["participants"][kind] for one in by_arm["harms"].values())
    assert [one["term"] for one in by_arm["harms"]["LAN"]["terms"]] == ["=Diarrhoea"]
    assert "terms" not in pooled["harms"]["all"]


def test_nothing_by_arm_stands_in_a_table_that_app_reads(look):
    run = Run.objects.get(pk=look.run_id)
    assert run.result is None
    assert run.agreement is None
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM arms.results")


def test_a_reading_is_on_record_in_the_vault_and_in_the_trail(look):
    read(look)
    with acting(trial.TESTS), vault() as cursor:
        cursor.execute("SELECT actor, role, what FROM arms.reading WHERE door = 'results'")
        assert cursor.fetchall() == [("DMC member, unblinded", "dmc_member", look.run.name)]
    with acting(trial.TESTS), connection.cursor() as cursor:
        cursor.execute("SELECT actor FROM audit.trail WHERE act = 'read by arm'")
        assert cursor.fetchall() == [("DMC member, unblinded",)]


def test_a_task_delivered_twice_makes_one_report(look):
    tasks_unblinded.dmc_look(look.run_id)
    assert Snapshot.objects.count() == 1
    assert Run.objects.count() == 1


def test_a_second_look_at_the_same_data_is_on_record_and_has_the_same_figures(look, sent):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        second = actions.ask_look(reason="asked again", by=by)
    tasks_unblinded.dmc_look(second.run_id)
    second = Look.objects.select_related("run__same_as").get(pk=second.pk)
    assert second.number == 2
    assert second.run.state == RunState.SAME
    assert read(second) == read(look)
    assert second.events == look.events


@pytest.mark.promise("IA-04")
def test_the_same_cut_gives_the_same_bytes_whatever_is_edited_later(arms):
    definition = study.current().definition

    def report(snapshot: Snapshot) -> str:
        cut = extraction.of_snapshot(Snapshot.objects.get(pk=snapshot.pk))
        return json.dumps(unblinded.figures(cut, arms, definition)[0], sort_keys=True)

    snapshot = cuts.take(by=trial.TESTS)
    made = report(snapshot)
    assert report(snapshot) == made
    with acting(trial.TESTS):
        death = Entry.objects.filter(form="DEATH").first()
    trial.change(death, death_date="2019-12-24")
    assert report(snapshot) == made
    assert report(cuts.take(by=trial.TESTS)) != made


@pytest.mark.promise("IA-03")
def test_a_plan_that_was_frozen_before_a_number_had_a_default_stays_frozen(db):
    """The hash is that of the plan as its text has it."""
    text = json.loads(study.current().definition.json)
    del text["plan"]["quality_worse_by"]
    older = Definition.from_json(json.dumps(text))
    plan = json.dumps(text["plan"], sort_keys=True, separators=(",", ":"))
    assert plan_hash(older) == hashlib.sha256(plan.encode()).hexdigest()
    assert older.plan.quality_worse_by == 5
    assert plan_hash(older) != plan_hash(study.current().definition)


@pytest.mark.promise("IA-03")
@pytest.mark.parametrize(
    "other",
    [
        {"window_last_day": 200},  # the endpoint
        {"missed_assessments": 3},  # censoring
        {"interim_alpha": 0.05},
        {"spending": "Pocock"},
        {"information_fractions": (0.4, 1.0)},  # when it looks
        {"events_planned": 169},
    ],
    ids=lambda other: next(iter(other)),
)
def test_any_number_of_the_plan_is_frozen_by_the_first_look(look, monkeypatch, other):
    current = study.current()
    changed = replace(current.definition, plan=replace(current.definition.plan, **other))
    monkeypatch.setattr(study, "current", lambda: replace(current, definition=changed))
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by), pytest.raises(Refusal, match="frozen"), transaction.atomic():
        actions.ask_look(reason="again", by=by)
    assert Look.objects.count() == 1


@pytest.mark.promise("IA-03")
def test_a_look_under_another_plan_is_refused(look, monkeypatch):
    monkeypatch.setattr(actions, "plan_hash", lambda definition: "0" * 64)
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by), pytest.raises(Refusal, match="frozen"), transaction.atomic():
        actions.ask_look(reason="again", by=by)


def test_a_look_needs_a_reason(arms, sent):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by), pytest.raises(Refusal, match="why the committee looks"), transaction.atomic():
        actions.ask_look(reason="  ", by=by)
    assert not Look.objects.exists()
    assert not sent


def test_engines_that_disagree_hold_the_report_back(arms, sent, monkeypatch):
    real = agreement.answer_by_lifelines

    def wrong(question):
        found = real(question)
        return found | {name: 1e3 for name in found if name.endswith("pfs median")}

    monkeypatch.setattr(agreement, "answer_by_lifelines", wrong)
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        made = actions.ask_look(reason="look", by=by)
    tasks_unblinded.dmc_look(made.run_id)
    held = Look.objects.get(pk=made.pk)
    assert held.run.state == RunState.DIFFERS
    with pytest.raises(Refusal, match="engines disagree"), transaction.atomic():
        read(held)


def test_a_randomised_participant_without_an_arm_stops_the_report(arms):
    fewer = dict(list(arms.items())[1:])
    with acting(trial.TESTS):
        cases = extraction.live().cases
    with pytest.raises(Refusal, match="no arm for the number"):
        unblinded.grouped(cases, members_of(cases, REMINET)[0], fewer)


# --- the opening of the blind -----------------------------------------------------------------


def test_two_persons_open_the_blind(opened):
    assert rules.blind_is_open()
    assert opened.requested_role == "sponsor_manager"
    assert opened.confirmed_role == "trial_statistician"


def test_the_blind_stays_closed_before_the_lock(built):
    by = actor(Role.SPONSOR_MANAGER, Verb.OPEN_BLIND)
    with acting(by), pytest.raises(Refusal, match="not locked"), transaction.atomic():
        actions.request_opening(reason="now", by=by)


def locked():
    manager = actor(Role.DATA_MANAGER, Verb.LOCK_TRIAL)
    with acting(manager):
        actions_lock.lock_trial(reason="end", by=manager)


def test_one_person_does_not_open_it_alone(built):
    locked()
    by = actor(Role.SPONSOR_MANAGER, Verb.OPEN_BLIND)
    with acting(by):
        actions.request_opening(reason="now", by=by)
        with pytest.raises(Refusal, match="Another person"), transaction.atomic():
            actions.confirm_opening(by=by)
    assert not rules.blind_is_open()


def test_two_persons_of_one_role_do_not_open_it(built):
    locked()
    by = actor(Role.SPONSOR_MANAGER, Verb.OPEN_BLIND)
    with acting(by):
        actions.request_opening(reason="now", by=by)
    other = people.person(Role.SPONSOR_MANAGER, name="another.sponsor")
    second = Actor.of(other, Verb.OPEN_BLIND)
    with acting(second), pytest.raises(Refusal, match="trial statistician"), transaction.atomic():
        actions.confirm_opening(by=second)


def test_the_database_refuses_the_same_person_twice(built):
    locked()
    by = actor(Role.SPONSOR_MANAGER, Verb.OPEN_BLIND)
    with acting(by):
        actions.request_opening(reason="now", by=by)
        with pytest.raises(DatabaseError), transaction.atomic():
            BlindOpening.objects.update(
                confirmed_by_id=by.user_id, confirmed_role="x", confirmed_at="2026-01-01T00:00Z"
            )


def test_an_open_blind_is_never_closed(opened):
    with acting(trial.TESTS), pytest.raises(DatabaseError), transaction.atomic():
        BlindOpening.objects.update(confirmed_at=None)
    with acting(trial.TESTS), pytest.raises(DatabaseError), transaction.atomic():
        BlindOpening.objects.all().delete()


def run_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_cut_is_never_changed(built):
    made = cuts.take(by=trial.TESTS)
    for sql in (
        "UPDATE analysis_snapshot SET sha256 = ''",
        "DELETE FROM analysis_snapshot",
        "TRUNCATE analysis_snapshot CASCADE",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(trial.TESTS):
            run_sql(sql)
    assert Snapshot.objects.get().sha256 == made.sha256


def test_no_final_analysis_before_the_blind_is_open(built, arms):
    by = actor(Role.TRIAL_STATISTICIAN, Verb.READ_FINAL)
    locked()
    with acting(by), pytest.raises(Refusal, match="closed"), transaction.atomic():
        actions.ask_final(by=by)
    with acting(by), pytest.raises(Refusal, match="closed"), transaction.atomic():
        unblinded.final_table(by=by)


def test_the_final_analysis_is_made_once_and_read_by_the_statistician(opened, arms, sent):
    by = actor(Role.TRIAL_STATISTICIAN, Verb.READ_FINAL)
    with acting(by):
        run = actions.ask_final(by=by)
    tasks_unblinded.final_analysis(run.pk)
    tasks_unblinded.final_analysis(run.pk)
    with acting(by):
        found = unblinded.read_final(reads.latest("final"), by=by)
        table = unblinded.final_table(by=by)
    assert found["table"]["arms"]["LAN"]["n"] == 3
    assert {name: table[name] for name in ("arms", "followup")} == found["table"]
    assert table["severe"] == {"LAN": 1, "PBO": 0}
    assert table["baseline"]["grade"] == {"G1": 1, "G2": 5}
    assert Snapshot.objects.count() == 1


@pytest.mark.parametrize("role", [Role.TRIAL_STATISTICIAN, Role.SPONSOR_MANAGER])
def test_nobody_blind_asks_for_a_look(role):
    with pytest.raises(NotAllowed):
        actor(role, Verb.RUN_LOOK)
