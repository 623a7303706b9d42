"""Non-interference: with all arms and kit contents swapped, nobody blinded can tell.

The arms have names that occur nowhere else, so that they can be searched for as well.
"""

import io
import re
import zipfile

import pytest

from tests.architecture.test_crawl import TIED
from tests.blinding.addresses import uncovered
from tests.blinding.worlds import CANARIES, check_worlds_differ, differences, pair

pytestmark = [pytest.mark.slow]
NAMED = re.compile("|".join(CANARIES).encode(), re.IGNORECASE)


@pytest.fixture(scope="module")
def worlds(django_db_blocker):
    """The whole trial twice, with all that every blinded role gets."""
    with django_db_blocker.unblock():
        return pair("minimisation", arms=CANARIES)


@pytest.mark.promise("BL-01")
@pytest.mark.promise("BL-05")
@pytest.mark.promise("BL-10")
@pytest.mark.promise("IA-02")
def test_swapping_all_arms_changes_no_byte(worlds):
    check_worlds_differ(*worlds)
    assert len(worlds[0].seen) > 1000
    assert differences(*worlds) == []


@pytest.mark.promise("BL-01")
def test_every_page_of_the_table_of_addresses_is_compared(worlds):
    """Accounts, centres, teams, roles, reviews, invitation, second step, takings, retention,
    signatures, copies and all others: a new address is among them, or this names it."""
    seen = worlds[0].seen
    assert uncovered(seen) == set()
    without = {name: data for name, data in seen.items() if not name.endswith("/rights/review/")}
    assert uncovered(without) == {"access_review"}
    posts = {name for name, rights in TIED if "POST" in rights}
    assert {name.split(" ")[2] for name in seen if name.startswith("empty ")} == posts
    withdrawn = next(data for name, data in seen.items() if "'WITHDRAW'" in name)
    assert withdrawn.startswith(b"302")


@pytest.mark.promise("BL-01")
def test_a_serious_event_and_a_wrong_kit_are_among_what_is_compared(worlds):
    """The mail and the list; the query, as the centre and the sponsor's side see it."""
    seen = worlds[0].seen
    mails = [data for name, data in seen.items() if name.startswith("mail ")]
    assert any(b"FR-05-001: a serious event was saved" in data for data in mails)
    lists = [
        name for name, data in seen.items() if "/serious-events/" in name and b"Sepsis" in data
    ]
    assert any("safety_physician" in name for name in lists)
    forms = ("'LOG', 'AE'", "'INJ-01', 'INJ'")
    saved = [
        data
        for name, data in seen.items()
        if "crf:form" in name and any(form in name for form in forms)
    ]
    assert [data[:3] for data in saved] == [b"302", b"302", b"302"]  # the event twice
    for route in ("crf:verify", "crf:import"):
        assert b"302" in [data[:3] for name, data in seen.items() if route in name]
    assert any(b"the report of a serious event is overdue" in data for data in mails)
    judged = [data for name, data in seen.items() if re.search(r"/serious-events/\d+/$", name)]
    assert any(b"It was there before the product." in data for data in judged)
    assert any(b"FFCD-0007" in data for data in judged)
    read = [data for name, data in seen.items() if re.search(r"/central-review/\d+/$", name)]
    assert any(b"A second reader asked." in data for data in read)
    said = b"was not taken for FR-05-001 at Injection 1"
    asked = {name for name, data in seen.items() if said in data}
    assert "get investigator /centres/FR-05/queries/" in asked
    assert "get monitor /queries/" in asked


@pytest.mark.promise("BL-01")
@pytest.mark.promise("DI-09")
def test_a_centres_certified_copy_is_the_same_byte_for_byte(worlds):
    """And the names of the arms are found in no file of it."""
    one, other = worlds
    assert one.seen["certified copy"] == other.seen["certified copy"]
    with zipfile.ZipFile(io.BytesIO(one.seen["certified copy"])) as packed:
        names = packed.namelist()
        assert any(name.endswith("casebook/FR-05-001.html") for name in names)
        for name in names:
            assert not NAMED.search(packed.read(name)), name


@pytest.mark.promise("BL-02")
@pytest.mark.promise("BL-05")
def test_arms_with_names_of_their_own_appear_nowhere(worlds):
    """Searched in all that anybody blinded gets."""
    for found in worlds:
        assert set(found.arms.values()) == set(CANARIES)
        assert any(name.encode() in found.unblinded[0] for name in CANARIES)
        hits = sorted(name for name, data in found.seen.items() if NAMED.search(data))
        # the plan of the scheme names both arms, in the order in which the definition gives them
        assert hits == ["table audit.trail", "table public.randomisation_scheme"]
        for name in hits:
            assert [one.decode() for one in NAMED.findall(found.seen[name])] == list(CANARIES)
