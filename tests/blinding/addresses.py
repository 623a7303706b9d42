"""The addresses of the two worlds, as the table of URLs has them, with the ids of their trial."""

import re
from collections.abc import Mapping
from typing import Any

from django.core import mail
from django.urls import get_resolver, resolve, reverse

from analysis.models import Release
from crf.models import CentralReading, DataQuery, Entry
from reminet_site.context import acting
from reminet_site.rights import IDENTITY_ROUTES
from reminet_site.roles import BLINDED_ROLES, RIGHTS, Verb
from tests import allocations
from tests.architecture.test_crawl import TIED, address
from tests.architecture.test_routes import routes
from tests.blinding.everyday import NEWCOMER

SYSTEM = allocations.SYSTEM
LEAVES = "account_logout"
# asked to be randomised last, and in screening
LAST, WAITING = "FR-05-009", "FR-05-010"
LEADS_ON = {"home", "crf:find"}
# Routes that answer no page to anybody blinded in this trial, and why that is right.
NOT_OPENED = {
    "analysis:final": "not before the blind is open, and then its reader is not blind",
    "analysis:final_progress": "the same",
    "language": "takes a form alone",
    "account_logout": "ends the session that asks; its page says no word of the trial",
    "mfa_edit_webauthn": "nobody here has a passkey",
    "mfa_remove_webauthn": "nobody here has a passkey",
    "mfa_reauthenticate_webauthn": "nobody here has a passkey",
}


def addresses() -> list[str]:
    """Every address that answers GET, with the ids of this trial; and one place that is not there.

    A page of the casebook is asked for at every entry of two participants.
    """
    with acting(SYSTEM):
        codes = ["FR-05-001", "FR-05-002", LAST, WAITING]
        entries = list(
            Entry.objects.filter(participant__code__in=codes[:2])
            .order_by("id")
            .values_list("participant__code", "visit", "form")
        )
    places = [
        {"centre": "FR-05", "code": code, "visit": visit, "form": form, "number": 1, "item": item}
        for code, visit, form in [*entries, (LAST, "INJ-01", "INJ")]
        for item in ("signed", "kit", "response")
    ]
    others = [{"centre": "FR-05", "code": c, "number": 1, "pk": k} for c in codes for k in (1, 2)]
    with acting(SYSTEM):
        release = Release.objects.get().name
    made = known_of(release)
    others = [one | made | {"visit": "INJ-02"} for one in others]
    kits = address("randomisation:kits", {"centre": "FR-05"})
    found = {address("crf:query", {"pk": made["query"]})}
    found |= {address("crf:serious_event", {"pk": made["event"]})}
    found |= {address("crf:central_reading", {"pk": made["images"]})}
    found |= {f"{kits}?state=available", f"{kits}?state=dispensed&kit=0", f"{kits}?kit=none"}
    for name, rights in TIED:
        if "GET" in rights:
            known = places if "form" in params_of(name) else others
            found |= {address(name, Known(one)) for one in known}
    return sorted(found)


def posted() -> dict[str, str]:
    """Route -> address of everything that takes a form, of one participant."""
    place = {"code": "FR-05-003", "centre": "FR-05", "form": "CONSENT", "visit": "SCR"}
    known = Known(place | {"number": 1, "item": "signed", "name": "no-such", "pk": 1})
    return {name: address(name, known) for name, rights in TIED if "POST" in rights}


class Known(dict[str, Any]):
    """Ids of this trial; 1 for a parameter that is not among them, so that no route is left out."""

    def __missing__(self, name: str) -> int:
        return 1


def params_of(name: str) -> list[str]:
    from django.urls import get_resolver

    space, _, short = name.rpartition(":")
    resolver = get_resolver()
    if space:
        resolver = resolver.namespace_dict[space][1]
    return list(resolver.reverse_dict.getlist(short)[0][0][0][1])


def known_of(release: str) -> dict[str, Any]:
    """The ids of what `everyday` made."""
    with acting(SYSTEM):
        query = DataQuery.objects.get(item="signed", form="CONSENT").pk
        event = Entry.objects.get(report__isnull=False).pk
        images = CentralReading.objects.order_by("id").values_list("entry_id", flat=True)[0]
    made = {"query": query, "event": event, "images": images}
    return {"name": release, "secret": secret(), **made}


def secret() -> str:
    """Of the newcomer's invitation, as it was mailed."""
    bodies = [message.body for message in mail.outbox if message.to == [NEWCOMER]]
    found = re.search(r"/invitation/(\S+?)/", bodies[-1])
    assert found is not None
    return found[1]


def identity_addresses() -> list[str]:
    """The pages of libraries for one's own account; those that are open to all are among them."""
    found = []
    for name, view in routes():
        if name in IDENTITY_ROUTES or getattr(view, "rights", None) == {}:
            values = {"secret": secret(), "pk": 1}
            params = get_resolver().reverse_dict.getlist(name)[0][0][0][1]
            if name != LEAVES:
                found.append(reverse(name, kwargs={one: values[one] for one in params}))
    return sorted(found)


def uncovered(seen: Mapping[str, bytes]) -> set[str]:
    """Routes of the table of URLs that answer GET and that were shown to nobody blinded, though
    some blinded role may open them; and those that none may and that did not refuse everybody."""
    answers: dict[str, set[str]] = {}
    for name, data in seen.items():
        kind, _, rest = name.partition(" ")
        if kind in ("get", "own"):
            path = rest.split(" ", 1)[1]
            place = path.partition("?")[0]
            answers.setdefault(resolve(place).view_name, set()).add(data[:3].decode())
    missing = set()
    for name, view in routes():
        rights = getattr(view, "rights", None)
        if name in NOT_OPENED or (rights and "GET" not in rights):
            continue
        blind = not rights or readable(rights["GET"])
        found = answers.get(name, set())
        shown = "302" if name in LEADS_ON else "200"
        if not (shown in found if blind else found == {"403"}):
            missing.add(name)
    return missing


def readable(verb: Verb) -> bool:
    return verb is Verb.SIGNED_IN or any(verb in RIGHTS[role] for role in BLINDED_ROLES)
