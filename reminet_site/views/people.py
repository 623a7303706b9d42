"""Accounts and roles: the administrator's pages."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site import second_step
from reminet_site.access import actions, reads
from reminet_site.access.models import AccessRequest, DutyRecord
from reminet_site.access.rules import WHY, check_why
from reminet_site.actions import check_new_person
from reminet_site.adapters import check_it_is_you, check_password_again, it_was_just_shown
from reminet_site.errors import Refusal
from reminet_site.models import Centre, User
from reminet_site.refused import Said, come_back
from reminet_site.rights import may
from reminet_site.roles import CENTRE_ROLES, GIVEN_BY_THE_SERVICE, TWO_PERSON_ROLES, Role, Verb
from reminet_site.rules import together
from reminet_site.searches import further, go_to, searched
from reminet_site.typed import whole

PAGE = 50
FOUND_BY = ("person", "role", "centre", "state")
STATES = (
    ("open", gettext_noop("open")),
    ("invited", gettext_noop("invited, not signed in yet")),
    ("closed", gettext_noop("closed")),
)
ASKED = gettext_noop("Asked. Another administrator confirms it under Requests.")


def roles() -> list[Role]:
    return [role for role in Role if role not in GIVEN_BY_THE_SERVICE]


@may(get=Verb.MANAGE_ACCOUNTS, post=Verb.MANAGE_ACCOUNTS)
def people(request: HttpRequest) -> HttpResponse:
    """Finds accounts; POST without `find` invites a person."""
    if "find" in request.POST:
        return go_to(request, FOUND_BY)
    if request.method == "POST":
        come_back(request, "invite", show_people)
        typed = {name: request.POST.get(name, "") for name in ("name", "email")}
        together(lambda: check_new_person(**typed), lambda: check_it_is_you(request))
        user = actions.invite(**typed, by=request.actor)
        messages.success(request, _("The invitation is on its way to %s.") % user.email)
        return redirect("person", user.pk)
    return show_people(request)


def show_people(request: HttpRequest, said: Said | None = None) -> HttpResponse:
    asked = {} if said else searched(request, "person")
    search = {name: asked.get(name, "") for name in FOUND_BY}
    pages = Paginator(reads.people(**search), PAGE)
    page = pages.get_page(whole(asked.get("page")) or 1)
    there = reads.administrators()
    context = {
        "page": page,
        "before": further(request, page=page.number - 1) if page.has_previous() else "",
        "after": further(request, page=page.number + 1) if page.has_next() else "",
        "search": search,
        "roles": roles(),
        "centres": Centre.objects.order_by("code"),
        "states": STATES,
        "waiting": reads.waiting_requests(),
        "alone": len(there) < 2,
        "said": said,
        "ask": not it_was_just_shown(request),
    }
    return render(request, "reminet_site/people.html", context)


@may(get=Verb.MANAGE_ACCOUNTS, post=Verb.MANAGE_ACCOUNTS)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its roles, its records, its sign-in. POST: one of ACTS."""
    user = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        name = request.POST.get("act", "")
        act = ACTS.get(name)
        if act is None:
            raise Refusal(_("Choose what is to be done."))
        come_back(request, name, lambda again, said: person_again(again, pk, said))
        signs = act is give and request.POST.get("role") in TWO_PERSON_ROLES
        ask = check_password_again if signs else check_it_is_you
        together(lambda: check_typed(name, request, user), lambda: ask(request))
        messages.success(request, act(request, user))
        return redirect("person", pk)
    return show_person(request, user)


def check_typed(name: str, request: HttpRequest, user: User) -> None:
    """What the act itself would refuse of what was typed."""
    if name == "give":
        actions.check_given(**given(request, user))
    elif name in WHY:
        check_why(name, request.POST.get("reason", ""))


def given(request: HttpRequest, user: User) -> dict[str, Any]:
    return {
        "user": user,
        "role": request.POST.get("role", ""),
        "centre": Centre.objects.filter(code=request.POST.get("centre") or None).first(),
        "reason": request.POST.get("reason", ""),
        "by": request.actor,
    }


def give(request: HttpRequest, user: User) -> str:
    made = actions.give_role(**given(request, user))
    return _(ASKED) if isinstance(made, AccessRequest) else _("The role is given.")


def revoke(request: HttpRequest, user: User) -> str:
    grant = get_object_or_404(user.grants, pk=whole(request.POST.get("grant")))
    actions.take_role(grant=grant, reason=request.POST.get("reason", ""), by=request.actor)
    return _("The role has ended.")


def invite(request: HttpRequest, user: User) -> str:
    actions.send_invitation(user=user, by=request.actor)
    return _("A new invitation is on its way; the one before is void.")


def second(request: HttpRequest, user: User) -> str:
    why = request.POST.get("reason", "")
    asked = actions.new_second_step(user=user, reason=why, by=request.actor)
    return _(ASKED) if asked else _("The next sign-in sets up a new second step.")


def close(request: HttpRequest, user: User) -> str:
    actions.close_account(user=user, reason=request.POST.get("reason", ""), by=request.actor)
    return _("The account is closed; its sessions have ended.")


def reopen(request: HttpRequest, user: User) -> str:
    actions.reopen_account(user=user, reason=request.POST.get("reason", ""), by=request.actor)
    return _("The account is open, without a role; an invitation is on its way.")


def words_of(role: Role) -> str:
    """ "Investigator (two persons), at a centre"."""
    two = f" ({_('two persons')})" if role in TWO_PERSON_ROLES else ""
    return _(role.label) + two + (f", {_('at a centre')}" if role in CENTRE_ROLES else "")


ACTS = {
    "give": give,
    "revoke": revoke,
    "invite": invite,
    "second_step": second,
    "close": close,
    "reopen": reopen,
}


def person_again(request: HttpRequest, pk: int, said: Said) -> HttpResponse:
    """The page after a refused act: the account as it stands, not as the act left it."""
    return show_person(request, User.objects.get(pk=pk), said)


def show_person(request: HttpRequest, user: User, said: Said | None = None) -> HttpResponse:
    administrators = len(reads.administrators())
    grants = user.grants.select_related("centre", "granted_by", "seconded_by", "revoked_by")
    ends = request.GET.get("revoke") or (said.sent.get("grant") if said else None)
    context = {
        "person": user,
        "myself": user.pk == request.user.pk,
        "grants": grants.prefetch_related("duties").order_by("-revoked_at", "-granted_at"),
        "logged": DutyRecord.objects.filter(grant__user=user).exists(),
        "lacks": {one.grant: one.missing for one in reads.waiting(user.pk)},
        "requests": user.requests.filter(state="waiting").select_related("asked_by", "centre"),
        "changes": user.changes.select_related("by").order_by("-id"),
        "invitation": user.invitations.order_by("-id").first(),
        "sessions": reads.sessions_of(user),
        "steps": second_step.steps_of(user),
        "roles": [(role.value, words_of(role)) for role in roles()],
        "labels": {role.value: role.label for role in Role},
        "centres": [(one.code, str(one)) for one in Centre.objects.order_by("code")],
        "revoke": user.grants.filter(pk=whole(ends), revoked_at__isnull=True).first(),
        "alone": administrators < 2,
        "said": said,
        "ask": not it_was_just_shown(request),
    }
    return render(request, "reminet_site/person.html", context)
