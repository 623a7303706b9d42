"""A compiled form: visible items, derived values, findings, rows, changes, completeness."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crf.definition import Bounds, Context, Section, Text, next_row_id
from crf.definition.model import RowSource
from tests.unit.definition.conftest import check, item, rows

TODAY = Context(today=date(2019, 8, 9))


def said(evaluation, severity=None):
    return [
        (one.field, one.check)
        for one in evaluation.findings
        if severity in (None, one.severity) and one.check != "blank"
    ]


def sentence(evaluation, name):
    return next(one.sentence for one in evaluation.findings if one.check == name)


def test_a_hidden_item_keeps_no_value(make):
    form = make(item("y", "yesno"), item("why", "text", show_if="y"))
    made = form.process({"y": ["no"], "why": ["because"]})
    assert made.answers == {"y": "no"}
    assert "why" not in made.visible
    old = {"y": "yes", "why": "because"}
    assert form.changed(old, made.answers) == [("y", "", "yes", "no"), ("why", "", "because", None)]


def test_unknown_hides(make):
    form = make(item("y", "yesno"), item("why", "text", show_if="y"), item("other", show_if="!y"))
    made = form.evaluate({})
    assert made.visible == {"y"}


def test_a_problem_of_typing_in_a_hidden_item_stops_nothing(make):
    form = make(item("y", "yesno"), item("w", show_if="y"))
    assert not form.process({"y": ["no"], "w": ["abc"]}).refused
    shown = form.process({"y": ["yes"], "w": ["abc"]})
    assert shown.refused
    assert [(one.field, one.check) for one in shown.findings] == [("w", "format")]


def test_sections_hide_whole(make):
    form = make(
        item("y", "yesno"),
        item("w"),
        sections=(Section("a", Text("A"), ("y",)), Section("b", Text("B"), ("w",), show_if="y")),
    )
    assert form.evaluate({"y": "no", "w": "1"}).sections == {"a"}
    assert form.evaluate({"y": "no", "w": "1"}).completeness == {"a": (1, 1), "b": (0, 0)}
    assert form.evaluate({"y": "yes", "w": "1"}).answers == {"y": "yes", "w": "1"}


def test_derived_values_follow_in_any_order(make):
    form = make(
        item("c", expr="b * 2"), item("b", expr="a + 1"), item("a"), item("z", show_if="c > 5")
    )
    made = form.evaluate({"a": "2.0", "b": "99"})
    assert made.derived == {"b": "3.0", "c": "6.0"}
    assert made.answers == {"a": "2.0", "b": "3.0", "c": "6.0"}
    assert "z" in made.visible
    assert form.evaluate({"b": "99"}).answers == {}


def test_a_derived_item_is_not_typed(make):
    form = make(item("a"), item("b", expr="a + 1"))
    assert form.parse({"a": ["1"], "b": ["50"]}).answers == {"a": "1"}
    assert form.changed({"a": "1", "b": "2.0"}, {"a": "1", "b": "3.0"}) == []


def test_derived_of_every_type(make):
    form = make(
        item("d", "date"),
        item("next_day", "date", expr="d + 1"),
        item("late", "yesno", expr="d > 1"),
        item("whole", "integer", expr="2.5"),
        item("two", precision=2, expr="ratio(2, 3)"),
        item("organ_is", "choice", codelist="organ", expr="'liver'"),
        item("word", "text", expr="'abc'"),
    )
    assert form.evaluate({"d": "2019-08-31"}).derived == {
        "next_day": "2019-09-01",
        "late": "yes",
        "whole": 3,
        "two": "0.67",
        "organ_is": "liver",
        "word": "abc",
    }


def test_a_derived_code_that_is_no_answer_is_unknown(make):
    form = make(item("t", "text"), item("o", "choice", codelist="organ", expr="t"))
    assert form.evaluate({"t": "liver"}).derived == {"o": "liver"}
    assert form.evaluate({"t": "spleen"}).derived == {}


def test_ranges(make):
    one = item("hr", "integer", unit="beats/min", hard=Bounds(20, 250), soft=Bounds(50, 100))
    form = make(one)
    assert form.evaluate({"hr": 50}).findings == ()
    low = form.evaluate({"hr": 46}).findings[0]
    assert (low.severity, low.check, low.key) == ("soft", "range", "hr:range")
    assert low.sentence.en == "46 beats/min is below 50. Correct it, or say why it is right."
    high = form.evaluate({"hr": 300}).findings[0]
    assert (high.severity, high.sentence.en) == (
        "hard",
        "300 beats/min is above 250. Correct it.",
    )
    assert high.sentence.fr.startswith("300 batt./min est au-dessus de la limite de 250")


def test_the_centres_own_normal_range_counts(make):
    form = make(item("alt", "integer", unit="U/L", normal=Bounds(None, 45)))
    note = form.evaluate({"alt": 58}).findings[0]
    assert (note.severity, note.sentence.en) == (
        "note",
        "58 U/L is above the centre's normal limit of 45.",
    )
    own = Context(normal={"TEST.alt": Bounds(None, 60)})
    assert form.evaluate({"alt": 58}, own).findings == ()
    assert form.needs.normal


def test_the_upper_limit_in_an_expression(make):
    form = make(
        item("alt", "integer", normal=Bounds(None, 40)), item("times", expr="ratio(alt, uln(alt))")
    )
    assert form.evaluate({"alt": 60}).derived == {"times": "1.5"}
    own = Context(normal={"TEST.alt": Bounds(None, 60)})
    assert form.evaluate({"alt": 60}, own).derived == {"times": "1.0"}


def test_a_date_in_the_future(make):
    form = make(item("d", "date"), item("plan", "date", future=True), item("p", "partial_date"))
    made = form.evaluate({"d": "2019-08-10", "plan": "2020-01-01", "p": "2019-09"}, TODAY)
    assert said(made, "hard") == [("d", "future"), ("p", "future")]
    assert sentence(made, "future").en == (
        "10 Aug 2019 is in the future: today is 9 Aug 2019. Type the date again."
    )
    assert said(form.evaluate({"d": "2019-08-09", "p": "2019-08"}, TODAY)) == []


def test_checks_fire_and_unknown_does_not(make):
    form = make(
        item("a"),
        item("b"),
        checks=(
            check("order", "b", must="a < b", severity="hard",
                  sentence=Text("{b} is not above {a}.", "{b} n'est pas au-dessus de {a}.")),
            check("both", "a", fires_if="a > 5 && b > 5", severity="query"),
        ),
    )  # fmt: skip
    assert said(form.evaluate({"a": "6"})) == []
    made = form.evaluate({"a": "7.5", "b": "6"})
    assert said(made) == [("a", "both"), ("b", "order")]
    assert sentence(made, "order").en == "6 is not above 7.5."
    assert sentence(made, "order").fr == "6 n'est pas au-dessus de 7,5."
    assert made.refused
    assert [one.check for one in made.of("query")] == ["both"]


def test_a_check_on_a_hidden_item_is_silent(make):
    form = make(
        item("y", "yesno"), item("w", show_if="y"), checks=(check("c", "w", fires_if="!y"),)
    )
    assert said(form.evaluate({"y": "no"})) == []


def test_blank_is_a_note_and_a_reason_is_an_answer(make):
    form = make(item("a"), item("b", required=False), item("c"))
    made = form.evaluate({"c": {"missing": "not_done"}})
    assert [(one.field, one.severity, one.check) for one in made.findings] == [
        ("a", "note", "blank")
    ]
    assert made.completeness == {"all": (1, 2)}
    assert not made.refused
    assert not made.complete
    assert form.completeness({"a": "1", "c": "2"}) == {"all": (2, 2)}


def test_known_and_reason(make):
    form = make(
        item("a"),
        item("k", "yesno", expr="known(a)"),
        item("r", "text", expr="reason(a)"),
    )
    assert form.evaluate({}).derived == {"k": "no", "r": ""}
    assert form.evaluate({"a": "1"}).derived["k"] == "yes"
    missing = form.evaluate({"a": {"missing": "not_done"}}).derived
    assert missing == {"k": "no", "r": "not_done"}


def test_other_forms_and_visits(make):
    form = make(
        item("a", expr="forms.VITALS.weight"),
        item("b", expr="previous.b0"),
        item("b0"),
        item("c", expr="visits.SCR.VITALS.weight"),
        item("e", expr="sum(earlier.b0)"),
        item("g", expr="sum(visits.SCR.RECIST_BASE.targets.mm)"),
        item("t", "date", expr="today"),
        item("q", "date", expr="randomisation_day"),
    )
    assert form.needs.forms == {"VITALS"}
    assert form.needs.previous
    assert form.needs.earlier
    assert form.needs.visits == {("SCR", "VITALS"), ("SCR", "RECIST_BASE")}
    context = Context(
        forms={"VITALS": {"weight": "61.5"}},
        previous={"TEST": {"b0": "2.0"}},
        visits={
            "SCR": {
                "VITALS": {"weight": "66.0"},
                "RECIST_BASE": {"targets": [{"id": "r1", "mm": "12"}, {"id": "r2", "mm": "8.5"}]},
            }
        },
        earlier=[{"b0": "1.0"}, {"b0": {"missing": "not_done"}}, {"b0": "2.0"}],
        today=date(2019, 8, 9),
    )
    assert form.evaluate({}, context).derived == {
        "a": "61.5",
        "b": "2.0",
        "c": "66.0",
        "e": "3.0",
        "g": "20.5",
        "t": "2019-08-09",
        "q": "2019-08-09",
    }
    assert form.evaluate({}).derived == {"e": "0.0"}


GROUP = rows(
    "targets",
    item("mm", missing=()),
    item("state", "choice", codelist="lesion_state", required=False),
    item("twice", expr="row.mm * 2"),
    item("why", "text", show_if="known(row.state)", required=False),
    min_rows=1,
    max_rows=2,
)
CHECK = check("small", "targets.mm", must="row.mm >= 10", severity="hard",
              sentence=Text("{row.mm} is too small.", "{row.mm} est trop petit."))  # fmt: skip


@pytest.fixture(scope="module")
def lesions(make):
    return make(
        item("total", expr="sum(targets.mm)"),
        item("n", "integer", expr="count(targets)"),
        groups=(GROUP,),
        checks=(CHECK,),
    )


RAW = {
    "targets.r2": ["1"],
    "targets.r2.mm": ["9"],
    "targets.r10.mm": ["21,5"],
    "targets.r10.state": ["too_small"],
    "targets.r10.why": ["blurred"],
    "targets.x.mm": ["5"],
}


def test_rows_are_read_by_their_ids(lesions):
    assert lesions.parse(RAW).answers == {
        "targets": [
            {"id": "r2", "mm": "9"},
            {"id": "r10", "mm": "21.5", "state": "too_small", "why": "blurred"},
        ]
    }


def test_rows_have_derived_items_checks_and_visibility(lesions):
    made = lesions.process(RAW)
    assert made.derived["targets.r2.twice"] == "18.0"
    assert made.derived["total"] == "30.5"
    assert made.derived["n"] == 2
    assert "targets.r10.why" in made.visible
    assert "targets.r2.why" not in made.visible
    assert said(made, "hard") == [("targets.r2.mm", "small")]
    assert sentence(made, "small").en == "9 is too small."
    assert made.answers["targets"][0] == {"id": "r2", "mm": "9", "twice": "18.0"}


def test_a_column_with_a_blank_is_unknown(lesions):
    made = lesions.process({"targets.r1": ["1"], "targets.r2.mm": ["20"]})
    assert "total" not in made.derived
    assert made.derived["n"] == 2


def test_a_problem_in_a_row_is_said_there(lesions):
    made = lesions.process({"targets.r1.mm": ["abc"]})
    problem = made.of("hard")[0]
    assert (problem.item, problem.row, problem.field) == ("targets.mm", "r1", "targets.r1.mm")


def test_too_few_and_too_many_rows(lesions):
    assert said(lesions.process({}), "note") == [("targets", "rows")]
    assert lesions.process({}).completeness == {"all": (0, 1)}
    many = lesions.process({f"targets.r{i}.mm": ["20"] for i in (1, 2, 3)})
    assert said(many, "hard") == [("targets", "rows")]
    assert sentence(many, "rows").en == "targets: 3 rows, at most 2. Remove 1."


def test_removing_one_row_changes_one_row(lesions):
    old = {"targets": [{"id": "r1", "mm": "20"}, {"id": "r2", "mm": "21"}, {"id": "r3"}]}
    new = {"targets": [{"id": "r1", "mm": "20"}]}
    assert lesions.changed(old, new) == [
        ("targets.mm", "r2", "21", None),
        ("targets", "r3", {}, None),
    ]
    assert lesions.changed(new, old) == [
        ("targets.mm", "r2", None, "21"),
        ("targets", "r3", None, {}),
    ]


def test_a_new_row_never_takes_an_old_id():
    assert next_row_id([]) == "r1"
    assert next_row_id([{"id": "r2"}], [{"id": "r7"}]) == "r8"


def test_labels(lesions):
    made = lesions.process(RAW)
    labels = lesions.labels(made.answers, "fr")
    assert labels["targets.r10.mm"] == "21,5"
    assert labels["targets.r10.state"] == "Trop petite pour être mesurée (5 mm)"
    assert lesions.label("targets.mm", "9") == "9"


@pytest.fixture(scope="module")
def followed(make):
    source = RowSource("SCR", "RECIST_BASE", "targets")
    group = rows(
        "lesions",
        item("before", expr="base.mm"),
        item("least", expr="smallest([base.mm] + earlier.lesions.mm)"),
        item("mm"),
        rows_from=source,
        max_rows=5,
    )
    return make(groups=(group,))


BASE = {"SCR": {"RECIST_BASE": {"targets": [{"id": "r1", "mm": "42"}, {"id": "r4", "mm": "20"}]}}}


def test_rows_fixed_by_another_form(followed):
    context = Context(visits=BASE, earlier=[{"lesions": [{"id": "r1", "mm": "30"}]}])
    made = followed.evaluate({"lesions": [{"id": "r4", "mm": "18"}]}, context)
    assert made.answers["lesions"] == [
        {"id": "r1", "before": "42.0", "least": "30.0"},
        {"id": "r4", "before": "20.0", "least": "20.0", "mm": "18"},
    ]
    assert ("SCR", "RECIST_BASE") in followed.needs.visits


def test_a_row_that_was_not_fixed_before_is_refused(followed):
    made = followed.evaluate({"lesions": [{"id": "r9", "mm": "18"}]}, Context(visits=BASE))
    assert said(made, "hard") == [("lesions.r9", "rows")]


@given(
    st.lists(st.fixed_dictionaries({}, optional={"mm": st.sampled_from(["9", "12.5"])}), max_size=3)
)
def test_rows_come_back_from_the_page(lesions, found):
    answers = {"targets": [{"id": f"r{i}", **row} for i, row in enumerate(found, 1)]}
    kept = {name: value for name, value in answers.items() if value}
    assert lesions.parse(lesions.raw(answers)).answers == kept
