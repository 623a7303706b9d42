"""What every request passes through: headers, session clocks, and the one transaction."""

import logging
import select
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.db import DatabaseError, DataError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.exceptions import AuthenticationFailed

from reminet_site import second_step
from reminet_site.access.reads import why_not
from reminet_site.context import Actor, acting, actor_for, live_grants
from reminet_site.errors import Conflict, NotThere, Refusal
from reminet_site.page import came_from
from reminet_site.rights import IDENTITY_ROUTES
from reminet_site.sessions import user_of
from reminet_site.tokens import ExpiringToken
from reminet_site.wording import PersonalWording, check_wording, note_kept, wording_page

log = logging.getLogger("reminet")
NUL = "\0"  # PostgreSQL keeps no text with this character in it
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class SecurityHeaders:
    """On every response, static files and errors included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Content-Security-Policy"] = CSP
        response["X-Frame-Options"] = "DENY"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        response.setdefault("Cache-Control", "no-store")
        return response


class Language(LocaleMiddleware):
    """English or French, as the person chose or the browser asks. It comes before all that says
    something. What a program reads under /api/ is English."""

    def process_request(self, request: HttpRequest) -> None:
        if not request.path_info.startswith("/api/"):
            super().process_request(request)
            return
        translation.activate("en")
        request.LANGUAGE_CODE = "en"


class Authentication(AuthenticationMiddleware):
    """Django's, with the person that came with the session."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: user_of(request))


class LiveConnection:
    """The request begins with a connection that lives: PostgreSQL may have restarted since it was
    used. A server that ended it has said so, which is read off the socket without a trip there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            while said_goodbye():
                connection.connection.close()  # so that the pool does not take it back
                connection.close()
        except OperationalError:
            log.exception("the database did not answer")
            return unavailable(request)
        return self.get_response(request)


def said_goodbye() -> bool:
    """Something waits to be read on a connection that asked nothing: its end."""
    connection.ensure_connection()
    socket = select.poll()
    socket.register(connection.connection.fileno(), select.POLLIN)
    return bool(socket.poll(0))


class SessionClock:
    """Ends a session that is idle or too old. The idle clock is written once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            began = request.session.setdefault("began", now)
            seen = request.session.get("seen", now)
            if (
                now - seen > settings.SESSION_IDLE_SECONDS
                or now - began > settings.SESSION_COOKIE_AGE
            ):
                logout(request)
            elif (now - seen > 60 and not polls(request)) or "seen" not in request.session:
                request.session["seen"] = now
        return self.get_response(request)


def polls(request: HttpRequest) -> bool:
    """A page asks by itself how far a worker is: nobody need sit before it."""
    return request.method == "GET" and request.headers.get("X-Requested-With") == "fetch"


class RequestWrapper:
    """Authenticate, find the right, open the transaction, run the view, render, commit.

    An answer of 400 or more rolls back everything that the request did, except what it handed to
    `request.outlives(...)`, which then runs in a transaction of its own. A view that answers a
    refusal with a page of its own sets `request.refused`: it is rendered after the rollback.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        rights = getattr(view, "rights", None)
        if rights is None:
            if request.resolver_match.url_name in IDENTITY_ROUTES:
                return self.identity(request, request.resolver_match.url_name)
            raise RuntimeError(f"{request.resolver_match.view_name} names no right")
        if not rights:
            return None
        try:
            user = signed_in(request)
        except AuthenticationFailed as refused:
            return JsonResponse({"detail": str(refused.detail)}, status=401)
        if user is None:
            return sign_in_first(request)
        if not getattr(request, "auth", None) and not second_step.taken(request):
            return second_step_first(request)
        if NUL in request.path_info:
            return refusal(request, NotThere(_("Nothing at this address.")), 404)
        if NUL in "".join(sent(request)):
            said = Refusal(_("A text holds a character that cannot be kept."))
            return refusal(request, said, 422)
        verb = rights.get(request.method, next(iter(rights.values())))
        request.grants = grants_of(request, user)
        actor = actor_for(user, request.grants, verb)
        if actor is None:
            missing = why_not(user.pk, verb)
            return refusal(
                request, Refusal(missing or _("Your role does not include this page.")), 403
            )
        if request.method == "GET" and "GET" not in rights:
            return nothing_to_show(request, rights)
        if request.method == "POST":
            actor = actor.because(request.POST.get("change_reason", "").strip()[:500])
        return self.run(request, actor, lambda: answered(request, view, args, kwargs))

    def identity(self, request: HttpRequest, name: str) -> HttpResponse | None:
        """Before its second step a session reaches what leads there, and the sign-out."""
        if name in second_step.BEFORE or not request.user.is_authenticated:
            return None
        if second_step.taken(request):
            return None
        if name in second_step.ENROLMENT and not second_step.enrolled(request.user):
            return None
        return second_step_first(request)

    def run(
        self, request: HttpRequest, actor: Actor, view: Callable[[], HttpResponse]
    ) -> HttpResponse:
        request.actor = actor
        after: list[Callable[[], None]] = []
        request.outlives = after.append
        request.refused = lambda said: refusal(request, said, said.status)
        try:
            with acting(actor, with_first=True):
                response = view()
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
                if response.status_code >= 400:
                    transaction.set_rollback(True)
        except Refusal as said:
            with acting(actor):
                response = request.refused(said)
        except OperationalError as error:
            if sqlstate(error) != CIRCLE:
                log.exception("the database did not answer")
                return unavailable(request)
            with acting(actor):
                response = request.refused(Conflict(_(MET)))
        except DatabaseError as error:
            sentence = guard_sentence(error)
            if not sentence:
                raise
            with acting(actor):
                response = request.refused(Refusal(sentence))
        if after:
            with acting(actor):
                for act in after:
                    act()
        return response


def answered(
    request: HttpRequest, view: Callable[..., Any], args: tuple, kwargs: dict
) -> HttpResponse:
    """The view's answer; what people write freely is looked at before it, or by the view."""
    if request.method == "POST" and not getattr(view, "looks_at_wording", False):
        check_wording(request)
    response = view(request, *args, **kwargs)
    note_kept(request)
    return response


def sent(request: HttpRequest) -> list[str]:
    """Every name and value of the address and of the form."""
    pairs = (pair for data in (request.GET, request.POST) for pair in data.lists())
    return [text for name, values in pairs for text in (name, *values)]


# What the database's own guards say, by the code that they raise.
GUARDS = {
    "RE001": gettext_noop("The trial is locked: data can be read, not changed."),
    "RE002": gettext_noop("An entry stays at its participant, visit and form."),
    "RE003": gettext_noop("A saved value changes only with a reason. Say why, then save again."),
    "RE013": gettext_noop(
        "Consent was withdrawn before this day: nothing dated later is recorded."
    ),
    "RE014": gettext_noop(
        "This form is frozen: it is read, not changed. Ask the data manager to take the freeze "
        "back, and say what is to be corrected."
    ),
    "RE020": gettext_noop(
        "Nothing was given: the restored database is not reconciled with the allocation log."
    ),
    "RE010": gettext_noop("The blind opens after the lock, never before."),
    "RE011": gettext_noop("The opening of the blind is not undone."),
    "RE021": gettext_noop("An account keeps its address: it is never handed on to another person."),
    "RE022": gettext_noop("A role is given once and revoked once; nothing of it is changed."),
    "RE023": gettext_noop("This role takes two persons, both others than its holder."),
    "RE024": gettext_noop("This request is decided already."),
    "RE025": gettext_noop(
        "The centre's last principal investigator has no copy of the data as they stand."
    ),
    "RE026": gettext_noop(
        "A certified copy is taken once, by the one who asked for it, as it was made."
    ),
    "RE012": gettext_noop("The blind is open: the data stay locked from now on."),
}


CIRCLE = "40P01"  # two waited for each other, and the database let go of this one
MET = gettext_noop(
    "Somebody saves the same at this moment, and one of the two had to give way. Nothing was "
    "saved: send it again."
)


def sqlstate(error: DatabaseError) -> str:
    return getattr(error.__cause__, "sqlstate", "") or ""


def guard_sentence(error: DatabaseError) -> str:
    if isinstance(error, DataError):
        return _("A value is longer or larger than what is kept. Nothing was saved.")
    sentence = GUARDS.get(sqlstate(error))
    return _(sentence) if sentence else ""


NO_FRAME = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<main><h1>{title}</h1><p>{sentence}</p><p>{again}</p><p><a href="/">{first}</a></p></main></html>
"""


def unavailable(request: HttpRequest) -> HttpResponse:
    """No database, so no page frame either."""
    sentence = _("The database does not answer. Nothing was saved; try again in a minute.")
    if wants_fragment(request):
        return JsonResponse({"detail": sentence}, status=503)
    page = NO_FRAME.format(
        language=translation.get_language() or "en",
        title=_("Not now"),
        sentence=sentence,
        again=_("Loading this page again sends the same once more, with all that was typed."),
        first=_("First page"),
    )
    return HttpResponse(page, status=503)


def signed_in(request: HttpRequest) -> Any:
    """The user of the session, or under /api/ that of a token."""
    token = request.headers.get("Authorization", "").startswith("Token ")
    if token and request.path.startswith("/api/"):
        found = ExpiringToken().authenticate(request)
        if found:
            request.user, request.auth = found
            request._dont_enforce_csrf_checks = True
            return found[0]
    return request.user if request.user.is_authenticated and request.user.is_active else None


def grants_of(request: HttpRequest, user: Any) -> tuple[tuple[str, int | None], ...]:
    """Read with the session; asked for where a token signed in."""
    person = getattr(request.session, "person", None)
    if person is not None and person.pk == user.pk:
        return request.session.grants
    return live_grants(user)


def wants_fragment(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch" or request.path.startswith("/api/")


def sign_in_first(request: HttpRequest) -> HttpResponse:
    login = reverse(settings.LOGIN_URL)
    if wants_fragment(request):
        return JsonResponse({"detail": "Sign in first.", "login": login}, status=401)
    if request.method == "GET":
        return redirect(f"{login}?{urlencode({'next': request.get_full_path()})}")
    form = came_from(request)
    if not form:
        return redirect(login)
    messages.warning(
        request, _("Nothing was done: your session had ended. Sign in, and send it again.")
    )
    return redirect(f"{login}?{urlencode({'next': form})}")


def second_step_first(request: HttpRequest) -> HttpResponse:
    """To the code or passkey that is asked for, or to setting one up where there is none."""
    there = reverse(second_step.page_for(request.user))
    if wants_fragment(request):
        login = reverse(settings.LOGIN_URL)
        said = {"detail": "Take the second step of the sign-in first.", "login": login}
        return JsonResponse(said, status=401)
    if request.method != "GET":
        return redirect(there)
    return redirect(f"{there}?{urlencode({'next': request.get_full_path()})}")


def nothing_to_show(request: HttpRequest, rights: Mapping[str, Any]) -> HttpResponse:
    """The address of a form's act, opened by itself: after a refusal it stands in the browser."""
    said = _("This address takes what a form sends. Go to the page of the form and send it there.")
    answer = refusal(request, Refusal(said), 405)
    answer["Allow"] = ", ".join(sorted(rights))
    return answer


def refusal(request: HttpRequest, said: Refusal, status: int) -> HttpResponse:
    """One sentence, as a page or as JSON."""
    if wants_fragment(request):
        return JsonResponse({"detail": said.sentence, "item": said.item}, status=status)
    if isinstance(said, PersonalWording):
        return wording_page(request, said)
    context = {"sentence": said.sentence, "status": status}
    return render(request, "reminet_site/error.html", context, status=status)
