"""How people sign in: no sign-up, throttled by axes; sign-ins, failures, ends are in the trail."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reminet_site.audit import note
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import SecurityEvent, User

WRONG_PASSWORD = (
    "The password does not match. Type it again; after 5 wrong ones the account waits 15 minutes."
)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Signing in and out are seen without a banner; the rest (a new password) is told."""
        template = kwargs.get("message_template") or (args[1] if len(args) > 1 else "")
        if not str(template).endswith(("logged_in.txt", "logged_out.txt")):
            super().add_message(request, *args, **kwargs)

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """axes throttles; allauth's own limits would live in a cache that restarts forget."""

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        typed = credentials.get("email") or credentials.get("username") or ""
        user = User.objects.filter(email__iexact=typed).first()
        remember(request, "sign-in failed", user)

    def login(self, request: HttpRequest, user: User) -> None:
        """Signed in and in the trail, or neither."""
        with acting(person(user)):
            super().login(request, user)
            note("sign-in", user.email, detail=address(request))

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with acting(person(user)):
            super().logout(request)
            note("sign-out", user.email, detail=address(request))


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


def password_again(request: HttpRequest, password: str) -> bool:
    """Is it this user's password? Wrong ones count against the same limit as at sign-in."""
    credentials = {"username": request.user.email, "ip_address": request.META.get("REMOTE_ADDR")}
    if not AxesProxyHandler.is_allowed(request, credentials):
        return False
    user = authenticate(
        request, username=request.user.email, email=request.user.email, password=password
    )
    return user is not None and user.pk == request.user.pk


def check_password_again(request: HttpRequest) -> None:
    """Refuse without the signed-in person's password, before what cannot be undone.

    A wrong one is counted and kept where the refusal does not undo it.
    """
    password = request.POST.get("password", "")
    if not password:
        raise Refusal("Type your password.", item="password")
    if password_again(request, password):
        return

    def count() -> None:
        password_again(request, password)
        remember(request, "re-authentication failed", request.user)  # type: ignore[arg-type]

    request.outlives(count)  # type: ignore[attr-defined]
    raise Refusal(WRONG_PASSWORD, item="password")


def locked_out(request: HttpRequest, credentials: dict, *args: object) -> HttpResponse:
    remember(request, "locked out")
    sentence = "Too many attempts. Wait 15 minutes, then sign in again."
    return render(
        request, "reminet_site/error.html", {"sentence": sentence, "status": 429}, status=429
    )
