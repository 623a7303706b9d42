"""A code of an authenticator is taken once (RFC 6238, 5.2), by whichever process it reaches.

MFA_TOTP_TOLERANCE lets the code of the step before and of the step after pass too, since clocks of
telephones are some seconds off (RFC 6238, 6: at most one step). A step is 30 seconds, so a code is
good for a minute and a half; allauth remembers for half a minute, and in one process, that it was
taken. Here the row of the authenticator keeps the last step that was taken, and no code of that
step or of an earlier one is taken again.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.utils import decrypt
from django.db import transaction

LAST = "last_step"


def step_of(secret: str, code: str) -> int | None:
    """The newest step within the tolerance that has this code; None where none has."""
    for step in sorted(auth.yield_hotp_counters_from_time(), reverse=True):
        right = auth.format_hotp_value(auth.hotp_value(secret, step))
        if auth.compare_user_code(actual=code, expected=right):
            return step
    return None


def take(authenticator: Authenticator, code: str) -> bool:
    """True the first time that this code is given, and no newer one was; the row is locked."""
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        step = step_of(decrypt(held.data["secret"]), code)
        if step is None or step <= held.data.get(LAST, -1):
            return False
        held.data[LAST] = step
        held.save(update_fields=["data"])
    return True
