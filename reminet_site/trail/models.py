"""Files made of the trail, and values taken out of it by two persons."""

from django.db import models


class CopyState(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class TrailCopy(models.Model):
    """A search of the trail as a CSV file; made by a worker, handed to the one who asked."""

    asked_by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    search = models.JSONField()
    state = models.CharField(max_length=8, choices=CopyState, default=CopyState.WAITING)
    rows = models.IntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "reminet_site"

    @property
    def file_name(self) -> str:
        return f"audit-trail-{self.pk}.csv"


class Redaction(models.Model):
    """A value is to go from the trail: asked for by one person, confirmed by another.

    `trail_id` and `side` ("old", "new") name the value. What stays is in the trail itself: an act
    "redact" for each row that held the value.
    """

    trail_id = models.BigIntegerField()
    side = models.CharField(max_length=3, choices=[("old", "old"), ("new", "new")])
    centre = models.ForeignKey("reminet_site.Centre", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    requested_by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        "reminet_site.User", models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "reminet_site"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("requested_by")),
                name="a_redaction_takes_two_persons",
            )
        ]
