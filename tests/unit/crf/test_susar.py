"""The sponsor's clocks towards the authority: a table of cases."""

from datetime import date

import pytest

from crf.susar import Duty, Sent, duties, is_reportable, next_due


def d(day: int) -> date:
    return date(2019, 3, day)


KNOWN = d(1)


@pytest.mark.promise("SF-02")
@pytest.mark.parametrize(
    ("grave", "sent", "owed"),
    [
        # other than fatal or life-threatening: 15 days
        (None, [], [("report", d(16), None)]),
        (None, [Sent(d(16))], [("report", d(16), d(16))]),
        (None, [Sent(d(17))], [("report", d(16), d(17))]),
        # fatal or life-threatening from the start: 7 days
        (d(1), [], [("grave", d(8), None)]),
        (d(1), [Sent(d(8))], [("grave", d(8), d(8))]),
        # it becomes grave: 7 days from knowing that, and the first duty stays
        (d(5), [], [("report", d(16), None), ("grave", d(12), None)]),
        (d(12), [Sent(d(10))], [("report", d(16), d(10)), ("grave", d(19), None)]),
        (d(12), [Sent(d(10)), Sent(d(15))], [("report", d(16), d(10)), ("grave", d(19), d(15))]),
        # a report sent before it became grave does not tell that it is
        (d(5), [Sent(d(4))], [("report", d(16), d(4)), ("grave", d(12), None)]),
        # a first report that is not complete: 8 days more
        (d(1), [Sent(d(6), False)], [("grave", d(8), d(6)), ("follow_up", d(14), None)]),
        (
            d(1),
            [Sent(d(6), False), Sent(d(13), False)],
            [("grave", d(8), d(6)), ("follow_up", d(14), None)],
        ),
        (
            d(1),
            [Sent(d(6), False), Sent(d(6))],  # completed on the same day
            [("grave", d(8), d(6)), ("follow_up", d(14), d(6))],
        ),
        (
            d(1),
            [Sent(d(6), False), Sent(d(14))],
            [("grave", d(8), d(6)), ("follow_up", d(14), d(14))],
        ),
    ],
)
def test_what_is_owed(grave, sent, owed):
    assert duties(KNOWN, grave, sent) == [Duty(*one) for one in owed]


@pytest.mark.promise("SF-02")
def test_late_is_the_day_after():
    (duty,) = duties(KNOWN, None)
    assert not duty.late(d(16))
    assert duty.late(d(17))
    (late,) = duties(KNOWN, None, [Sent(d(17))])
    assert late.late(d(30))


@pytest.mark.promise("SF-02")
def test_the_next_is_the_first_that_is_not_done():
    owed = duties(KNOWN, d(5))
    assert next_due(owed) == Duty("grave", d(12))
    assert next_due(duties(KNOWN, d(1), [Sent(d(2))])) is None


@pytest.mark.promise("SF-03")
@pytest.mark.parametrize(
    ("investigator", "sponsor", "expected", "reportable"),
    [
        (True, True, False, True),
        (True, False, False, True),  # the sponsor takes no opinion away
        (False, True, False, True),
        (False, False, False, False),
        (True, True, True, False),
    ],
)
def test_who_thinks_it_related(investigator, sponsor, expected, reportable):
    found = is_reportable(investigator=investigator, sponsor=sponsor, expected=expected)
    assert found is reportable
