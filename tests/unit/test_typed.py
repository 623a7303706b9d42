"""What arrives in a request, read."""

from datetime import date

import pytest

from reminet_site.jinja2_env import MONTHS
from reminet_site.typed import a_day, said, whole

DAY = date(2018, 9, 17)


@pytest.mark.parametrize(
    "text",
    ["17/09/2018", "17/9/2018", "17.09.2018", "17-9-2018", "17 09 2018", "2018-09-17", "20180917",
     "17 Sep 2018", "17 September 2018", "17 sept. 2018", "17 septembre 2018", "17Sep2018",
     "  17   sep  2018 "],
)  # fmt: skip
def test_a_day_is_read_as_people_write_it(text):
    assert a_day(text) == DAY


@pytest.mark.parametrize("month", range(1, 13))
def test_a_day_is_read_as_pages_show_it(month):
    assert a_day(f"3 {MONTHS[month - 1]} 2019") == date(2019, month, 3)


@pytest.mark.parametrize(
    ("text", "month"),
    [("1er févr. 2019", 2), ("1 Fevrier 2019", 2), ("1 août 2019", 8), ("1 aout 2019", 8),
     ("1 déc. 2019", 12), ("1 mai 2019", 5)],
)  # fmt: skip
def test_a_day_is_read_in_french(text, month):
    assert a_day(text) == date(2019, month, 1)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "17/09/18", "31/02/2018", "17 Foo 2018", "0 Sep 2018", "17/09/1899", "17/13/2018",
     "٣/09/2018", "17 Sep 20188", "9" * 30],
)  # fmt: skip
def test_what_is_no_day_is_none(text):
    assert a_day(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("012", 12), ("", None), (None, None), ("-1", None), ("²", None), ("٣", None),
     ("1234567890", None), ("1.0", None)],
)  # fmt: skip
def test_a_whole_number_is_of_nine_digits_at_most(text, number):
    assert whole(text) == number


def test_words_without_a_letter_say_nothing():
    assert said("  why ") == "why"
    assert said(" ... \u3164 ") == ""
