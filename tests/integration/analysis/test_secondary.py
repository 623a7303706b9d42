"""The secondary endpoints of a report by arm, counted here by hand, and checked by both engines."""

import csv
import io

import pytest
from django.urls import reverse

from analysis import agreement, blinded, extraction
from analysis.agreement import group_numbers
from analysis.derivation.conventions import REMINET
from analysis.figures import group_figures
from analysis.interim import members_of
from analysis.secondary import secondary_figures
from crf.models import Entry, Participant
from reminet_site.context import acting
from reminet_site.roles import Role
from tests.integration.analysis import trial
from tests.integration.analysis.reports import looked_at, released

pytestmark = [pytest.mark.django_db, pytest.mark.promise("IA-06")]

# participant -> (day, visit, score)
SCORES = {
    1: (
        (-3, "SCR", "60.00"),
        (91, "ASM-03", "50.00"),
        (182, "ASM-06", "58.33"),
        (273, "ASM-09", "40.00"),
    ),
    2: ((-3, "SCR", "50.00"), (91, "ASM-03", "66.67")),
    3: ((91, "ASM-03", {"missing": "not_done"}),),
    4: ((-3, "SCR", "70.00"), (91, "ASM-03", "60.00"), (120, "UNS-01", "50.00")),
    5: ((-3, "SCR", "30.00"),),
}


@pytest.fixture
def asked_about(arms, sent):
    """Questionnaires, and a chemotherapy of the fourth participant."""
    with acting(trial.TESTS):
        people = {one.number: one for one in Participant.objects.all()}
        for number, filled in SCORES.items():
            for day, visit, score in filled:
                trial.entry(people[number], "QOL", visit, {"ql": score}, day)
        (treated,) = Entry.objects.filter(form="NEXT")
    trial.change(treated, kind="chemotherapy")
    return sent


def by_arm(result: dict) -> tuple[dict, dict]:
    return tuple(result["arms"][arm]["secondary"] for arm in ("LAN", "PBO"))


def test_rates_at_twelve_months_and_responses(asked_about):
    """Of LAN one is free of progression on day 364, and had a partial response; of PBO one was
    treated otherwise, one died, one was not seen after day 270."""
    lan, pbo = by_arm(looked_at(asked_about))
    for rate in ("twelve_months", "response"):
        assert (lan[rate]["success"], lan[rate]["evaluable"]) == (1, 3)
        assert (pbo[rate]["success"], pbo[rate]["evaluable"]) == (0, 3)
    assert [one["twelve_months"]["undetermined"] for one in (lan, pbo)] == [0, 2]
    assert [one["response"]["undetermined"] for one in (lan, pbo)] == [1, 1]
    assert lan["response"]["lower"] == pytest.approx(1 - 0.95 ** (1 / 3))  # Clopper-Pearson, 1 of 3
    assert pbo["response"]["upper"] == pytest.approx(1 - 0.05 ** (1 / 3))


def test_times(asked_about):
    result = looked_at(asked_about)
    lan, pbo = by_arm(result)

    def events(of: dict, time: str) -> list[tuple[int, int]]:
        return [(day, n) for day, n in zip(of[time]["days"], of[time]["died"], strict=True) if n]

    assert events(lan, "time_to_progression") == [(91, 1), (273, 1)]
    assert events(pbo, "time_to_progression") == []  # the death on day 100 is censored
    assert events(pbo, "pfs_treatment_as_event") == [(100, 1), (200, 1)]
    assert events(pbo, "chemotherapy_free") == [(100, 1), (200, 1)]
    assert events(lan, "chemotherapy_free") == [(500, 1)]
    assert events(lan, "deterioration") == [(273, 1)]
    assert (lan["deterioration"]["events"], lan["deterioration"]["censored"]) == (1, 1)
    assert events(pbo, "deterioration") == [(91, 1)]  # worse again at the unscheduled visit
    assert result["comparisons"]["deterioration"]["first"] == "LAN"
    assert "stratified" not in result["comparisons"]["deterioration"]


def test_quality_of_life_over_time(asked_about):
    lan, pbo = by_arm(looked_at(asked_about))
    found = {row["visit"]: row for row in lan["quality"]}
    assert list(found) == ["", "ASM-03", "ASM-06", "ASM-09"]
    assert (found[""]["n"], found[""]["mean"]) == (2, 5500)
    assert found[""]["sd"] == pytest.approx(500 * 2**0.5)
    assert found["ASM-03"]["mean"] == 5833.5
    assert found["ASM-03"]["change"]["mean"] == 333.5
    assert found["ASM-09"]["sd"] is None
    assert [row["visit"] for row in pbo["quality"]] == ["", "ASM-03"]  # planned visits alone
    assert pbo["quality"][0]["n"] == 2
    assert pbo["quality"][1]["change"]["n"] == 1


def test_the_second_engine_counts_them_too_and_a_difference_is_found(asked_about):
    result = looked_at(asked_about)
    assert result["agreement"]["agrees"], result["agreement"]["differences"]
    with acting(trial.TESTS):
        members, _ = members_of(extraction.live().cases, REMINET)
    groups = {"LAN": members[:3], "PBO": members[3:]}
    figures = {
        arm: group_figures(ones) | {"secondary": secondary_figures(ones)}
        for arm, ones in groups.items()
    }
    assert agreement.check(groups, figures).agrees
    names = [name for arm in figures for name, _ in group_numbers(arm, figures)]
    for part, changed in (
        ("response", {"rate": 0.9}),
        ("chemotherapy_free", {"median": {"days": 1.0, "lower": None, "upper": None}}),
    ):
        beside = figures["LAN"]["secondary"]
        wrong = beside | {part: beside[part] | changed}
        other = figures | {"LAN": figures["LAN"] | {"secondary": wrong}}
        found = agreement.check(groups, other)
        assert not found.agrees
        assert all(f"LAN {part}" in line for line in found.differences)
    assert len(names) == len(set(names))


def test_a_blinded_interim_has_none_of_them(asked_about):
    with acting(trial.TESTS):
        result = blinded.run("test").result
    assert "secondary" not in result["all"]


def test_the_committee_sees_them(asked_about, signed):
    looked_at(asked_about)
    page = signed(Role.DMC_MEMBER).get(reverse("analysis:dmc")).content.decode()
    text = " ".join(page.split())
    assert "2 unknown, counted as failures" in text
    assert "Secondary endpoints" in text
    assert "1 of 3, 33.3" in text
    assert "55.0 (7.1), n 2" in text
    assert "change 3.3 (18.9), n 2" in text


def test_a_release_has_both_times(asked_about):
    rows = list(csv.DictReader(io.StringIO(released()["participants.csv"].lstrip("\ufeff"))))
    of = {row["participant"][-3:]: row for row in rows}
    assert (of["004"]["chemotherapy_free_days"], of["004"]["chemotherapy_free_event"]) == (
        "200",
        "1",
    )
    assert (of["001"]["deterioration_days"], of["001"]["deterioration_event"]) == ("273", "1")
    assert (of["005"]["deterioration_days"], of["005"]["deterioration_event"]) == ("", "")
    assert of["005"]["deterioration_rule"] == "no score after baseline"
