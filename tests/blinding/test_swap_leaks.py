"""The comparison of the swap test itself: planted ways of telling the arm are found."""

import logging
from unittest import mock

import pytest

from randomisation import urls
from randomisation.arms import contents
from randomisation.arms.doors import table
from reminet_site.context import Actor
from reminet_site.roles import Role
from tests.blinding.worlds import CANARIES, differences, pair

pytestmark = [pytest.mark.slow]
RECEIPT = "/randomisation/FR-05-001/receipt/"
PAGE = f"get investigator {RECEIPT}"


def told() -> list[str]:
    return differences(*pair("minimisation", roles={Role.INVESTIGATOR}, pages=f"{RECEIPT}$"))


def first_for_one_arm_last_for_the_other(kits, arm, place, source):
    numbers = sorted(kits[arm])
    return numbers[0] if arm == CANARIES[0] else numbers[-1]


def test_a_kit_chosen_by_its_arm_is_found(monkeypatch):
    monkeypatch.setattr(contents, "choose", first_for_one_arm_last_for_the_other)
    assert PAGE in told()


def test_a_header_and_a_line_of_the_log_are_found():
    """The receipt reads the arm through a door, and lets it out twice."""
    result = next(one for one in urls.urlpatterns if one.name == "result")
    show = result.callback

    def leaking(request, code):
        answer = show(request, code)
        arm = next(iter(table.table(by=Actor.system("leak"), reason="leak").values()))
        answer["X-Timing"] = str(len(arm))
        logging.getLogger("reminet").warning("%s", arm)
        return answer

    leaking.rights = show.rights
    with mock.patch.object(result, "callback", leaking):
        found = told()
    assert PAGE in found
    assert "log" in found
