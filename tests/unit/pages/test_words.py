"""Numbers and spans as the reader writes them."""

from datetime import timedelta

import pytest
from django.utils import translation

from analysis.presenters import words
from crf.presenters.safety import hours


@pytest.mark.parametrize(
    ("language", "count", "rows", "size"),
    [
        ("en", 63_480, "63,480", "63.5 kB"),
        ("fr", 63_480, "63\u202f480", "63,5 ko"),
        ("en", 1_574_000, "1,574,000", "1.6 MB"),
        ("fr", 1_574_000, "1\u202f574\u202f000", "1,6 Mo"),
        ("fr", 999, "999", "1,0 ko"),
    ],
)
def test_numbers_are_written_in_the_language_of_the_page(language, count, rows, size):
    with translation.override(language):
        assert words.whole(count) == rows
        assert words.size(count) == size


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(hours=24), "24 h"),
        (timedelta(hours=24, minutes=10), "24 h 10 min"),
        (timedelta(hours=25, minutes=10), "25 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_what_is_late_by_minutes_says_them(span, said):
    with translation.override("en"):
        assert hours(span) == said
