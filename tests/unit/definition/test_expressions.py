"""The language of checks: what is UNKNOWN, what is refused, what the functions give."""

import threading
from datetime import date

import pytest

from crf.definition.expressions import UNKNOWN, BadExpression, compile_expression
from crf.definition.functions import FUNCTIONS
from crf.definition.references import Place
from tests.unit.definition.conftest import item, rows


@pytest.fixture(scope="module")
def place(make) -> Place:
    form = make.form(
        item("w"),
        item("n", "integer"),
        item("y", "yesno"),
        item("organ", "choice", codelist="organ"),
        item("organs", "multiple", codelist="organ"),
        item("d", "date"),
        item("p", "partial_date"),
        item("note", "text"),
        groups=(rows("targets", item("mm"), item("organ", "choice", codelist="organ")),),
    )
    return Place(make.definition_with(form), form)


def run(place, text, **known):
    expression = compile_expression(text, place)
    names = {ref.item or ref.group: ref.flat for ref in expression.refs if not ref.aspect}
    return expression.evaluate({names[name]: value for name, value in known.items()})


def refused(place, text) -> str:
    with pytest.raises(BadExpression) as caught:
        compile_expression(text, place)
    return str(caught.value)


def test_numbers_are_doubles_whatever_is_typed(place):
    assert run(place, "w * 2 + 1", w=2.5) == 6.0
    assert run(place, "n / 2", n=5.0) == 2.5
    assert run(place, "w == 5", w=5.0) is True


@pytest.mark.parametrize(
    "text", ["w > 1", "w == 1", "w != 1", "!y", "organ in ['liver']", "'liver' in organs", "w + 1"]
)
def test_a_missing_value_is_unknown(place, text):
    assert run(place, text) is UNKNOWN


def test_unknown_is_neither_true_nor_false(place):
    answer = run(place, "w > 1")
    assert answer is not True
    assert answer is not False
    assert repr(answer) == "UNKNOWN"


def test_what_decides_alone_needs_no_other(place):
    assert run(place, "w > 1 || n > 1", w=2.0) is True
    assert run(place, "n > 1 && w > 1", w=0.0) is False
    assert run(place, "w > 1 && n > 1", w=2.0) is UNKNOWN
    assert run(place, "w > 1 || n > 1", w=0.0) is UNKNOWN


def test_a_partial_date_in_arithmetic_is_unknown(place):
    august = {
        "from": float(date(2019, 8, 1).toordinal()),
        "to": float(date(2019, 8, 31).toordinal()),
    }
    ninth = float(date(2019, 8, 9).toordinal())
    assert run(place, "p - d", p=august, d=ninth) is UNKNOWN
    assert run(place, "p <= d", p=august, d=ninth) is UNKNOWN
    assert run(place, "days(p, d)", p=august, d=ninth) is UNKNOWN
    assert run(place, "earliest(p) <= d && latest(p) >= d", p=august, d=ninth) is True
    assert run(place, "d - p", p=ninth - 5, d=ninth) == 5.0


def test_a_division_by_zero_is_unknown(place):
    assert run(place, "ratio(w, n) > 1", w=1.0, n=0.0) is UNKNOWN
    assert run(place, "ratio(w, n)", w=0.0, n=0.0) is UNKNOWN
    assert "ratio(a, b)" in refused(place, "w / n")
    assert "ratio(a, b)" in refused(place, "w / 0")


def test_an_infinite_result_is_unknown(place):
    assert run(place, "w * w", w=1e300) is UNKNOWN


def test_the_iteration_budget_ends_in_unknown(place):
    many = [{"id": f"r{i}", "mm": 1.0} for i in range(300)]
    text = "targets.all(a, targets.all(b, targets.all(c, a.mm + b.mm + c.mm > 0)))"
    assert run(place, text, targets=many) is UNKNOWN


def test_rows(place):
    some = [{"id": "r1", "mm": 12.0, "organ": "liver"}, {"id": "r2", "mm": 8.0}]
    assert run(place, "targets.exists(t, t.mm > 10)", targets=some) is True
    assert run(place, "targets.all(t, t.mm > 10)", targets=some) is False
    assert run(place, "targets.all(t, t.organ == 'liver')", targets=some) is UNKNOWN
    assert run(place, "count(targets.filter(t, has(t.organ)))", targets=some) == 1.0
    assert run(place, "most_of_one(targets.filter(t, has(t.organ)).map(t, t.organ))",
               targets=some) == 1.0  # fmt: skip
    assert run(place, "sum(targets.mm)", mm=[12.0, 8.0]) == 20.0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("w >", "Syntax error"),
        ("weight > 1", "Unknown item `weight` in this form"),
        ("forms.VITALS.wait > 1", "Unknown item `wait` in form VITALS"),
        ("forms.VITAL.weight > 1", "There is no form VITAL"),
        ("visits.XXX.VITALS.weight > 1", "There is no visit XXX"),
        ("forms.VITALS", "needs a form and an item"),
        ("previous", "needs an item"),
        ("w == 'liver'", "no matching overload"),
        ("y == 'yes'", "no matching overload"),
        ("organ == 'lever'", "has no code 'lever'"),
        ("organ in ['liver', 'lever']", "has no code 'lever'"),
        ("p == d", "may be partial"),
        ("d != p", "may be partial"),
        ("open('x')", "Unknown function `open`"),
        ("size(targets) > 1", "Unknown function `size`"),
        ("note.matches2('x')", "Unknown method `matches2`"),
        ("targets.exists(t, t.nn > 1)", "Unknown item `nn` in group `targets`"),
        ("row.mm > 1", "only inside a group"),
        ("uln(w)", "has no normal range"),
        ("known(w + 1)", "takes one name"),
        ("answered()", "takes names of items"),
        ("answered(1)", "takes names of items"),
        ("answered(w n)", "takes names of items"),
        ("answered(w,", "takes names of items"),
        ("answered(w, v)", "Unknown item `v`"),
        ("answered(targets)", "takes single items, not `targets`"),
        ("answered(w, targets.mm)", "takes single items, not `targets.mm`"),
        ("answered(w, note)", "no matching overload"),
        ("w % 2", "not for measures"),
        ("w; n", "“;” is not understood"),
        ("", "empty"),
        ("'abc", "is not understood"),
    ],
)
def test_refusals(place, text, why):
    assert why in refused(place, text)


def test_words_inside_text_are_left_alone(place):
    assert run(place, "note == 'w > 12 || open(x)'", note="w > 12 || open(x)") is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("days(1, 29)", 28.0),
        ("months_between(0, 30.4375)", 1.0),
        ("rounded(2.345, 1)", 2.3),
        ("absolute(-3)", 3.0),
        ("least(1, 2)", 1.0),
        ("most(1, 2)", 2.0),
        ("smallest([3, 1, 2])", 1.0),
        ("largest([3, 1, 2])", 3.0),
        ("sum([1, 2])", 3.0),
        ("sum([])", 0.0),
        ("count([1, 2])", 2.0),
        ("most_of_one(['a', 'b', 'a'])", 2.0),
        ("mean_of_half([1, 2], 4)", 1.5),
        ("mean_of_half([1, 2, 4], 5)", 7 / 3),
    ],
)
def test_functions(place, text, value):
    assert run(place, text) == value


@pytest.mark.parametrize("text", ["mean_of_half([1, 2], 5)", "mean_of_half([], 0)"])
def test_the_mean_of_too_few_is_unknown(place, text):
    assert run(place, text) is UNKNOWN


def test_answered_leaves_blanks_out(place):
    expression = compile_expression("answered(w, n)", place)
    flat = {(ref.item, ref.aspect): ref.flat for ref in expression.refs}
    nothing = {flat["w", "known"]: False, flat["n", "known"]: False}
    assert expression.evaluate(nothing) == []
    one = nothing | {flat["n", "known"]: True, flat["n", ""]: 3.0}
    assert expression.evaluate(one) == [3.0]
    assert expression.evaluate(one | {flat["w", "known"]: True, flat["w", ""]: 2.5}) == [2.5, 3.0]


def test_the_smallest_of_nothing_is_unknown(place):
    assert run(place, "smallest([])") is UNKNOWN


def day(*parts: int) -> float:
    return float(date(*parts).toordinal())


def test_age_is_counted_from_the_last_day_of_the_month_of_birth(place):
    august = {"from": day(2001, 8, 1), "to": day(2001, 8, 31)}
    age = FUNCTIONS["age_at"].does
    assert age(august, day(2019, 8, 30)) == 17
    assert age(august, day(2019, 8, 31)) == 18
    february = {"from": day(2000, 2, 1), "to": day(2000, 2, 29)}
    assert age(february, day(2018, 2, 28)) == 17
    assert age(february, day(2018, 3, 1)) == 18


def test_months_are_added_by_the_calendar():
    add = FUNCTIONS["add_months"].does
    assert add(day(2019, 8, 31), 6) == day(2020, 2, 29)
    assert add(day(2019, 12, 15), 1) == day(2020, 1, 15)


def test_creatinine_clearance():
    """Cockcroft and Gault by hand: (140 - 63) x 66 x 1.04 / 80 = 66.066."""
    clearance = FUNCTIONS["cockcroft_gault"].does
    assert clearance(63.0, 66.0, "F", 80.0) == pytest.approx(66.066)
    assert clearance(63.0, 66.0, "M", 80.0) == pytest.approx(78.13575)


def test_every_function_says_what_it_does():
    assert all(function.tells.endswith((".", ":")) for function in FUNCTIONS.values())


def test_one_expression_serves_many_threads(place):
    expression = compile_expression("w > 10 && n < 5", place)
    flat = {ref.item: ref.flat for ref in expression.refs}
    wrong: list[float] = []

    def work() -> None:
        for value in range(2000):
            if expression.evaluate({flat["w"]: float(value), flat["n"]: 1.0}) is not (value > 10):
                wrong.append(value)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
