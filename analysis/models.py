"""Runs of the analyses, cuts of the data, looks, the opening of the blind, releases. No arm."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from reminet_site.models import User


class Snapshot(models.Model):
    """A cut of the data, never changed: every participant and entry as JSON lines, compressed.

    `sha256` is the hash of the uncompressed text; `counts` the rows of each form, counted by the
    database in the transaction that read the lines.
    """

    data_at = models.DateTimeField()  # the data time: what was committed then
    cutoff_on = models.DateField()  # the clinical cut-off: nothing dated later is in
    definition_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    counts = models.JSONField()
    content = models.BinaryField()
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    @property
    def code(self) -> str:
        return f"C-{self.pk:04d}"


class RunKind(models.TextChoices):
    BLINDED = "blinded"
    DMC = "dmc"
    FINAL = "final"


class RunState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    CHECKING = "checking"  # our figures stand, the second engine counts
    DONE = "done"
    DIFFERS = "differs"  # the engines disagree: nothing is reported
    SAME = "same"  # these data were analysed before: `same_as` says where
    FAILED = "failed"


ENDED = (RunState.DONE, RunState.DIFFERS, RunState.SAME, RunState.FAILED)


class Run(models.Model):
    """One analysis of one cut under one plan by one build: a unique row, so it happens once.

    `result` is filled for the blinded kind alone; figures by arm are sealed in the vault.
    """

    kind = models.CharField(max_length=8, choices=RunKind.choices)
    cut = models.CharField(max_length=64)  # what was read, as a hash; empty until it is read
    plan = models.CharField(max_length=64)
    definition = models.CharField(max_length=64)
    code = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=RunState.choices)
    stage = models.CharField(max_length=40, blank=True)
    step = models.IntegerField(default=0)
    why = models.CharField(max_length=40)
    cutoff_on = models.DateField(null=True)  # as asked for; none: the day of the cut
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, related_name="runs")
    same_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    data_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)  # last time the data were found unchanged
    result = models.JSONField(null=True)
    agreement = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "cut", "plan", "code"],
                condition=~Q(cut="") & ~Q(state="same"),
                name="one_run_of_a_cut",
            ),
            models.CheckConstraint(
                condition=Q(kind="blinded") | Q(result__isnull=True, agreement__isnull=True),
                name="figures_by_arm_are_sealed",
            ),
        ]
        indexes = [models.Index(fields=["kind", "-id"], name="run_kind_newest")]

    @property
    def name(self) -> str:
        """The run's name in reports and in the vault."""
        return f"{self.kind}-{self.pk}"

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Look(models.Model):
    """The committee's statistician looked: who, when, at which data, with how much information."""

    number = models.IntegerField(unique=True)
    run = models.ForeignKey(Run, models.PROTECT, related_name="looks")
    plan = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    # pooled, hence blind: filled when the cut is read
    events = models.IntegerField(null=True)
    events_planned = models.IntegerField(null=True)

    class Meta:
        ordering = ["number"]


class Verdict(models.TextChoices):
    """What the committee recommends; labels in English, a page translates them."""

    CONTINUE = "continue", gettext_noop("Continue unchanged")
    CHANGE = "change", gettext_noop("Continue, with a change")
    PAUSE = "pause", gettext_noop("Pause recruitment")
    STOP = "stop", gettext_noop("Stop the trial")


class Recommendation(models.Model):
    """What leaves the committee after a look. Its grounds are sealed in the vault; their salted
    hash stands here, so that the signature covers them."""

    look = models.OneToOneField(Look, models.PROTECT, related_name="recommendation")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    asked = models.CharField(max_length=500, blank=True)  # of the sponsor
    grounds_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-look__number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="continue") | ~Q(asked=""), name="a_change_is_asked_for"
            )
        ]


class BlindOpening(models.Model):
    """The blind of the trial opened by two persons. One row; irrevocable once confirmed."""

    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_role = models.CharField(max_length=32)
    requested_at = models.DateTimeField()
    reason = models.TextField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_role = models.CharField(max_length=32, blank=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_opening"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("requested_by")),
                name="opened_by_two_persons",
            ),
        ]


class Deletion(models.Model):
    """What was due at the end of its retention: listed by one person, deleted by another's word."""

    due_on = models.DateField()  # everything due by this day
    items = models.JSONField()  # [{kind, name, since, due}], as listed
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")),
                name="deleted_by_two_persons",
            )
        ]


class ReleaseState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Release(models.Model):
    """One zip of the data: made by a worker from a cut, named, hashed, never overwritten."""

    name = models.CharField(max_length=40, unique=True)  # REMINET-2021-06-15-1
    note = models.CharField(max_length=200)
    blind = models.BooleanField(default=True)
    state = models.CharField(
        max_length=8, choices=ReleaseState.choices, default=ReleaseState.WAITING
    )
    stage = models.CharField(max_length=40, blank=True)
    step = models.IntegerField(default=0)
    steps = models.IntegerField(default=0)
    cutoff_on = models.DateField(null=True)  # as asked for; none: the day of the cut
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, related_name="releases")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    rows = models.IntegerField(default=0)
    manifest = models.JSONField(null=True)

    class Meta:
        ordering = ["-id"]

    @property
    def file_name(self) -> str:
        return f"{self.name}.zip"


class ReleaseDownload(models.Model):
    """Somebody took the file: who, when, which way."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="downloads")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    way = models.CharField(max_length=8)  # browser, api

    class Meta:
        ordering = ["-id"]
