"""The blinded interim: from entries to the stored result, once for the same data."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analysis import agreement, blinded, cuts, extraction, runs, tasks
from analysis.derivation.participant import derive
from analysis.models import Run, RunState
from crf.models import Entry
from reminet_site.context import acting
from tests.integration.analysis import trial

pytestmark = pytest.mark.django_db


def test_a_run_stores_the_pooled_figures_of_the_entries():
    trial.build()
    run = blinded.run("test")
    assert run.state == RunState.DONE
    pooled = run.result["all"]
    assert pooled["n"] == 6
    # events: progression 273, progression 91, death 100
    assert pooled["pfs"]["events"] == 3
    assert pooled["os"]["events"] == 2
    assert pooled["primary"] == {
        "evaluable": 6,
        "success": 4,
        "pending": 0,
        "undetermined": 0,
        "rate": pytest.approx(4 / 6),
        "lower": pytest.approx(0.2713, abs=1e-4),
        "upper": pytest.approx(0.9372, abs=1e-4),
        "confidence": 0.9,
    }
    assert run.result["information"]["planned"] == 170
    assert run.agreement["agrees"]


def test_the_same_data_are_analysed_once():
    trial.build()
    first = blinded.run("test")
    assert blinded.run("test") is None
    tasks.blinded_interim()
    assert list(Run.objects.values_list("id", flat=True)) == [first.pk]
    assert Run.objects.get().checked_at is not None


def test_a_changed_entry_is_another_run():
    trial.build()
    blinded.run("test")
    with acting(trial.TESTS):
        found = Entry.objects.get(participant__code="FR-05-001", visit="ASM-09")
    trial.change(found, response="SD")
    second = blinded.run("test")
    assert second.result["all"]["pfs"]["events"] == 3  # the death is the event now
    assert second.cut != Run.objects.order_by("id").first().cut
    assert Run.objects.count() == 2


def test_a_run_under_way_is_not_made_twice_and_a_dead_one_is_taken_over():
    trial.build()
    first = blinded.run("test")
    again = {
        "plan": first.plan,
        "definition": first.definition,
        "why": "test",
        "data_at": first.data_at,
    }
    with acting(trial.TESTS):
        other = runs.claim_cut(cut="b" * 64, **again)
        assert runs.claim_cut(cut="b" * 64, **again) is None
        Run.objects.filter(pk=other.pk).update(started_at=first.started_at - runs.STALE * 2)
        assert runs.claim_cut(cut="b" * 64, **again).pk == other.pk
        assert runs.claim_cut(cut=first.cut, **again) is None


def test_who_is_not_at_six_months_is_counted_apart_until_then(monkeypatch):
    """Nothing is written in between: the days that pass are what is new."""
    course = trial.Course(((91, "SD"),), last_news=100)
    gone = trial.Course(((60, "PD"),), last_news=100)
    trial.build((course, gone))
    first, second = trial.START + timedelta(days=7), trial.START + timedelta(days=14)

    def on(day):
        at = datetime.combine(day, time(12), UTC)
        monkeypatch.setattr(blinded, "clinical_now", lambda: at)
        run = blinded.run("test")
        return run and run.result["all"]["primary"]

    before = on(first + timedelta(days=195))
    assert (before["pending"], before["evaluable"], before["rate"]) == (2, 0, None)
    assert on(first + timedelta(days=195)) is None
    between = on(first + timedelta(days=196))
    assert (between["pending"], between["evaluable"], between["success"]) == (1, 1, 0)
    after = on(second + timedelta(days=196))
    assert (after["pending"], after["evaluable"], after["undetermined"]) == (0, 2, 1)


def test_engines_that_disagree_block_the_report(monkeypatch):
    trial.build()
    real = agreement.answer_by_lifelines

    def wrong(question):
        found = real(question)
        return found | {name: 1e3 for name in found if name.endswith("pfs median")}

    monkeypatch.setattr(agreement, "answer_by_lifelines", wrong)
    run = blinded.run("test")
    assert run.state == RunState.DIFFERS
    assert not run.agreement["agrees"]
    assert run.agreement["differences"]


def test_a_contradiction_leaves_one_participant_out_and_says_so():
    trial.build(
        (*trial.COURSES, trial.Course(((0, "PD"),))),
    )
    run = blinded.run("test")
    assert run.result["all"]["n"] == 6
    (sentence,) = run.result["problems"]
    assert sentence.startswith("FR-05-007: progression on")


def test_an_injection_whose_day_is_blank_stops_no_report():
    """A form may be saved with items left blank."""
    (one,) = trial.build((trial.Course(((91, "SD"),), injections=0, grade="3"),))
    with acting(trial.TESTS):
        trial.entry(one, "INJ", "INJ-01", {"injection": "given"}, None)
    run = blinded.run("test")
    assert run.state == RunState.DONE
    assert run.result["flow"]["all"]["treated"] == 1
    assert run.result["harms"]["all"]["participants"]["severe"] == 1
    (cut,) = extraction.of_snapshot(cuts.take(by=trial.TESTS)).cases
    assert (cut.course.injections, cut.course.first) == (1, None)


def test_an_event_without_a_first_day_counts_and_stops_no_report():
    """The reason why there is none stands where the day would; live rows have it as text."""
    (one,) = trial.build((trial.Course(((91, "SD"),), injections=2),))
    with acting(trial.TESTS):
        start = {"missing": "unknown"}
        trial.entry(one, "AE", "LOG", {"term": "Rash", "grade": "2", "start": start}, None)
    run = blinded.run("test")
    assert run.state == RunState.DONE
    assert run.result["harms"]["all"]["participants"]["any"] == 1
    (live,) = trial_cases()
    (cut,) = extraction.of_snapshot(cuts.take(by=trial.TESTS)).cases
    assert live.events == cut.events


def trial_cases():
    with cuts.one_moment(trial.TESTS):
        return extraction.live().cases


def test_no_data_is_a_report_of_nothing():
    run = blinded.run("test")
    assert run.state == RunState.DONE
    assert run.result["all"]["n"] == 0
    assert run.result["all"]["primary"]["rate"] is None


def test_statements_do_not_grow_with_participants():
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen, cuts.one_moment(trial.TESTS):
            extraction.live()
        return len(seen)

    few = statements()
    trial.build()
    assert statements() == few


def test_every_value_names_its_entries():
    trial.build(trial.COURSES[:1])
    with cuts.one_moment(trial.TESTS):
        (case,) = extraction.live().cases
    found = {s.entry_id for one in case.record.assessments for s in one.sources}
    with acting(trial.TESTS):
        written = set(Entry.objects.filter(form="RECIST").values_list("id", flat=True))
    assert found == written


def test_a_cut_gives_the_same_cases_as_the_live_rows():
    trial.build()
    with cuts.one_moment(trial.TESTS):
        live = extraction.live().cases
    stored = extraction.of_snapshot(cuts.take(by=trial.TESTS)).cases
    for one, other in zip(live, stored, strict=True):
        first, second = derive(one.record), derive(other.record)
        assert first.pfs == second.pfs
        assert first.overall_survival == second.overall_survival
        assert one.severe == other.severe
        assert one.baseline.items() <= other.baseline.items()  # a cut is read for more of it
