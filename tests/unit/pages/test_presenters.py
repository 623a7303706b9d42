"""What presenters make of forms, casebooks and work lists; no database."""

from datetime import date

import pytest

from analysis.presenters.trial import before_lock
from crf.definition import Facts, due_visits
from crf.definition.findings import Finding
from crf.definition.model import Bounds, Text
from crf.presenters import conflict, home, work
from crf.presenters.casebook_facts import next_words
from crf.presenters.form_data import EntryFacts
from crf.presenters.form_page import comment_name
from crf.presenters.form_words import normal_words
from crf.presenters.skeleton import plain, skeleton
from crf.presenters.words import day, moment
from crf.words import form_words
from randomisation.models import Kit
from randomisation.presenters_kits import kits_page, wanted_of
from reminet_site.models import Centre
from tests.journeys import sample_crf as crf
from tests.journeys import sample_form as sample


def fields(page):
    """field name -> FieldView, rows included."""
    found = {}
    for section in page.sections:
        for is_group, parts in section.runs:
            for part in parts:
                rows = [one for row in part.rows for one in row.fields] if is_group else [part]
                found |= {one.id: one for one in rows}
    return found


def test_a_hard_finding_marks_its_field_and_leads_the_summary():
    page = sample.sample_page()
    assert fields(page)["img_date"].invalid
    assert fields(page)["img_date"].describedby == "img_date-imaging_before_visit-finding"
    assert [one.severity for one in page.summary] == ["hard", "soft"]  # one more is confirmed
    assert page.summary_title == "Not saved: 1 error to correct, 1 point to confirm"
    assert [s.state for s in page.sections] == ["entered", "due", "late", "due", "entered"]


def test_a_comment_is_named_by_check_item_and_row():
    plain_one = Finding("soft", "hr", "", "range", Text(""))
    in_row = Finding("soft", "targets.mm", "r1", "jump", Text(""))
    assert comment_name(plain_one) == "confirm.range.hr"
    assert comment_name(in_row) == "confirm.jump.targets.mm.r1"
    kept = fields(sample.sample_page())["hr"].findings[0].comment
    assert kept == "Checked twice, no symptoms, ECG planned"


def test_what_skip_logic_hides_is_not_counted():
    shown = sample.sample_page(findings=())
    visible = sample.everything(sample.FORM, sample.RAW) - {"tsh", "country"}
    evaluation = sample.Evaluation(visible, frozenset(), {}, (), {}, {})
    fewer = sample.sample_page(evaluation=evaluation)
    assert fields(fewer)["tsh"].hidden
    assert not fields(shown)["tsh"].hidden
    assert fewer.expected == shown.expected - 2


def test_a_filled_blank_is_no_change():
    changed = [("hr", "", "64", "46"), ("weight", "", None, "61.5")]
    changes = sample.sample_page(changed=changed).changes
    assert [(one.label, one.old, one.new) for one in changes] == [
        ("Heart rate", "64 beats/min", "46 beats/min")
    ]


def test_fixed_rows_take_no_new_row_and_say_what_they_are():
    page = sample.sample_page()
    targets, new = (g for s in page.sections for is_group, gs in s.runs if is_group for g in gs)
    assert (targets.can_add, targets.can_remove) == (False, False)
    assert [row.note for row in targets.rows] == ["segment VI, dome", "segment II"]
    assert new.can_add
    assert [row.label for row in new.rows] == ["New lesion 1"]


def test_a_skeleton_is_built_once_a_language():
    trial = crf.definition()
    assert skeleton(trial, "VITALS", "en") is skeleton(trial, "VITALS", "en")
    assert skeleton(trial, "VITALS", "fr").title != skeleton(trial, "VITALS", "en").title


def test_late_work_comes_first_and_a_screening_that_ended_leaves_none():
    ended = Facts(screened_on=date(2016, 8, 19))
    old = home.ParticipantWork(
        "FR-05-001", due_visits(crf.definition(), ended, {}, crf.TODAY), None, date(2016, 8, 19)
    )
    assert old.lapsed(crf.TODAY)
    page = home.home_page(
        definition=crf.definition(),
        language="en",
        centre="CHU Dijon",
        centre_code="FR-05",
        timezone="Europe/Paris",
        today=crf.TODAY,
        participants=(*crf.people(), old),
    )
    assert page.groups[0].name == "late"
    assert "FR-05-001" not in {task.code for group in page.groups for task in group.tasks}


def test_a_casebook_has_columns_for_forms_that_have_a_cell():
    page = crf.casebook_page()
    assert "End of treatment" in page.columns  # it may come any day
    assert "Follow-up" not in page.columns
    assert page.latest == "UNS-01"
    blank = next(row for row in page.rows if row.code == "ASM-06")
    words = {cell.form: cell.state.words for cell in blank.cells if cell}
    assert words["RECIST"] == "2 blank"
    assert words["VITALS"] == "Draft"
    late = [cell for row in page.rows for cell in row.cells if cell and cell.state.kind == "late"]
    assert all(cell.needs for cell in late)
    assert late


def test_the_same_value_from_both_is_no_conflict():
    entry = EntryFacts("FR-05-003", "CHU Dijon", "FR-05", "ASM-06", "Month 6", version=3)
    page = conflict.conflict_page(
        definition=crf.definition(),
        form_name="VITALS",
        language="en",
        entry=entry,
        base={},
        theirs=[("weight", "", "60", "61"), ("height", "", None, 170)],
        mine=[("weight", "", "60", "61"), ("height", "", None, 171)],
        raw={},
        their_name="Anne Petit",
        their_time="today 10:47",
        my_time="10:42",
        base_version=2,
    )
    assert [one.field for one in page.choices] == ["height"]
    assert page.choices[0].before == "blank"
    assert [one.label for one in page.merged] == ["Weight"]


def test_words_of_numbers_and_days():
    assert [plain(v) for v in (None, 18.0, 9.5, 1_000_000.0)] == ["", "18", "9.5", "1,000,000"]
    assert day(date(2019, 8, 9)) == "9 Aug 2019"
    assert day(date(2019, 8, 9), crf.TODAY) == "9 Aug"
    assert moment(crf.asked(), "Europe/Paris", date(2019, 10, 6)) == "today 16:05"


def test_who_closes_queries_reads_the_answers_first():
    said = home.QueryWork(7, "FR-05-003", "Heart rate, month 6", "46?", "Ann", crf.asked())
    page = home.home_page(
        definition=crf.definition(),
        language="en",
        centre="CHU Dijon",
        centre_code="FR-05",
        timezone="Europe/Paris",
        today=crf.TODAY,
        participants=crf.people(),
        answered=[said],
        can_enter=False,
        can_answer=False,
        can_close=True,
    )
    assert page.groups[0].name == "answers"
    assert page.groups[0].tasks[0].act == "Read"


@pytest.mark.parametrize(
    ("form", "visit", "number", "words"),
    [
        ("RECIST", "ASM-06", 1, "Tumour assessment, month 6"),
        ("INJ", "INJ-29", 1, "Injection 29"),
        ("AE", "LOG", 3, "Adverse event 3"),
        ("DEATH", "LOG", 1, "Death"),
    ],
)
def test_a_form_is_named_once(form, visit, number, words):
    assert form_words(crf.definition(), form, visit, number) == words


def test_normal_limits_are_short():
    assert normal_words(Bounds(12, 17)) == "normal 12–17"
    assert normal_words(Bounds(None, 40)) == "normal ≤ 40"
    assert normal_words(Bounds(1.5, None)) == "normal ≥ 1.5"


def kit(number, status, expires_on):
    """One of which nothing was recorded."""
    made = Kit(number=number, status=status, expires_on=expires_on)
    made.recorded = []
    return made


def test_expired_kits_are_not_available():
    today = date(2019, 10, 15)
    kits = [
        kit("1", "available", today),
        kit("2", "available", date(2019, 10, 14)),
        kit("3", "quarantined", date(2018, 1, 1)),
    ]
    page = kits_page(
        Centre(code="FR-05", name="CHU Dijon"),
        kits,
        (),
        today,
        assured=1,
        casebooks=False,
        can_receive=True,
        can_send=False,
    )
    counts = dict(page.counts)
    assert (counts["Available"], counts["Expired"], counts["In quarantine"]) == (1, 1, 1)


def found(state="", number=""):
    """Numbers of the kits that this filter leaves, of four."""
    today = date(2019, 10, 15)
    kits = [
        kit("04401", "available", today),
        kit("04402", "available", date(2019, 10, 14)),
        kit("04403", "dispensed", date(2018, 1, 1)),
        kit("14410", "quarantined", date(2018, 1, 1)),
    ]
    page = kits_page(
        Centre(code="FR-05", name="CHU Dijon"),
        kits,
        (),
        today,
        assured=1,
        casebooks=False,
        can_receive=True,
        can_send=False,
        wanted=wanted_of(state, number),
    )
    assert page.of == 4
    assert [one[2] for one in page.states] == [0, 1, 1, 1, 1, 0, 0, 0]  # of all, whatever is asked
    return [row.number for row in page.kits]


def test_kits_are_found_by_state_and_by_a_part_of_the_number():
    assert found() == ["04401", "04402", "04403", "14410"]
    assert found("available") == ["04401"]  # what has expired is another state
    assert found("expired") == ["04402"]
    assert found(number=" 044 ") == ["04401", "04402", "04403"]
    assert found("quarantined", "4410") == ["14410"]
    assert found("quarantined", "04401") == []
    assert found("no such state", "04401") == ["04401"]


def test_before_the_lock_nothing_lacks():
    assert before_lock(0, 0).startswith("In the whole trial no form is due and missing")
    assert before_lock(0, 0, 2).endswith(
        "2 forms are typed and not saved: they are no data, and after the lock nobody can save "
        "them."
    )
    assert before_lock(1, 2).startswith(
        "In the whole trial 1 form is due and missing, 2 forms have items left blank."
    )


def test_the_list_and_the_casebook_call_the_same_late_and_due():
    people = crf.people()
    page = home.home_page(
        definition=crf.definition(),
        language="en",
        centre="CHU Dijon",
        centre_code="FR-05",
        timezone="Europe/Paris",
        today=crf.TODAY,
        participants=people,
    )
    listed = {group.name: group.total for group in page.groups}
    waits = [work.waiting(one, crf.TODAY) for one in people]
    assert listed["late"] == sum(len(one.late) for one in waits)
    assert listed["soon"] == sum(len(one.due) + one.ready for one in waits)


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2019, 3, 1), ("Injection 2, 9 Mar", "in 8 days")),
        (date(2019, 3, 10), ("Injection 2, until 12 Mar", "in 2 days")),
        (date(2019, 3, 15), ("Injection 2, 9 Mar", "Late 3 days")),
    ],
)
def test_the_next_visit_is_the_late_one_that_others_hang_on(today, said):
    facts = Facts(screened_on=date(2019, 1, 25), randomised_on=date(2019, 2, 8))
    held = {("INJ-01", "INJ"): date(2019, 2, 9)}
    due = [one for one in due_visits(crf.definition(), facts, held, today) if one.code != "SCR"]
    assert next_words(due, today, "en") == said


def test_a_long_section_of_optional_items_says_so_once():
    reminet = crf.definition()
    sections = {s.name: s for s in skeleton(reminet, "QOL", "en").sections}
    typed = [p for p in sections["c30"].parts if p.kind != "derived"]
    assert all(p.optional for p in typed)
    assert not any(p.marked for p in typed)
    assert "Leave blank" in sections["c30"].hint
    consent = [p for s in skeleton(reminet, "CONSENT", "en").sections for p in s.parts]
    assert [p.marked for p in consent] == [p.optional and p.kind != "derived" for p in consent]
