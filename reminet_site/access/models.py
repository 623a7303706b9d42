"""What is known of an account beside its roles. Rows are added; only a request is decided once."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop


class DutyKind(models.TextChoices):
    TRAINING = "training", gettext_noop("Training")
    DELEGATION = "delegation", gettext_noop("Delegation")
    END = "end", gettext_noop("End of delegation")


class DutyRecord(models.Model):
    """That the holder of a role at a centre was trained, was charged with it, is so no longer.

    A role at a centre counts from its training and its delegation on: reminet_site_heldrole, the
    view that every right is read from.
    """

    grant = models.ForeignKey("reminet_site.Grant", models.PROTECT, related_name="duties")
    centre = models.ForeignKey("reminet_site.Centre", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=DutyKind.choices)
    happened_on = models.DateField()
    what = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(
        "reminet_site.User", models.PROTECT, related_name="+", null=True
    )
    recorded_at = models.DateTimeField()


class AccountChangeKind(models.TextChoices):
    CLOSED = "closed", gettext_noop("Closed")
    REOPENED = "reopened", gettext_noop("Reopened")


class AccountChange(models.Model):
    """An account was closed, or opened again."""

    user = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=8, choices=AccountChangeKind.choices)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()


class Invitation(models.Model):
    """A mail that lets a person choose the password, once and not for ever. Its hash is kept."""

    user = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="invitations")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    sent_by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+", null=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # used, or made void by a later one


class RequestKind(models.TextChoices):
    ROLE = "role", gettext_noop("Role")
    SECOND_STEP = "second_step", gettext_noop("New second step")


class RequestState(models.TextChoices):
    WAITING = "waiting", gettext_noop("Waiting")
    CONFIRMED = "confirmed", gettext_noop("Confirmed")
    DECLINED = "declined", gettext_noop("Declined")


class AccessRequest(models.Model):
    """What one administrator asks for and another one confirms."""

    kind = models.CharField(max_length=12, choices=RequestKind.choices)
    user = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="requests")
    role = models.CharField(max_length=32, blank=True)
    centre = models.ForeignKey("reminet_site.Centre", models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, choices=RequestState.choices, default=RequestState.WAITING
    )
    decided_by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="confirmed_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(user=F("asked_by")), name="nobody_asks_for_themselves"
            ),
        ]


class AccountReview(models.Model):
    """An administrator went through the live rights and confirmed that they are still needed."""

    period = models.CharField(max_length=40)
    rights = models.JSONField()  # the list as it stood: person, role, centre
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
