"""Fills the frame of every page (see shell.py): who is signed in, where they may go."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site import build
from reminet_site.clock import clinical_now
from reminet_site.jinja2_env import moment
from reminet_site.models import Centre
from reminet_site.roles import RIGHTS, Role, Verb
from reminet_site.shell import DemonstrationAccount, Link, Message, Shell

# Where each right leads, in the order of the day. The centre's own pages take its code.
CENTRE_NAV = (
    (gettext_noop("Work list"), "crf:centre_home", Verb.READ_CASEBOOK),
    (gettext_noop("Participants"), "crf:participants", Verb.READ_CASEBOOK),
    (gettext_noop("Queries"), "crf:queries", Verb.READ_CASEBOOK),
    (gettext_noop("Signing"), "crf:casebooks", Verb.READ_CASEBOOK),
    (gettext_noop("Kits"), "randomisation:kits", Verb.READ_KITS),
    (gettext_noop("Copy"), "analysis:copies", Verb.READ_COPIES),
    (gettext_noop("Team"), "team", Verb.READ_TEAM),
)
TRIAL_NAV = (
    (gettext_noop("Serious events"), "crf:serious_events", Verb.READ_SERIOUS),
    (gettext_noop("Central review"), "crf:central_review", Verb.READ_REVIEW),
    (gettext_noop("All queries"), "crf:all_queries", Verb.RAISE_QUERY),
    (gettext_noop("Supply"), "randomisation:supply", Verb.READ_SUPPLY),
    (gettext_noop("Accrual"), "randomisation:accrual", Verb.READ_ACCRUAL),
    (gettext_noop("Interim"), "analysis:interim", Verb.READ_POOLED),
    (gettext_noop("Committee"), "analysis:dmc", Verb.READ_BY_ARM),
    (gettext_noop("Trial"), "analysis:trial", Verb.READ_TRIAL_STATE),
    (gettext_noop("Releases"), "analysis:releases", Verb.READ_RELEASES),
    (gettext_noop("Audit trail"), "trail", Verb.READ_AUDIT),
    (gettext_noop("Readings"), "randomisation:readings", Verb.READ_READINGS),
    (gettext_noop("Retention"), "analysis:retention", Verb.READ_RETENTION),
    (gettext_noop("People"), "people", Verb.MANAGE_ACCOUNTS),
    (gettext_noop("Centres"), "centres", Verb.MANAGE_CENTRES),
    (gettext_noop("Rights"), "access_report", Verb.READ_ACCESS),
)
WORDS = {"success": "done", "warning": "due", "error": "late"}


def common(request: HttpRequest) -> dict[str, Any]:
    """What every template has. The token of the page's forms is drawn once, not for each form."""
    token = SimpleLazyObject(lambda: csrf_input(request))
    return {"shell": shell(request), "csrf_input": token}


def shell(request: HttpRequest) -> Shell:
    identity = build.identity()
    form_page = came_from(request) if request.method == "POST" else ""
    frame = Shell(
        language=translation.get_language() or "en",
        languages=("en", "fr"),
        path=form_page or request.get_full_path(),
        form_page=form_page,
        version=identity.short,
        build=identity,
        messages=tuple(
            Message(title=str(m), kind=WORDS.get(m.level_tag, "")) for m in get_messages(request)
        ),
        **demonstration(request),
    )
    for path in settings.SHELL_PARTS:
        frame = replace(frame, **import_string(path)(request))
    grants = getattr(request, "grants", None)
    if grants is None:
        return replace(frame, **on_the_way(request))
    return replace(frame, **person(request, grants))


def came_from(request: HttpRequest) -> str:
    """The page of this service from which the request was sent, by its header Referer; "" where
    it names none."""
    try:
        there = urlsplit(request.headers.get("Referer", "")[:2000])
        ours = there.netloc == request.get_host()
    except (ValueError, DisallowedHost):  # http://[, or a page that refuses the name of the host
        return ""
    path = there._replace(scheme="", netloc="", fragment="").geturl()
    return path if ours and path.startswith("/") and not path.startswith("//") else ""


def demonstration(request: HttpRequest) -> dict[str, Any]:
    """The ribbon; the accounts only where nobody is signed in."""
    if not is_demonstration(request):
        return {}
    words: dict[str, Any] = {
        "demonstration": (
            _(
                "Synthetic participants, simulated clock %(now)s in Paris. "
                "Nothing here is a result of the trial."
            )
            % {"now": moment(clinical_now(), "Europe/Paris")}
        )
    }
    if getattr(request, "grants", None) is None:
        words |= demonstration_accounts()
    return words


def is_demonstration(request: HttpRequest) -> bool:
    """As the statement said that brought the session and its person, where one did."""
    session = getattr(request, "session", None)
    if session is not None and getattr(session, "person", None) is not None:
        return bool(session.demonstration)
    with connection.cursor() as cursor:
        cursor.execute("SELECT demonstration FROM reminet_site_deployment")
        row = cursor.fetchone()
    return bool(row and row[0])


def demonstration_accounts() -> dict[str, Any]:
    """Listed by address: an account of the demonstration is one@demonstration.invalid."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.email, g.role, coalesce(c.name, '') "
            "FROM reminet_site_user u JOIN reminet_site_grant g ON g.user_id = u.id "
            "LEFT JOIN reminet_site_centre c ON c.id = g.centre_id "
            "WHERE u.email LIKE '%%@demonstration.invalid' AND g.revoked_at IS NULL "
            "ORDER BY u.id"
        )
        rows = cursor.fetchall()
    of = {role: [(email, note) for email, held, note in rows if held == role] for role in Role}
    return {
        "demonstration_accounts": tuple(
            DemonstrationAccount(email, _(role.label), note or (_("second person") if n else ""))
            for role in Role
            for n, (email, note) in enumerate(of[role])
        ),
        "demonstration_password": DEMONSTRATION_PASSWORD,
    }


def on_the_way(request: HttpRequest) -> dict[str, Any]:
    """Who is signed in where no right was looked for, before the second step: the way out alone."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "signed_in": True, "person": user.name, "email": user.email, "density": user.density,
    }  # fmt: skip


# Printed on the sign-in page of a demonstration, and valid for nothing else.
DEMONSTRATION_PASSWORD = "reminet demonstration"


def person(request: HttpRequest, grants: tuple[tuple[str, int | None], ...]) -> dict[str, Any]:
    roles = [Role(role) for role, _centre in grants]
    verbs = frozenset().union(*(RIGHTS[role] for role in roles)) if roles else frozenset()
    user = request.user
    parts: dict[str, Any] = {
        "signed_in": True,
        "person": user.name,  # type: ignore[union-attr]
        "email": user.email,  # type: ignore[union-attr]
        "density": user.density,  # type: ignore[union-attr]
        "role": _(roles[0].label) if roles else _("No role"),
        "can_find": Verb.READ_CASEBOOK in verbs,
        "unblinded": getattr(request, "unblinded", False),
    }
    here = centre_here(request, grants, verbs)
    links = [here_link(request, here, *entry) for entry in CENTRE_NAV if entry[2] in verbs and here]
    elsewhere = not any(link.current for link in links)
    links += [trial_link(request, *entry, elsewhere) for entry in TRIAL_NAV if entry[2] in verbs]
    parts["nav"] = tuple(links)
    if here:
        parts |= {"centre": str(here), "timezone": here.timezone, "centres": switch(request, here)}
    return parts


def centre_here(request: HttpRequest, grants: tuple, verbs: frozenset) -> Centre | None:
    """The centre of the page, else the one looked at last, else the first that is allowed."""
    if not verbs & {Verb.READ_CASEBOOK, Verb.READ_KITS}:
        return None
    everywhere = any(centre is None for _, centre in grants)
    mine = (
        Centre.objects.all()
        if everywhere
        else Centre.objects.filter(id__in=[c for _, c in grants if c])
    )
    request.my_centres = list(mine)
    wanted = getattr(request, "centre_code", None) or request.session.get("centre")
    for centre in request.my_centres:
        if centre.code == wanted:
            remember(request, centre)
            return centre
    return request.my_centres[0] if request.my_centres else None


def remember(request: HttpRequest, centre: Centre) -> None:
    """The next page without a centre of its own, the trail or accrual, stays at this one."""
    if request.session.get("centre") != centre.code:
        request.session["centre"] = centre.code


def switch(request: HttpRequest, here: Centre) -> tuple[Link, ...]:
    return tuple(
        Link(str(c), reverse("home") + f"?centre={c.code}", current=c.code == here.code)
        for c in request.my_centres
    )


def here_link(request: HttpRequest, here: Centre, label: str, name: str, verb: Verb) -> Link:
    """`request.page`: the page that a refused act is answered with, where it has one of these."""
    address = reverse(name, args=[here.code])
    return Link(_(label), address, current=getattr(request, "page", request.path) == address)


def trial_link(request: HttpRequest, label: str, name: str, verb: Verb, elsewhere: bool) -> Link:
    """`elsewhere`: no link to a page of the centre is the current one."""
    address = reverse(name)
    return Link(_(label), address, current=elsewhere and request.path.startswith(address))
