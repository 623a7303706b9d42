"""A list with any defect is refused whole, with the line."""

import hashlib

import pytest

from randomisation.methods.allocator import ListEndedError, replay
from randomisation.methods.imported_list import ListDefect, parse
from randomisation.methods.plan import Factor, Plan
from randomisation.methods.randomness import SystemSource

PLAN = Plan(
    method="list",
    arms=("A", "B"),
    factors=(Factor("centre"), Factor("grade", ("G1", "G2"))),
    stratified_by=("grade",),
)
WHOLE = Plan(method="list", arms=("A", "B"), factors=(Factor("grade", ("G1", "G2")),))
GOOD = "number,grade,arm\n1,G1,A\n2,G1,B\n3,G2,B\n4,G2,A\n"


def read(text, plan=PLAN, ratio=(1, 1), sha256=None, **kwargs):
    data = text if isinstance(text, bytes) else text.encode()
    return parse(
        data, plan=plan, ratio=ratio, sha256=sha256 or hashlib.sha256(data).hexdigest(), **kwargs
    )


def test_a_good_list():
    made = read(GOOD)
    assert [(p.number, p.stratum, p.position, p.arm) for p in made.places] == [
        ("1", "G1", 1, "A"),
        ("2", "G1", 2, "B"),
        ("3", "G2", 1, "B"),
        ("4", "G2", 2, "A"),
    ]


@pytest.mark.promise("RN-07")
@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("number,grade,arm\n1,G1,A\n2,G1,\n", 3, "The arm is blank"),
        ("number,grade,arm\n1,G1,A\n1,G1,B\n", 3, "Number 1 stands already in line 2"),
        ("number,grade,arm\n1,G1,A\n2,G9,B\n", 3, "grade has no level 'G9'"),
        ("number,grade,arm\n1,G1,A\n2,,B\n", 3, "grade has no level ''"),
        ("number,grade,arm\n1,G1,A\n2,G1,C\n", 3, "The plan has no arm 'C'"),
        ("number,grade,arm\n,G1,A\n", 2, "The number is blank"),
        ("number,grade,arm\n1,G1,A,more\n", 2, "4 cells, not 3"),
        ("number,grade,arm\n1,G1\n", 2, "2 cells, not 3"),
        ("number,arm\n1,A\n", 1, "The heading must read number,grade,arm"),
        ('number,grade,arm\n1,G1,"A\n', 2, "not CSV"),
        ("number,grade,arm\n", None, "no row"),
        ("", 1, "The heading must read"),
        ("number,grade,arm\n1,G1,A\n2,G1,A\n", None, "Stratum G1 does not keep the ratio 1:1"),
        ("number,grade,arm\n1,G1,A\n2,G1,B\n3,G2,A\n", None, "Stratum G2 does not keep"),
    ],
)
def test_refused_whole(text, line, says):
    with pytest.raises(ListDefect, match=says) as refused:
        read(text)
    assert refused.value.line == line


def test_a_wrong_hash():
    with pytest.raises(ListDefect, match="not the one announced"):
        read(GOOD, sha256="0" * 64)


def test_not_text():
    with pytest.raises(ListDefect, match="not UTF-8"):
        read(b"\xff\xfe\x00")


def test_open_levels_are_given_by_the_caller():
    plan = Plan(
        method="list", arms=("A", "B"), factors=(Factor("centre"),), stratified_by=("centre",)
    )
    text = "number,centre,arm\n1,FR-05,A\n2,FR-05,B\n"
    assert len(read(text, plan, levels={"centre": ["FR-05"]}).places) == 2
    with pytest.raises(ListDefect, match="centre has no level 'FR-05'"):
        read(text, plan)


def test_a_split_that_is_not_the_plans():
    text = "number,arm\n" + "".join(f"{n},{'A' if n <= 27 else 'B'}\n" for n in range(1, 54))
    assert len(read(text, WHOLE, ratio=(27, 26)).places) == 53
    with pytest.raises(ListDefect, match="The list does not keep the ratio 1:1"):
        read(text, WHOLE)


def test_allocated_in_order_and_to_the_end():
    places = read(GOOD).places
    people = [{"centre": "x", "grade": g} for g in ("G2", "G1", "G1", "G2")]
    assert replay(PLAN, people, SystemSource(), places) == ["B", "A", "B", "A"]
    with pytest.raises(ListEndedError):
        replay(PLAN, [*people, people[0]], SystemSource(), places)


HARMFUL = {
    "too large": (b"number,arm\n" + b"0,A\n" * 1_300_000, "larger than"),
    "a cell without end": (b'number,arm\n"' + b"x" * 200_000, "not CSV"),
    "a heading without end": (b'"' + b"x" * 200_000, "not CSV"),
    "utf-16": ("number,arm\n".encode("utf-16"), "not UTF-8"),
    "xml": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "heading"),
}


@pytest.mark.promise("SE-07")
@pytest.mark.parametrize(("data", "says"), HARMFUL.values(), ids=HARMFUL.keys())
def test_a_file_made_to_harm_is_refused(data, says):
    digest = hashlib.sha256(data).hexdigest()
    with pytest.raises(ListDefect, match=says):
        parse(data, plan=WHOLE, ratio=[1, 1], sha256=digest)
