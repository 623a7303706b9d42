"""Time. The server's, in UTC; the trial's, which only a demonstration moves; a centre's day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Func

from reminet_site.models import Centre


def now() -> datetime:
    """The server's time, UTC: sessions, codes, throttles."""
    return datetime.now(UTC)


class ClinicalNow(Func):
    """The trial's time as the database writes it into a row: no statement of its own."""

    function = "audit.clinical_now"
    output_field = DateTimeField()


def clinical_now() -> datetime:
    """The trial's time, UTC: the server's, or the simulated clock of a demonstration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.clinical_now()")
        moment: datetime = cursor.fetchone()[0]
        return moment.astimezone(UTC)


def clinical_today(centre: Centre | None = None) -> date:
    """Today's date where the participant is treated."""
    return day_at(clinical_now(), centre)


def apart(at: datetime, clinical_at: datetime) -> bool:
    """The server's clock and the trial's differ: never in a trial, always in a demonstration."""
    return abs(at - clinical_at) > timedelta(minutes=1)


def day_at(moment: datetime, centre: Centre | None) -> date:
    return moment.astimezone(ZoneInfo(centre.timezone if centre else "Europe/Paris")).date()
