"""The record of a signature. Append-only: the application inserts, nobody updates or deletes."""

from django.db import models


class Signature(models.Model):
    """One person signed one thing. `sha256` covers every column here and the content signed.

    `kind` says what it is (settings.SIGNED reads its content), `record` which one of that kind.
    """

    kind = models.CharField(max_length=24)
    record = models.CharField(max_length=64)
    meaning = models.CharField(max_length=300)
    name = models.CharField(max_length=120)  # as printed then
    role = models.CharField(max_length=32)
    by = models.ForeignKey("reminet_site.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    clinical_at = models.DateTimeField()
    centre = models.ForeignKey("reminet_site.Centre", models.PROTECT, null=True, related_name="+")
    participant_id = models.BigIntegerField(null=True)
    definition_sha256 = models.CharField(max_length=64, blank=True)  # by which content is read
    sha256 = models.CharField(max_length=64)

    class Meta:
        app_label = "reminet_site"
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "record"], name="signature_of")]
