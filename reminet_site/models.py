"""People, centres and rights; what this deployment is."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Lower

from reminet_site.roles import Role


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class SessionManager(BaseSessionManager["Session"]):
    """Django's own; named so that migrations find it."""


class User(AbstractBaseUser):
    """One person; an account is never deleted and never given to another person."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, blank=True, default="")  # as the browser asks
    density = models.CharField(max_length=8, default="regular")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_an_address")]

    def __str__(self) -> str:
        return self.name

    @property
    def username(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name


class Centre(models.Model):
    """A hospital that takes part. Its time zone gives the days on its screens."""

    code = models.CharField(max_length=8, unique=True)  # FR-05
    name = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    timezone = models.CharField(max_length=40, default="Europe/Paris")
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Grant(models.Model):
    """A role given to a person, at one centre or for the whole trial. Revoked, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=32, choices=[(r.value, r.label) for r in Role])
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="grants")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    seconded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    granted_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    revoked_because = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "centre"],
                condition=models.Q(revoked_at__isnull=True),
                nulls_distinct=False,
                name="one_live_grant_of_a_role_at_a_centre",
            )
        ]


class Deployment(models.Model):
    """One row, written by the owner alone: is this a demonstration, and what day is it there?"""

    demonstration = models.BooleanField(default=False)
    seed = models.CharField(max_length=64, blank=True)  # empty outside a demonstration
    clinical_at = models.DateTimeField(null=True)
    clinical_set_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_deployment"),
            models.CheckConstraint(
                condition=models.Q(demonstration=True)
                | (models.Q(seed="") & models.Q(clinical_at__isnull=True)),
                name="only_a_demonstration_has_a_seed_and_a_clock",
            ),
        ]


class Restoration(models.Model):
    """The database was brought back from a backup: it may lack what was given since.

    Nobody is randomised and no kit is given until two persons have compared it with the
    allocation log.
    """

    restored_at = models.DateTimeField()
    backup_at = models.DateTimeField(null=True)  # the moment that the data are of, where known
    source = models.CharField(max_length=200)  # the backup's name, or how it was noticed
    sha256 = models.CharField(max_length=64, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField(null=True)
    reconciled_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    reconciled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reconciled_at__isnull=True)
                | (
                    models.Q(asked_by__isnull=False)
                    & models.Q(reconciled_by__isnull=False)
                    & ~models.Q(reconciled_by=models.F("asked_by"))
                ),
                name="a_reconciliation_takes_two_persons",
            )
        ]


class Session(AbstractBaseSession):
    """A signed-in browser; the person is a column, so that people see and end their sessions."""

    user_id = models.BigIntegerField(null=True, db_index=True)

    objects = SessionManager()

    @classmethod
    def get_session_store_class(cls) -> type:
        from reminet_site.sessions import SessionStore

        return SessionStore


class SecurityEvent(models.Model):
    """What must outlive a refusal: failed sign-ins, failed re-authentications, lock-outs."""

    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=40)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    address = models.GenericIPAddressField(null=True)
    detail = models.CharField(max_length=200, blank=True)


class CertifiedCopyState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class CertifiedCopy(models.Model):
    """A centre's data as its principal investigator asked for them; the file goes, this stays.

    `changes` counts the rows of the trail about participants that are in it, acts such as exports
    aside: the trail only grows, so the same count later means that nothing was recorded since.
    """

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="copies")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=CertifiedCopyState, default=CertifiedCopyState.WAITING
    )
    stage = models.CharField(max_length=40, blank=True)
    step = models.IntegerField(default=0)
    steps = models.IntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    data_at = models.DateTimeField(null=True)
    changes = models.BigIntegerField(null=True)
    differences = models.IntegerField(default=0)  # values that are not the last of their trail
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    taken_at = models.DateTimeField(null=True)  # first, by the one who asked
    removed_at = models.DateTimeField(null=True)  # the file

    class Meta:
        ordering = ["-id"]

    @property
    def name(self) -> str:
        return f"{self.centre.code}-copy-{self.pk}"

    @property
    def file_name(self) -> str:
        return f"{self.name}.zip"


# Django finds these from here.
from reminet_site.access.models import (  # noqa: E402,F401
    AccessRequest,
    AccountChange,
    AccountReview,
    DutyRecord,
    Invitation,
)
from reminet_site.signatures.models import Signature  # noqa: E402,F401
from reminet_site.trail.models import Redaction, TrailCopy  # noqa: E402,F401
