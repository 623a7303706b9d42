"""How people sign in: no sign-up, throttled by axes; sign-ins, failures, ends are in the trail."""

import time
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    did_recently_reauthenticate,
    reauthenticate_by_password,
)
from allauth.mfa.utils import is_mfa_enabled
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site import mails
from reminet_site.audit import note
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import SecurityEvent, User

WRONG_PASSWORD = gettext_noop(
    "The password does not match. Type it again; after 5 wrong ones the account waits 15 minutes."
)


TERMINAL = "127.0.0.1"  # where commands are typed


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Signing in and out are seen without a banner; the rest (a new password) is told."""
        template = kwargs.get("message_template") or (args[1] if len(args) > 1 else "")
        if not str(template).endswith(("logged_in.txt", "logged_out.txt")):
            super().add_message(request, *args, **kwargs)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just signed in for the first time is not asked for the password again."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required and not first_sign_in(self.request)

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """axes throttles; allauth's own limits would live in a cache that restarts forget."""

    def authenticate(self, request: HttpRequest, **credentials: str) -> User | None:
        """A closed account with the right password is answered like a wrong one."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and not user.is_active:
            self.authentication_failed(request, **credentials)
            return None
        return user

    def reauthenticate(self, user: User, password: str) -> bool:
        """At allauth's own prompt; `user` is who is signed in."""
        return password_kept(self.request, password)

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        typed = credentials.get("email") or credentials.get("username") or ""
        user = User.objects.filter(email__iexact=typed).first()
        remember(request, "sign-in failed", user)

    def login(self, request: HttpRequest, user: User) -> None:
        """Signed in and in the trail, or neither."""
        with acting(person(user)):
            super().login(request, user)
            note("sign-in", user.email, detail=address(request))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """In the language that this person chose, on whatever computer."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return speaking(response, user.language) if user.language else response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with acting(person(user)):
            super().logout(request)
            note("sign-out", user.email, detail=address(request))


def speaking(response: HttpResponse, language: str) -> HttpResponse:
    """From the next page on this browser is answered in that language."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        samesite="Lax",
        httponly=True,
        secure=not settings.LOCAL,
    )
    return response


def first_sign_in(request: HttpRequest) -> bool:
    """Signed in by password in the last minutes, by somebody who has no second step yet."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    if not records or time.time() - records[-1]["at"] > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        return False
    return not is_mfa_enabled(request.user)  # type: ignore[arg-type]


def person(user: User) -> Actor:
    """Somebody who signs in or out: no role is taken yet."""
    return Actor(user.pk, user.name, "", ())


def address(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR") or ""


def remember(request: HttpRequest, kind: str, user: User | None = None, detail: str = "") -> None:
    """A security event, and the same act in the trail; each failure by nobody in particular."""
    here = getattr(request, "user", None)
    known = here is not None and here.is_authenticated
    with acting(person(here) if known else Actor(None, "not signed in", "", ())):  # type: ignore[arg-type]
        SecurityEvent.objects.create(
            kind=kind, user=user, address=address(request) or None, detail=detail[:200]
        )
        subject = user.email if user else "no known account"
        note(kind, subject, detail=" ".join(filter(None, (address(request), detail[:200]))))


def account_of(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account that failures count against: one, however its address is written."""
    given = credentials or {"login": request.POST.get("login")}
    typed = given.get("username") or given.get("email") or given.get("login") or ""
    return str(typed).strip().lower()[:255]


WAITING = gettext_noop(
    "After too many wrong passwords the account waits 15 minutes. Nothing was done; try again then."
)


def password_again(request: HttpRequest, password: str) -> bool:
    """Is it this user's password? Wrong ones count against the same limit as at sign-in."""
    if not may_try(request):
        return False
    user = authenticate(
        request, username=request.user.email, email=request.user.email, password=password
    )
    return user is not None and user.pk == request.user.pk


def check_password_again(request: HttpRequest) -> None:
    """Refuse without the signed-in person's password, before what cannot be undone.

    A wrong one is counted and kept where the refusal does not undo it. Nothing else in the service
    looks at a password of somebody who is signed in; tests/architecture/test_passwords.py.
    """
    password = request.POST.get("password", "")
    if not password:
        raise Refusal(_("Type your password."), item="password")
    if not may_try(request):
        raise Refusal(_(WAITING), item="password")
    if password_again(request, password):
        return

    request.outlives(lambda: password_kept(request, password))  # type: ignore[attr-defined]
    raise Refusal(_(WRONG_PASSWORD), item="password")


def password_kept(request: HttpRequest, password: str) -> bool:
    """As password_again, where nothing undoes what it leaves: a wrong one is counted, recorded and
    told when it locks the account."""
    before = may_try(request)
    if password_again(request, password):
        return True
    remember(request, "re-authentication failed", request.user)  # type: ignore[arg-type]
    if not may_try(request):
        tell_of_lock(request, request.user, request.user.email, first=before)  # type: ignore
    return False


def check_password_at_terminal(user: User, password: str) -> None:
    """As check_password_again, for a command: outside a transaction, from this machine."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = TERMINAL
    request.method, request.user = "POST", user
    if not password_kept(request, password):
        raise Refusal(WRONG_PASSWORD, item="password")


def it_was_just_shown(request: HttpRequest) -> bool:
    """The person typed the password or a code again within the last five minutes."""
    return did_recently_reauthenticate(request)


def check_it_is_you(request: HttpRequest) -> None:
    """As check_password_again, for work of many small steps: asked once in five minutes."""
    if it_was_just_shown(request):
        return
    check_password_again(request)
    reauthenticate_by_password(request)


def may_try(request: HttpRequest) -> bool:
    credentials = {"username": request.user.email, "ip_address": request.META.get("REMOTE_ADDR")}  # type: ignore[union-attr]
    allowed: bool = AxesProxyHandler.is_allowed(request, credentials)
    return allowed


def tell_of_lock(request: HttpRequest, user: User | None, typed: str, *, first: bool) -> None:
    """The lock is on record each time it holds; the mails go out when it falls."""
    remember(request, "locked out", user)
    if first:
        mails.locked_out(user, typed, address(request), mails.AT_PROMPT)


def locked_out(request: HttpRequest, credentials: dict, *args: object) -> HttpResponse:
    """At sign-in. The mails go out once for each lock: when the last right to try was used up."""
    typed = account_of(request, credentials) or account_of(request, None)
    user = User.objects.filter(email__iexact=typed).first()
    since = now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    told = SecurityEvent.objects.filter(kind="locked out", detail=typed[:200], at__gt=since)
    first = not told.exists()
    remember(request, "locked out", user, typed)
    if first:
        mails.locked_out(user, typed, address(request), mails.AT_SIGN_IN)
    sentence = _("Too many attempts. Wait 15 minutes, then try again.")
    return render(
        request, "reminet_site/error.html", {"sentence": sentence, "status": 429}, status=429
    )
