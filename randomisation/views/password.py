"""The password once more, before what cannot be undone."""

from __future__ import annotations

from django.http import HttpRequest

from reminet_site.adapters import password_again
from reminet_site.errors import Refusal

WRONG = (
    "The password does not match. Type it again; after 5 wrong ones the account waits 15 minutes."
)


def check_password_again(request: HttpRequest) -> None:
    """Refuse without the signed-in person's password.

    A wrong one is counted where the refusal does not undo it.
    """
    password = request.POST.get("password", "")
    if not password:
        raise Refusal("Type your password.", item="password")
    if not password_again(request, password):
        request.outlives(lambda: password_again(request, password))  # type: ignore[attr-defined]
        raise Refusal(WRONG, item="password")
