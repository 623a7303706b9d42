"""Tie a view to the verb that each of its methods needs. A view without a tie is refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from reminet_site.roles import Verb

View = Callable[..., HttpResponse]


def may(*, get: Verb | None = None, post: Verb | None = None) -> Callable[[View], View]:
    """The view answers only the methods named here, each to holders of its verb."""
    needs = {"GET": get, "HEAD": get, "POST": post}
    needs = {method: verb for method, verb in needs.items() if verb is not None}

    def tie(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in needs:
                return HttpResponseNotAllowed(sorted(needs))
            return view(request, *args, **kwargs)

        checked.rights = needs  # type: ignore[attr-defined]
        return checked

    return tie


def looks_at_wording(view: View) -> View:
    """The view itself calls `check_wording`, where it knows how to keep what was typed."""
    view.looks_at_wording = True  # type: ignore[attr-defined]
    return view


def open_to_all(view: View) -> View:
    """Answers without a session, touches no clinical table."""
    view.rights = {}  # type: ignore[attr-defined]
    return view


# Views of libraries, by URL name: they read and write identity tables alone.
IDENTITY_ROUTES = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "mfa_authenticate",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_login_webauthn",
    }
)
