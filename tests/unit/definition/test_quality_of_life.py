"""The scores of the questionnaires, beside the manual's formulas worked out in whole fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crf.definition import compile_form

# EORTC QLQ-C30 Scoring Manual, 3rd ed. 2001, table 1: items, range, whether higher is better.
C30 = {
    "ql": ((29, 30), 6, False), "pf": ((1, 2, 3, 4, 5), 3, True), "rf": ((6, 7), 3, True),
    "ef": ((21, 22, 23, 24), 3, True), "cf": ((20, 25), 3, True), "sf": ((26, 27), 3, True),
    "fa": ((10, 12, 18), 3, False), "nv": ((14, 15), 3, False), "pa": ((9, 19), 3, False),
    "dy": ((8,), 3, False), "sl": ((11,), 3, False), "ap": ((13,), 3, False),
    "co": ((16,), 3, False), "di": ((17,), 3, False), "fi": ((28,), 3, False),
}  # fmt: skip
GINET21 = {
    "ed": (31, 32, 33), "gi": (34, 35, 36, 37, 38), "tr": (39, 40), "sf21": (42, 44, 49),
    "drw": (41, 43, 47), "bi": (45,), "wg": (46,), "mbp": (48,), "inf": (50,), "sx": (51,),
}  # fmt: skip
SCALES = C30 | {name: (items, 3, False) for name, items in GINET21.items()}
GOOD = ("pf", "rf", "ef", "cf", "sf")
BAD = ("fa", "pa", "nv", "sl", "ap", "dy", "co", "di")
FILLED = {"qol_date": "2019-02-01", "filled": "yes", "uniscale": 70}


def manual(answers: dict[int, int], items: tuple[int, ...], span: int, up: bool) -> Fraction | None:
    known = [answers[n] for n in items if n in answers]
    if 2 * len(known) < len(items):
        return None
    moved = (Fraction(sum(known), len(known)) - 1) / span
    return 100 * (1 - moved if up else moved)


def scored(reminet, answers: dict[int, int], **more) -> dict:
    kept = FILLED | {f"q{n}": value for n, value in answers.items()} | more
    return compile_form(reminet, "QOL").evaluate(kept).derived


ANSWERS = st.fixed_dictionaries(
    {}, optional={n: st.integers(1, 7 if n in (29, 30) else 4) for n in range(1, 52)}
)


@given(answers=ANSWERS)
def test_every_scale_is_the_manuals(reminet, answers):
    found = scored(reminet, answers)
    wanted = {name: manual(answers, *scale) for name, scale in SCALES.items()}
    for name, score in wanted.items():
        assert (name in found) == (score is not None), name
        if score is not None:
            assert abs(Fraction(found[name]) - score) <= Fraction(1, 200), name
    parts = [wanted[name] for name in GOOD] + [wanted[name] for name in BAD]
    assert ("c30_summary" in found) == (None not in parts)
    if None not in parts:
        total = sum(wanted[name] for name in GOOD) + sum(100 - wanted[name] for name in BAD)
        assert abs(Fraction(found["c30_summary"]) - total / 13) <= Fraction(1, 200)


def test_every_item_counts_in_one_scale():
    counted = sorted(n for items, _span, _up in SCALES.values() for n in items)
    assert counted == list(range(1, 52))


def test_best_and_worst(reminet):
    best = scored(reminet, dict.fromkeys(range(1, 52), 1) | {29: 7, 30: 7})
    assert [best[name] for name in ("ql", "pf", "fa", "sx", "c30_summary")] == [
        "100.00", "100.00", "0.00", "0.00", "100.00",
    ]  # fmt: skip
    worst = scored(reminet, dict.fromkeys(range(1, 52), 4) | {29: 1, 30: 1})
    assert [worst[name] for name in ("ql", "pf", "fa", "sx", "c30_summary")] == [
        "0.00", "0.00", "100.00", "100.00", "0.00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given_", "score"),
    [({1: 2, 2: 3}, None), ({1: 2, 2: 3, 3: 1}, "66.67"), ({1: 1, 2: 1, 3: 1, 4: 1}, "100.00")],
)
def test_half_of_a_scale_is_enough(reminet, given_, score):
    """Five items ask for three; the others are as the mean of those."""
    assert scored(reminet, given_).get("pf") == score


def test_what_does_not_apply_is_no_answer(reminet):
    found = scored(reminet, {40: 3}, q39={"missing": "not_applicable"})
    assert found["tr"] == "66.67"
    assert "tr" not in scored(reminet, {}, q39={"missing": "not_applicable"})


def test_blank_answers_are_asked_about_once(reminet):
    form = compile_form(reminet, "QOL")
    whole = FILLED | {f"q{n}": 2 for n in range(1, 52)}
    assert form.evaluate(whole).findings == ()
    some = {name: value for name, value in whole.items() if name not in ("q3", "q12", "q45")}
    said = [(one.severity, one.item, one.sentence.en) for one in form.evaluate(some).findings]
    assert said == [
        (
            "soft",
            "answered_c30",
            "28 of 30 answers are entered. Enter the others, or say that the participant left "
            "them blank.",
        ),
        (
            "soft",
            "answered_ginet21",
            "17 of 18 answers are entered. Enter the others, or say that the participant left "
            "them blank.",
        ),
    ]


def test_a_questionnaire_that_was_not_filled_in_says_why(reminet):
    form = compile_form(reminet, "QOL")
    asked = form.evaluate({"qol_date": "2019-02-01", "filled": "no"})
    assert [(one.item, one.check) for one in asked.findings] == [("why_not", "blank")]
    made = form.evaluate({"qol_date": "2019-02-01", "filled": "no", "why_not": "too_ill", "q1": 2})
    assert made.complete
    assert made.answers == {"qol_date": "2019-02-01", "filled": "no", "why_not": "too_ill"}
