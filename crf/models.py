"""Participants and what is recorded of them. Blind throughout: nothing here knows an arm."""

from django.db import models
from django.db.models import Q

from reminet_site.models import Centre, User


class DefinitionVersion(models.Model):
    """A published definition of the trial: immutable, named by its hash."""

    version = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64, unique=True)
    body = models.TextField()  # canonical JSON; its SHA-256 is the name
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")


class Participant(models.Model):
    """Known by a code alone. The list of names stays at the centre, outside the service."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="participants")
    number = models.IntegerField()
    code = models.CharField(max_length=16, unique=True)  # FR-05-003
    screened_on = models.DateField()
    # Written with the entry that the definition names: nothing dated later is recorded.
    withdrawn_on = models.DateField(null=True)
    # Pushed down by randomisation: blind facts.
    randomised_on = models.DateField(null=True)
    randomised_at = models.DateTimeField(null=True)
    randomisation_number = models.CharField(max_length=12, null=True, unique=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["centre", "number"], name="one_number_in_a_centre")
        ]

    def __str__(self) -> str:
        return self.code


class Entry(models.Model):
    """One form at one visit of one participant, whole; every change of a field is in the trail."""

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="entries")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    visit = models.CharField(max_length=12)  # ASM-06
    form = models.CharField(max_length=16)
    number = models.IntegerField(default=1)  # of adverse events and the like
    definition = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    # which fields of data are computed, as the trail names them: "age", "targets[r1].change"
    derived = models.JSONField(default=list)
    # soft findings that somebody confirmed: {"check:item:row": {"value": ..., "comment": ...}}
    comments = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    # what the schedule is computed from
    visit_date = models.DateField(null=True)
    filled = models.IntegerField(default=0)
    expected = models.IntegerField(default=0)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "visit", "form", "number"], name="one_entry_of_a_form"
            )
        ]
        indexes = [models.Index(fields=["centre", "form"], name="entry_centre_form")]


class Draft(models.Model):
    """What one person has typed and not saved; not yet data. As typed, by field name.

    `typed_in` is the name that its page gave it, another one each time; empty without a script.
    """

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    visit = models.CharField(max_length=12)
    form = models.CharField(max_length=16)
    number = models.IntegerField(default=1)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    raw = models.JSONField()
    base_version = models.IntegerField()
    saved_at = models.DateTimeField()
    typed_in = models.CharField(max_length=16, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "visit", "form", "number", "user"], name="one_draft_each"
            )
        ]


class QueryState(models.TextChoices):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class DataQuery(models.Model):
    """A question about one item, raised by a person or by a check."""

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="queries")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    visit = models.CharField(max_length=12)
    form = models.CharField(max_length=16)
    number = models.IntegerField(default=1)
    item = models.CharField(max_length=64)
    row = models.CharField(max_length=8, blank=True)
    check_name = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=QueryState.choices, default=QueryState.OPEN)
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["centre", "state"], name="query_not_closed", condition=~Q(state="closed")
            )
        ]


class QueryStep(models.Model):
    """What was said in a query, in order; nothing is edited."""

    query = models.ForeignKey(DataQuery, models.PROTECT, related_name="steps")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)  # raised, answered, closed, reopened
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class SeriousReport(models.Model):
    """The clock of an event that was saved as serious: when the centre knew of it, when all that
    the sponsor must be told was saved, and when those who must act were told that it was late."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="report")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    serious = models.BooleanField(default=True)  # as it is saved now
    aware_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    # the sponsor's own clocks: since when it knows of the event, and that it is fatal or threatens
    # life; None where that is not so
    known_at = models.DateTimeField(null=True)
    grave_at = models.DateTimeField(null=True)
    # the last day on which the sponsor was reminded of the authority's report
    reminded_on = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["centre", "aware_at"],
                condition=Q(serious=True, told_at__isnull=True),
                name="report_waits",
            )
        ]


class SponsorOpinion(models.Model):
    """What the sponsor's physician thinks of a serious event. It stands beside the investigator's
    opinion, which nobody but the centre changes; a later one is a row of its own."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="opinions")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    version = models.IntegerField()  # of the entry that was judged
    related = models.BooleanField()
    expected = models.BooleanField()  # by the reference safety information
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class AuthorityReport(models.Model):
    """A report of a suspected unexpected reaction went to the authority, with these words."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="authority_reports")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40)  # the sponsor's number
    sent_on = models.DateField()
    complete = models.BooleanField()  # no follow-up is owed
    content = models.JSONField()  # what it held: name -> words
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class SourceCheck(models.Model):
    """A monitor compared the entry with the source at the centre; the last row of an entry counts,
    and only while the entry stands at its version."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="source_checks")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    version = models.IntegerField()
    verified = models.BooleanField()  # False: taken back
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class Freeze(models.Model):
    """What is saved in a casebook is changed no more, or that was taken back; the last row of a
    participant counts, and holds the entries that it names."""

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="freezes")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    frozen = models.BooleanField()  # False: taken back
    held = models.JSONField(default=list)  # ids of entries
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]


class CentralReading(models.Model):
    """What a central reader saw on the images of one entry; the last row of an entry counts.

    It stands apart from the entry and belongs to no centre: the wall keeps it, and its rows of the
    trail, from whoever works at one, so that the centre's own assessment stays its own.
    """

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="readings")
    code = models.CharField(max_length=16)  # of the participant, so that the trail names one
    visit = models.CharField(max_length=12)
    imaging_on = models.DateField()  # the day of the images, as the entry had it
    response = models.CharField(max_length=40)
    new_lesions = models.BooleanField()
    sum_mm = models.DecimalField(max_digits=6, decimal_places=1, null=True)  # of target lesions
    comment = models.CharField(max_length=500)
    reason = models.CharField(max_length=500)  # for reading once more; "" the first time
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class NormalRange(models.Model):
    """A centre's own normal limits of a laboratory item, from a day on; a new row replaces."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    item = models.CharField(max_length=64)  # LAB.bilirubin
    low = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    high = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    since = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["centre", "item"], name="range_centre_item")]


class ImportedFile(models.Model):
    """A file of entries that was taken in whole. What it changed is in the trail, by its hash; the
    file itself is not kept."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="+")
    form = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    created = models.IntegerField()  # entries
    changed = models.IntegerField()
    unchanged = models.IntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]


class TrialLock(models.Model):
    """The trial locked or unlocked, by whom and why; the last row tells."""

    locked = models.BooleanField()
    reason = models.TextField()
    open_queries = models.IntegerField()
    unsigned = models.IntegerField(null=True)  # casebooks; None before they were signed
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
