"""The second step of the sign-in: everybody's, before anything else is reached.

A session counts as complete once allauth has recorded a code or a passkey in it. Before, it
reaches what leads there and the sign-out. Only the listed accounts of a database that was made as
a demonstration go without, and the sign-in page says so.
"""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from reminet_site import one_time_codes
from reminet_site.adapters import remember

DEMONSTRATION = "@demonstration.invalid"
STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Pages of the sign-in itself, and the way out.
BEFORE = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }
)
# Where the first second step is set up.
ENROLMENT = frozenset({"mfa_index", "mfa_activate_totp", "mfa_add_webauthn"})


def taken(request: HttpRequest) -> bool:
    """This session was completed by a code or a passkey, or needs none."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return any(record.get("method") == "mfa" for record in records) or waived(request)


def waived(request: HttpRequest) -> bool:
    """The accounts printed on the sign-in page of a demonstration, and nobody anywhere else.

    What the database is came with the session, in the statement that brought the person.
    """
    made_as = getattr(request.session, "demonstration", False)
    return made_as and request.user.email.endswith(DEMONSTRATION)  # type: ignore[union-attr]


def steps_of(user: Any) -> list[str]:
    """Which second steps this person has set up."""
    held = Authenticator.objects.filter(user_id=user.pk, type__in=STEPS)
    return list(held.order_by("type").values_list("type", flat=True))


def enrolled(user: Any) -> bool:
    return bool(steps_of(user))


def page_for(user: Any) -> str:
    """The address, by name, where this person goes on with the sign-in."""
    steps = steps_of(user)
    if not steps:
        return "mfa_index"
    return "mfa_reauthenticate" if "totp" in steps else "mfa_reauthenticate_webauthn"


class SecondStepAdapter(DefaultMFAAdapter):
    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one stays: an account without a second step reaches nothing."""
        return len(steps_of(authenticator.user)) > 1


def once(form: Any, code: str) -> str:
    """The code, if it was not given before."""
    taken_by = form.authenticator
    if taken_by.type == Authenticator.Type.TOTP and not one_time_codes.take(taken_by, code):
        raise get_adapter().validation_error("incorrect_code")
    return code


class Code(AuthenticateForm):
    def clean_code(self) -> str:
        try:
            return once(self, super().clean_code())
        except ValidationError:
            remember(context.request, "sign-in failed", self.user, "second step")
            raise


class CodeAgain(ReauthenticateForm):
    def clean_code(self) -> str:
        try:
            return once(self, super().clean_code())
        except ValidationError:
            remember(context.request, "re-authentication failed", self.user, "second step")
            raise
