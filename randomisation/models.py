"""The blind facts: who was randomised, when, with which kit. No arm, and no key to one."""

from django.db import models
from django.utils.translation import gettext_noop

from crf.models import Participant
from reminet_site.models import Centre, Restoration, User


class Scheme(models.Model):
    """The allocation scheme in use; its row is the lock under which allocations queue."""

    name = models.CharField(max_length=20, unique=True)
    plan = models.JSONField()
    plan_sha256 = models.CharField(max_length=64)
    issued = models.IntegerField(default=0)  # randomisation numbers given so far
    shipped = models.IntegerField(default=0)  # shipments put together so far
    opened_at = models.DateTimeField()

    @property
    def method(self) -> str:
        return str(self.plan["method"])


class Shipment(models.Model):
    """Kits on their way to a centre, and their arrival."""

    number = models.CharField(max_length=12, unique=True)  # S-0012
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="shipments")
    sent_on = models.DateField()
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    arrived_on = models.DateField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrived_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["number"]


class KitStatus(models.TextChoices):
    DEPOT = "depot", gettext_noop("In the depot")
    IN_TRANSIT = "in_transit", gettext_noop("On its way")
    AVAILABLE = "available", gettext_noop("Available")
    DISPENSED = "dispensed", gettext_noop("Dispensed")
    QUARANTINED = "quarantined", gettext_noop("In quarantine")
    MISSING = "missing", gettext_noop("Missing")
    RETURNED = "returned", gettext_noop("Returned")
    DESTROYED = "destroyed", gettext_noop("Destroyed")


class Kit(models.Model):
    """One 28-day dose, known by its number. What it holds is in the vault alone."""

    number = models.CharField(max_length=12, unique=True)
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="kits")
    shipment = models.ForeignKey(Shipment, models.PROTECT, null=True, related_name="kits")
    status = models.CharField(max_length=12, choices=KitStatus.choices, default=KitStatus.DEPOT)
    expires_on = models.DateField()

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["centre", "status"], name="kit_centre_status")]


class KitMove(models.Model):
    """What a person recorded of a kit: from which state to which, the day, and why. Written once.

    A kit that is sent, arrives whole or is given has no row here: the shipment or the dispensing
    tells it.
    """

    kit = models.ForeignKey(Kit, models.PROTECT, related_name="moves")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    before = models.CharField(max_length=12, choices=KitStatus.choices)
    after = models.CharField(max_length=12, choices=KitStatus.choices)
    moved_on = models.DateField()
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class Allocation(models.Model):
    """A participant was randomised: number, strata as entered, first kit. Never changed."""

    participant = models.OneToOneField(Participant, models.PROTECT, related_name="allocation")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+")
    randomisation_number = models.CharField(max_length=12, unique=True)  # R-0038
    strata = models.JSONField()
    kit = models.OneToOneField(Kit, models.PROTECT, related_name="+")
    allocated_at = models.DateTimeField()
    clinical_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["randomisation_number"]


class Dispensing(models.Model):
    """A kit was given for a visit. A kit is given once; a visit has one kit, and another one in
    the place of a kit that was set aside."""

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="dispensings")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    visit = models.CharField(max_length=12)  # INJ-01
    turn = models.IntegerField()  # the participant's first, second, ... kit
    kit = models.OneToOneField(Kit, models.PROTECT, related_name="dispensing")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replacement"
    )  # the dispensing whose kit was set aside
    dispensed_on = models.DateField()
    dispensed_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "visit"],
                condition=models.Q(replaces__isnull=True),
                name="one_kit_for_a_visit",
            ),
            models.UniqueConstraint(fields=["participant", "turn"], name="one_kit_a_turn"),
        ]


class LostOutcome(models.TextChoices):
    ENTERED = "entered", "Entered again"
    BURNT = "burnt", "Never given again"


class LostDispensing(models.Model):
    """A kit given after the backup that this database was restored from, as the log has it.

    Where it is the first kit of an allocation it has the randomisation number and its position.
    """

    restoration = models.ForeignKey(Restoration, models.PROTECT, related_name="lost")
    centre = models.ForeignKey(Centre, models.PROTECT, null=True, related_name="+")
    participant_code = models.CharField(max_length=20)
    visit = models.CharField(max_length=12)
    kit_number = models.CharField(max_length=12, unique=True)
    position = models.IntegerField(null=True)
    randomisation_number = models.CharField(max_length=12, blank=True)
    given_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=LostOutcome.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class StrataCorrection(models.Model):
    """A stratum was wrong when it was confirmed. The allocation stays; both values are kept."""

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="strata_corrections")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    factor = models.CharField(max_length=40)
    entered = models.CharField(max_length=40)
    corrected = models.CharField(max_length=40)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class UnblindingRecord(models.Model):
    """Somebody asked for one participant's arm: who, when, why. Kept before the arm is shown."""

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="unblindings")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    # names the page that asked, so that the same page sent twice shows nothing twice
    token = models.UUIDField(unique=True)
    reason = models.TextField()
    at = models.DateTimeField()
    clinical_at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=32)
    shown_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
