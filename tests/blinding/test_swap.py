"""Non-interference: with all arms and kit contents swapped, nobody blinded can tell."""

import io
import re
import zipfile
from collections import Counter
from functools import cache

import pytest
from django.core import mail

from randomisation.arms import contents
from reminet_site.roles import BLINDED_ROLES, Role
from tests.architecture.test_crawl import TIED
from tests.blinding import addresses, swap

pytestmark = [pytest.mark.slow]

EXCHANGE = {"LAN": "PBO", "PBO": "LAN"}
FEW = frozenset({Role.INVESTIGATOR, Role.AUDITOR, Role.SPONSOR_MANAGER, Role.TRIAL_STATISTICIAN})


@pytest.fixture(autouse=True)
def outbox(settings, django_db_blocker):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with django_db_blocker.unblock():
        yield


def run(kind, **options):
    mail.outbox = []
    return swap.world(kind, **options)


@cache
def plain_world():
    """The world of minimisation, as every blinded role sees it; run once for two tests."""
    return run("minimisation", swapped=False, roles=BLINDED_ROLES)


def differences(one, other):
    names = one.seen.keys() | other.seen.keys()
    return sorted(name for name in names if one.seen.get(name) != other.seen.get(name))


@pytest.mark.promise("BL-01")
@pytest.mark.promise("BL-05")
@pytest.mark.promise("BL-10")
@pytest.mark.parametrize(
    ("kind", "roles"), [("minimisation", BLINDED_ROLES), ("blocks", FEW), ("list", FEW)]
)
def test_swapping_all_arms_changes_no_byte(kind, roles):
    one = plain_world() if roles is BLINDED_ROLES else run(kind, swapped=False, roles=roles)
    other = run(kind, swapped=True, roles=roles)
    # the two worlds do differ: in every arm, and in the one answer that shows an arm
    assert len(one.arms) >= 7
    assert other.arms == {number: EXCHANGE[arm] for number, arm in one.arms.items()}
    assert len(set(Counter(one.arms.values()).values())) == 2, "arms of unequal size are wanted"
    assert one.unblinded != other.unblinded
    # and in nothing else
    assert len(one.seen) > 40 * len(roles)
    assert differences(one, other) == []


@pytest.mark.promise("BL-01")
def test_every_page_of_the_table_of_addresses_is_compared():
    """Accounts, centres, teams, roles, reviews, invitation, second step, takings, retention,
    signatures, copies and all others: a new address is among them, or this names it."""
    seen = plain_world().seen
    assert addresses.uncovered(seen) == set()
    without = {name: data for name, data in seen.items() if not name.endswith("/rights/review/")}
    assert addresses.uncovered(without) == {"access_review"}
    posts = {name for name, rights in TIED if "POST" in rights}
    assert {name.split(" ")[2] for name in seen if name.startswith("empty ")} == posts
    withdrawn = next(data for name, data in seen.items() if "'WITHDRAW'" in name)
    assert withdrawn.startswith(b"302")


def first_for_one_arm_last_for_the_other(kits, arm, place, source):
    numbers = sorted(kits[arm])
    return numbers[0] if arm == "LAN" else numbers[-1]


@pytest.mark.parametrize("leak", ["kit", "header", "log"])
def test_a_planted_leak_is_found(leak, monkeypatch):
    """The comparison itself: three ways of telling the arm, each found where it shows."""
    if leak == "kit":
        monkeypatch.setattr(contents, "choose", first_for_one_arm_last_for_the_other)
    else:
        plant(leak, monkeypatch)
    roles = {Role.INVESTIGATOR}
    found = differences(
        run("minimisation", swapped=False, roles=roles),
        run("minimisation", swapped=True, roles=roles),
    )
    shows = {
        "kit": "get investigator /randomisation/FR-05-001/receipt/",
        "header": "get investigator /randomisation/FR-05-001/receipt/",
        "log": "log",
    }
    assert shows[leak] in found


def plant(leak, monkeypatch):
    """The receipt reads the arm through a door, and lets it out."""
    import logging

    from randomisation.arms.doors import table
    from randomisation.views import gate
    from reminet_site.context import Actor

    show = gate.result

    def leaking(request, code):
        answer = show(request, code)
        arms = table.table(by=Actor.system("leak"), reason="leak")
        arm = next(iter(arms.values()))
        if leak == "header":
            answer["X-Timing"] = str(len(arm) + (arm == "LAN"))
        else:
            logging.getLogger("reminet").warning("%s", arm)
        return answer

    leaking.rights = show.rights
    monkeypatch.setattr(gate, "result", leaking)
    route = next(
        one
        for one in __import__("randomisation.urls", fromlist=["urlpatterns"]).urlpatterns
        if one.name == "result"
    )
    monkeypatch.setattr(route, "callback", leaking)


@pytest.mark.promise("BL-01")
@pytest.mark.promise("DI-09")
def test_a_centres_certified_copy_is_the_same_byte_for_byte():
    """In two worlds with the arms exchanged, whose names are found in no file of it."""
    one = run("minimisation", swapped=False, roles=frozenset(), arms=CANARIES)
    other = run("minimisation", swapped=True, roles=frozenset(), arms=CANARIES)
    assert one.arms != other.arms
    assert one.seen["certified copy"] == other.seen["certified copy"]
    with zipfile.ZipFile(io.BytesIO(one.seen["certified copy"])) as packed:
        names = packed.namelist()
        assert any(name.endswith("casebook/FR-05-001.html") for name in names)
        for name in names:
            assert not re.search("|".join(CANARIES).encode(), packed.read(name)), name


CANARIES = ("QUOKKA", "AXOLOTL")


@pytest.mark.promise("BL-02")
@pytest.mark.promise("BL-05")
def test_arms_with_names_of_their_own_appear_nowhere():
    """The names of the arms, made unmistakable, searched in all that anybody blinded gets."""
    found = run("minimisation", swapped=False, arms=CANARIES)
    assert set(found.arms.values()) == set(CANARIES)
    assert any(name.encode() in found.unblinded[0] for name in CANARIES)
    hits = sorted(
        name
        for name, data in found.seen.items()
        if re.search("|".join(CANARIES).encode(), data, re.IGNORECASE)
    )
    # the plan of the scheme names both arms, in the order in which the definition gives them
    assert hits == ["table audit.value", "table public.randomisation_scheme"]
    for name in hits:
        assert [n for n in CANARIES for _ in re.findall(n.encode(), found.seen[name])] == list(
            CANARIES
        )
