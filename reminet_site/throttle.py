"""How many wrong passwords are too many: five from one address, more over all of them.

axes counts per account and address, so that nobody locks a colleague of the same hospital out. A
guesser with many addresses is stopped at the account, one with many accounts at the address.
"""

from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

OF_ACCOUNT = 20  # wrong passwords for one account, from anywhere
OF_ADDRESS = 100  # wrong passwords from one address, for any account


class Handler(AxesDatabaseHandler):
    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        if super().is_locked(request, credentials):
            return True
        username = get_client_username(request, credentials)
        over = failures(username=username) >= OF_ACCOUNT or (
            failures(ip_address=request.axes_ip_address) >= OF_ADDRESS
        )
        if over:  # axes answers by its own count alone unless it is told
            request.axes_locked_out = True
        return over


def failures(**of: str | None) -> int:
    """Wrong passwords of the last quarter of an hour."""
    if not all(of.values()):
        return 0
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    found = AccessAttempt.objects.filter(attempt_time__gt=since, **of)
    total: int | None = found.aggregate(total=Sum("failures_since_start"))["total"]
    return total or 0
