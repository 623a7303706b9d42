"""A delivery of kits must tell nothing by its numbers or its dates."""

from datetime import date

import pytest

from randomisation.methods.kit_file import KitDefect, NewKit, check_kits, parse
from randomisation.methods.randomness import Reader, SeededSource

SOON, LATER = date(2020, 8, 31), date(2021, 2, 28)
ARMS = ("A", "B")


def delivery(arms, expires=SOON):
    return [NewKit(f"{n:05d}", arm, expires) for n, arm in enumerate(arms, start=1)]


def by_chance(n):
    reader = Reader(SeededSource(b"kits").draw(1, 8 * n))
    return delivery("AB"[reader.below(2)] for _ in range(n))


def test_numbered_by_chance_is_taken():
    check_kits(by_chance(200), ARMS)


@pytest.mark.promise("BL-03")
@pytest.mark.parametrize("arms", ["A" * 50 + "B" * 50, "B" * 50 + "A" * 50, "AB" * 50])
def test_numbers_in_the_order_of_the_arms_are_refused(arms):
    with pytest.raises(KitDefect, match="The order of the numbers tells the arm"):
        check_kits(delivery(arms), ARMS)


def test_an_expiry_of_one_arm_alone_is_refused():
    kits = [NewKit("001", "A", SOON), NewKit("002", "B", SOON), NewKit("003", "B", LATER)]
    with pytest.raises(KitDefect, match="the date would tell the arm"):
        check_kits(kits, ARMS)


@pytest.mark.parametrize(
    ("kits", "says"),
    [
        ([], "no kit"),
        (delivery("AC"), "no such arm"),
        ([NewKit("1", "A", SOON), NewKit("22", "B", SOON)], "of one length"),
        ([NewKit("1-", "A", SOON), NewKit("22", "B", SOON)], "letters and digits"),
    ],
)
def test_refused(kits, says):
    with pytest.raises(KitDefect, match=says):
        check_kits(kits, ARMS)


def test_no_sentence_names_what_a_kit_holds():
    with pytest.raises(KitDefect) as refused:
        check_kits([NewKit("1", "secret-arm", SOON), NewKit("2", "B", SOON)], ARMS)
    assert "secret-arm" not in str(refused.value)


def test_parse():
    assert parse("number,arm,expires_on\n00417,A,2020-08-31\n") == [NewKit("00417", "A", SOON)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kit,arm\n", "Line 1"),
        ("number,arm,expires_on\n1,A,2020-08-31\n2,,2020-08-31\n", "Line 3"),
        ("number,arm,expires_on\n1,A,31/08/2020\n", "Line 2: 31/08/2020 is not a date"),
        ("number,arm,expires_on\n1,A\n", "Line 2"),
    ],
)
def test_parse_refuses_with_the_line(text, says):
    with pytest.raises(KitDefect, match=says):
        parse(text)


HEADING = b"number,arm,expires_on\n"
HARMFUL = {
    "too large": (HEADING + b"0,A,2020-08-31\n" * 200_000, "larger than"),
    "a cell without end": (HEADING + b'"' + b"x" * 200_000, "not CSV"),
    "a long cell": (HEADING + b"1," + b"x" * 200_000 + b",2020-08-31\n", "not CSV"),
    "utf-16": ("number,arm,expires_on\n".encode("utf-16"), "not UTF-8"),
    "latin-1": (HEADING + "1,\u00c9,2020-08-31".encode("latin-1"), "not UTF-8"),
    "nul": (HEADING + b"1,\0,2020-08-31\n", "no such arm|three cells|not CSV"),
    "a bomb of zip": (b"PK\x03\x04" + b"\0" * 1000, "heading|not CSV|not UTF-8"),
    "xml": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "heading"),
}


@pytest.mark.promise("SE-07")
@pytest.mark.parametrize(("data", "says"), HARMFUL.values(), ids=HARMFUL.keys())
def test_a_file_made_to_harm_is_refused(data, says):
    from randomisation.methods.kit_file import check_kits, read

    with pytest.raises(KitDefect, match=says):
        check_kits(read(data), ["A", "B"])
