"""One scripted trial, run in two worlds that differ by a single thing: which arm is which.

`world(kind, swapped)` runs it in a database of its own and gives back everything that anybody
blinded can get, by name, as bytes. Nothing is filtered and nothing is normalised: clock,
randomness and ids are the same in both worlds, so that two worlds are compared byte by byte.
"""

import re
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any
from unittest import mock

from django.test import Client
from django.urls import reverse

from analysis import actions as analysis_actions
from analysis import blinded, dmc, tasks_unblinded
from analysis.copy import make as certified
from analysis.models import Run
from analysis.release import make
from crf.models import Participant
from randomisation import actions
from randomisation.arms.doors import custody, table
from randomisation.methods import blocks, imported_list, minimisation
from randomisation.methods.kit_file import NewKit
from randomisation.models import Dispensing, Kit, Scheme
from reminet_site.context import Actor, acting
from reminet_site.roles import BLINDED_ROLES, Role, Verb
from tests import allocations, people
from tests.architecture.test_crawl import asked_by
from tests.blinding import everyday
from tests.blinding.addresses import addresses, identity_addresses, posted
from tests.blinding.found import World, collect_mail, collect_tables, logs_of, messages_of
from tests.blinding.stillness import still, still_database
from tests.conftest import cloned
from tests.integration.analysis import trial as analysed

KINDS = ("minimisation", "blocks", "list")
SYSTEM = allocations.SYSTEM
EACH = 6
PARTICIPANTS = 9
POSTING = {Role.INVESTIGATOR, Role.DATA_MANAGER, Role.SPONSOR_MANAGER, Role.ADMINISTRATOR}
# an imported list with unequal arms: five and three
LIST = "ABAABABA"


@contextmanager
def exchanged() -> Iterator[None]:
    """The methods draw the other arm from the same bytes: ties and blocks are turned round."""
    pick, new_block = minimisation.pick, blocks.new_block

    def turned_pick(arms: Sequence[str], shares: Sequence[Any], randomness: bytes) -> str:
        tie = len(set(shares)) == 1
        return pick(list(reversed(arms)) if tie else arms, shares, randomness)

    def turned_block(plan: Any, randomness: bytes) -> tuple[int, ...]:
        return tuple(1 - place for place in new_block(plan, randomness))

    with (
        mock.patch("randomisation.methods.minimisation.pick", turned_pick),
        mock.patch("randomisation.methods.blocks.new_block", turned_block),
    ):
        yield


def world(
    kind: str,
    *,
    swapped: bool,
    arms: tuple[str, str] = ("LAN", "PBO"),
    roles: Collection[Role] = BLINDED_ROLES,
    pages: str = "",
) -> World:
    """Run the trial with this method of allocation; everything that `roles` can get.

    `pages` is a pattern of the addresses that are asked for, where it is not all; then no empty
    form is sent either.
    """
    found = World()
    with ExitStack() as stack:
        stack.enter_context(cloned())
        still_database()
        stack.enter_context(still())
        stack.enter_context(allocations.everybody_eligible())
        stack.enter_context(logs_of(found))
        stack.enter_context(messages_of(found))
        if swapped:
            stack.enter_context(exchanged())
        Trial(found, kind, arms[::-1] if swapped else arms, arms).run()
        collect_pages(found, roles, [one for one in addresses() if re.match(pages, one)])
        if not pages:
            few = [role for role in sorted(roles) if role in POSTING]
            collect_own_pages(found, few)
            collect_posts(found, few)
        collect_mail(found)
        collect_tables(found)
        with acting(SYSTEM):
            found.arms = table.table(by=SYSTEM, reason="test")
    return found


class Trial:
    """The script. `first` and `second` are the arms that this world's labels A and B mean."""

    def __init__(
        self, found: World, kind: str, labels: tuple[str, str], arms: tuple[str, str]
    ) -> None:
        self.found, self.kind, self.arms = found, kind, arms
        self.label = dict(zip("AB", labels, strict=True))
        self.centre = people.centre()
        self.other = people.centre("FR-11", "Beaune")
        self.browsers = {
            role: people.sign_in(Client(), people.person(role, self.centre)) for role in Role
        }
        people.person(Role.INVESTIGATOR, self.other)

    def client(self, role: Role) -> Client:
        return self.browsers[role]

    def post(self, role: Role, name: str, args: list[str], data: dict[str, Any]) -> Any:
        answer = self.client(role).post(reverse(name, args=args), data)
        self.keep_answer(f"post {len(self.found.seen):03d} {role} {name} {args}", answer)
        return answer

    def keep_answer(self, name: str, answer: Any) -> None:
        keep_answer(self.found, name, answer)

    def run(self) -> None:
        self.open_scheme()
        self.deliver()
        self.send_and_receive()
        everyone = allocations.participants(self.centre, PARTICIPANTS)
        self.randomise(everyone)
        self.set_aside("FR-05-004")
        self.dispense()
        self.enter(everyone)
        self.correct()
        self.unblind("FR-05-002")
        self.analyse()
        self.copy()
        everyday.everyday(self)

    def open_scheme(self) -> None:
        settings: dict[str, Any] = {"method": self.kind, "arms": list(self.arms)}
        if self.kind == "blocks":
            settings["stratified_by"] = ["centre", "grade"]
        allocations.scheme(**settings)
        if self.kind != "list":
            return
        places = tuple(
            imported_list.Place(f"{n:03d}", "", n, self.label[letter])
            for n, letter in enumerate(LIST, start=1)
        )
        with acting(SYSTEM):
            made = imported_list.ImportedList(places, "0" * 64)
            custody.import_list("main", made, by=SYSTEM)

    def deliver(self) -> None:
        """More kits of one arm than of the other, of two expiry dates, numbered by chance."""
        letters = "ABBABAABABBAABABBABAABBABAAB" + "ABAABA"
        numbers = allocations.kit_numbers(len(letters))
        expiries = (date(2099, 8, 31), date(2099, 11, 30))
        kits = [
            NewKit(number, self.label[letter], expiries[n % 3 == 0])
            for n, (number, letter) in enumerate(zip(numbers, letters, strict=True))
        ]
        with acting(SYSTEM):
            actions.register_kits(kits=kits, scheme=Scheme.objects.get(), by=SYSTEM)

    def send_and_receive(self) -> None:
        for shipment, each in (("S-0001", EACH), ("S-0002", 6)):
            answer = self.client(Role.SUPPLY_MANAGER).post(
                reverse("randomisation:send", args=["FR-05"]), {"each": str(each)}
            )
            assert answer.status_code == 302
            with acting(SYSTEM):
                numbers = sorted(
                    Kit.objects.filter(shipment__number=shipment).values_list("number", flat=True)
                )
            ticked = {"damaged": numbers[:1], "missing": numbers[1:2]}
            sent = ticked if shipment == "S-0002" else {}
            self.post(Role.SITE_COORDINATOR, "randomisation:receive", ["FR-05", shipment], sent)

    def randomise(self, everyone: list[Participant]) -> None:
        for participant in everyone:
            strata = allocations.levels_of(participant) | {
                "grade": "G1" if participant.number % 3 == 0 else "G2"
            }
            data = {f"stratum.{name}": level for name, level in strata.items()}
            data["password"] = people.PASSWORD
            with self.with_strata(strata):
                self.post(Role.INVESTIGATOR, "randomisation:gate", [participant.code], data)
                self.post(Role.INVESTIGATOR, "randomisation:gate", [participant.code], data)

    @contextmanager
    def with_strata(self, strata: dict[str, str]) -> Iterator[None]:
        with mock.patch("tests.allocations.levels_of", return_value=strata):
            yield

    def set_aside(self, code: str) -> None:
        """The kit of somebody breaks and is replaced; that one breaks too, in the end."""
        place = [code, "INJ-01"]
        for reason in ("broken needle", "fell down"):
            with acting(SYSTEM):
                kits = Kit.objects.filter(dispensing__participant__code=code).order_by(
                    "-dispensing"
                )
                number = kits[0].number
            aside = ["FR-05", number]
            self.post(Role.PHARMACIST, "randomisation:set_aside", aside, {"reason": reason})
            self.post(Role.SITE_COORDINATOR, "randomisation:dispense", place, {"early": "yes"})
        left = {"kits": [number], "what": "returned", "on": "02/03/2026", "reason": "form 12"}
        self.post(Role.PHARMACIST, "randomisation:leave", ["FR-05"], left)
        with acting(SYSTEM):
            assert Dispensing.objects.filter(replaces__isnull=False).exists()
            assert Kit.objects.get(number=number).status == "returned"

    def dispense(self) -> None:
        """Until the centre is refused, whoever asks."""
        for turn in range(2, 9):
            for number in (1, 2, 4):
                self.post(
                    Role.SITE_COORDINATOR,
                    "randomisation:dispense",
                    [f"FR-05-{number:03d}", f"INJ-{turn:02d}"],
                    {"early": "yes"},
                )

    def enter(self, everyone: list[Participant]) -> None:
        """The same clinical data in both worlds, kit numbers included."""
        with acting(SYSTEM):
            for person in Participant.objects.filter(randomised_on__isnull=False):
                analysed.entry(person, "CONSENT", "SCR", {"signed": "yes"}, -10)
                analysed.entry(person, "TUMOUR", "SCR", analysed.tumour(person.number), -9)
                day = {"imaging_date": "2026-03-02", "response": "SD"}
                analysed.entry(person, "RECIST", "ASM-03", day | analysed.lesions(1), 0)
            made = Dispensing.objects.filter(replaces=None).select_related("kit", "participant")
            for given in made.order_by("id"):
                data = {"injection": "given", "kit": given.kit.number}
                analysed.entry(given.participant, "INJ", given.visit, data, given.turn)

    def correct(self) -> None:
        data = {"factor": "grade", "corrected": "G1", "reason": "second reading"}
        self.post(Role.INVESTIGATOR, "randomisation:correct", ["FR-05-001"], data)

    def unblind(self, code: str) -> None:
        """Its one answer is not blind: kept apart, for the test to see that arms differ."""
        data = {
            "reason": "Anaphylaxis",
            "password": people.PASSWORD,
            "confirm": "yes",
            "token": "7e57ed00-0000-4000-8000-000000000001",
        }
        address = reverse("randomisation:unblind", args=[code])
        answer = self.client(Role.INVESTIGATOR).post(address, data)
        assert answer.status_code == 200, answer.content
        self.found.unblinded.append(answer.content)

    def analyse(self) -> None:
        """The blinded interim, a look of the committee, a blind release."""
        assert blinded.run("test") is not None
        by = Actor.of(people.person(Role.DMC_STATISTICIAN), Verb.RUN_LOOK)
        with acting(by):
            look = analysis_actions.ask_look(reason="first look", by=by)
        tasks_unblinded.dmc_look(look.run_id)
        with acting(SYSTEM):
            assert Run.objects.get(pk=look.run_id).state == "done"
        by = Actor.of(people.person(Role.DMC_MEMBER), Verb.RECOMMEND)
        with acting(by):
            judged = {"asked": "Image every two months.", "grounds": "More events in one arm."}
            dmc.recommend(dmc.look_for(look.number), verdict="change", **judged, by=by)
        by = Actor.of(people.person(Role.TRIAL_STATISTICIAN), Verb.MAKE_RELEASE)
        with acting(by):
            release = analysis_actions.ask_release(note="test", blind=True, by=by)
        make.release(release.pk, blind=True)

    def copy(self) -> None:
        """The centre's certified copy; its file is collected among the addresses too."""
        data = {"password": people.PASSWORD}
        self.post(Role.PRINCIPAL_INVESTIGATOR, "analysis:copies", [self.centre.code], data)
        made = certified.make(1)
        assert made is not None
        self.found.keep("certified copy", certified.path_of(made).read_bytes())


def keep_answer(found: World, name: str, answer: Any) -> None:
    """Status, headers in their order, cookies and body."""
    headers = "\n".join(f"{key}: {value}" for key, value in answer.items())
    cookies = answer.cookies.output()
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    found.keep(name, f"{answer.status_code}\n{headers}\n{cookies}\n\n".encode() + body)


def collect_pages(found: World, roles: Collection[Role], pages: Collection[str]) -> None:
    """Every address as every one of these roles, refusals included."""
    here = people.centre()
    for role in sorted(roles):
        client = people.sign_in(Client(), people.person(Role(role), here))
        for one in asked_by(role, pages):
            keep_answer(found, f"get {role} {one}", client.get(one))


def just_signed_in(role: Role) -> Client:
    """Without being asked for the password again, so that the pages of the second step open."""
    client = people.sign_in(Client(), people.person(role, people.centre()))
    session = client.session
    for record in session["account_authentication_methods"]:
        record |= {"at": time.time(), "reauthenticated": True}
    session.save()
    return client


def collect_own_pages(found: World, roles: Collection[Role]) -> None:
    """One's own account, and what is open to all: as these roles, nobody, and halfway in."""
    browsers: dict[str, Client] = {role: just_signed_in(role) for role in sorted(roles)}
    halfway = Client()
    enrolled = people.person(Role.INVESTIGATOR, people.centre())
    halfway.post("/sign-in/", {"login": enrolled.email, "password": people.PASSWORD})
    for who, client in {"nobody": Client(), "halfway": halfway, **browsers}.items():
        for one in identity_addresses():
            keep_answer(found, f"own {who} {one}", client.get(one))


def collect_posts(found: World, roles: Collection[Role]) -> None:
    """An empty form to every address that takes one; what it does is the same in both worlds."""
    for role in sorted(roles):
        client = just_signed_in(role)
        for name, one in sorted(posted().items()):
            keep_answer(found, f"empty {role} {name} {one}", client.post(one, {}))
