"""The flow of participants: everyone is counted once, at the right place."""

from dataclasses import dataclass, field
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.course import Course, Screened, flow, screening

DAY = date(2019, 3, 1)


@dataclass(frozen=True)
class One:
    code: str
    course: Course = field(default_factory=Course)
    died: bool = False


def test_the_first_reason_that_holds_counts():
    found = screening(
        [
            Screened(True, "include", "yes", "yes", False, 5),
            Screened(True, "include", "yes", "yes", True, 1),  # withdrew later: was randomised
            Screened(False, "screen_failure", "no", "yes", False, 3),
            Screened(False, "screen_failure", "no", "no", False, 2),
            Screened(False, "screen_failure", "yes", "yes", False, 1),
            Screened(False, "include", "yes", "yes", True, 1),
            Screened(False, "include", "yes", "yes", False, 2),
            Screened(False, "", "", "", False, 4),
        ]
    )
    assert found == {
        "screened": 19,
        "randomised": 6,
        "not": {"declined": 3, "criteria": 3, "other": 1, "waiting": 6},
    }


@pytest.mark.parametrize(
    ("one", "where"),
    [
        (One("a", Course(1, DAY, DAY)), {"treated": 1, "treated_on": 1}),
        (One("a", Course(1, DAY, DAY, "toxicity")), {"treated": 1, "ended": {"toxicity": 1}}),
        (One("a", Course(1, DAY, DAY), died=True), {"treated": 1, "ended": {"": 1}, "died": 1}),
        (One("a", Course(1, DAY, DAY, lost=True)), {"treated": 1, "ended": {"": 1}, "lost": 1}),
        (One("a"), {"waiting": 1}),
        (One("a", Course(ended="participant")), {"untreated": {"participant": 1}}),
        (One("a", Course(withdrawn=True)), {"untreated": {"": 1}, "withdrawn": 1}),
    ],
)
def test_where_one_participant_is_counted(one, where):
    nobody = flow([], ())
    assert flow([one], {"a"}) == nobody | {"randomised": 1} | where
    assert flow([one], ())["left_out"] == 1


courses = st.builds(
    Course,
    injections=st.sampled_from([0, 1, 2]),
    ended=st.sampled_from(["", "", "toxicity", "lost"]),
    lost=st.booleans(),
    withdrawn=st.booleans(),
)


@given(st.lists(st.tuples(courses, st.booleans()), max_size=20))
def test_everyone_is_in_just_one_place(drawn):
    group = [One(str(n), course, died) for n, (course, died) in enumerate(drawn)]
    found = flow(group, {one.code for one in group})
    assert found["treated"] == found["treated_on"] + sum(found["ended"].values())
    untreated = sum(found["untreated"].values())
    assert found["randomised"] == found["treated"] + untreated + found["waiting"] == len(group)


def test_two_groups_add_up_to_everyone():
    kinds = list(product([0, 3], [None], [None], ["", "death"], [False, True], [False, True]))
    group = [One(str(n), Course(*kind)) for n, kind in enumerate(kinds)]
    whole, first, second = (flow(part, ()) for part in (group, group[::2], group[1::2]))
    for key, n in whole.items():
        if isinstance(n, int):
            assert n == first[key] + second[key]
        else:
            assert n == {k: first[key].get(k, 0) + second[key].get(k, 0) for k in n}
