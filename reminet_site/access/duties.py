"""What makes a role at a centre count: training, delegation, the activation of the centre."""

from datetime import date
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from reminet_site.access.models import DutyKind, DutyRecord
from reminet_site.access.reads import lead_is_ready
from reminet_site.access.rules import (
    check_can_activate,
    check_can_close,
    check_duty,
    check_duty_day,
    check_duty_kind,
    check_duty_what,
    check_why,
)
from reminet_site.clock import clinical_today, now
from reminet_site.context import Actor, because
from reminet_site.errors import Refusal
from reminet_site.handing_over import check_can_revoke
from reminet_site.models import Centre, Grant
from reminet_site.rules import together
from reminet_site.typed import said


@transaction.atomic
def record_duty(
    *, grant: Grant, kind: str, happened_on: date | None, what: str, by: Actor
) -> DutyRecord:
    """On the delegation log from now on; nothing of it is changed or taken away."""
    check_duty_kind(kind)
    check_duty(grant, kind, by)
    if kind == DutyKind.END:
        check_can_revoke(grant)
    day = check_duty_day(happened_on, clinical_today(grant.centre))
    check_duty_what(what)
    Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
    return DutyRecord.objects.create(
        grant=grant,
        centre_id=grant.centre_id,
        kind=kind,
        happened_on=day,
        what=what.strip()[:300],
        recorded_by_id=by.user_id,
        recorded_at=now(),
    )


@transaction.atomic
def add_centre(*, code: str, name: str, country: str, timezone: str, by: Actor) -> Centre:
    """A centre that is not active: no role there counts yet."""
    check_new_centre(code=code, name=name, country=country, timezone=timezone)
    code = code.strip().upper()
    return Centre.objects.create(
        code=code, name=name.strip(), country=country or code[:2], timezone=timezone
    )


def check_new_centre(*, code: str, name: str, country: str, timezone: str) -> None:
    """Everything that is wrong with a centre that is to be added, said at once."""
    together(
        lambda: check_centre_code(code.strip().upper()),
        lambda: check_centre_name(name),
        lambda: check_country(country),
        lambda: check_zone(timezone),
    )


def check_centre_code(code: str) -> None:
    if not code or len(code) > 8 or not code.replace("-", "").isalnum():
        raise Refusal(_("Give the centre's code, e.g. FR-05."), item="code")
    if Centre.objects.filter(code=code).exists():
        raise Refusal(_("There is a centre %(code)s already.") % {"code": code}, item="code")


def check_centre_name(name: str) -> None:
    if not said(name) or len(name) > 80:
        raise Refusal(_("Give the centre's name, in 80 characters at most."), item="name")


def check_country(country: str) -> None:
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Refusal(_("Give the country as two letters, e.g. FR."), item="country")


def check_zone(timezone: str) -> None:
    if timezone not in available_timezones():
        raise Refusal(_("Give the time zone, e.g. Europe/Paris."), item="timezone")


@transaction.atomic
def activate_centre(*, centre: Centre, reason: str, by: Actor) -> Centre:
    """The roles at the centre count from now on, each with its training and delegation."""
    why = check_why("activate centre", reason)
    centre = Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)
    check_can_activate(centre, lead_is_ready(centre))
    with because(why):
        centre.opened_on = clinical_today(centre)
        centre.save(update_fields=["opened_on"])
    return centre


@transaction.atomic
def close_centre(*, centre: Centre, reason: str, by: Actor) -> Centre:
    """No role there counts any more; the principal investigator goes on reading."""
    why = check_why("close centre", reason)
    centre = Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)
    check_can_close(centre)
    with because(why):
        centre.closed_on = clinical_today(centre)
        centre.save(update_fields=["closed_on"])
    return centre
