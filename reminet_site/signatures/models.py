"""The record of a signature. Append-only: the application inserts, nobody updates or deletes."""

import secrets

from django.db import models


def new_salt() -> str:
    return secrets.token_hex(16)


class Signature(models.Model):
    """One person signed one thing. `sha256` covers every column here and the content signed;
    `salt` leaves the database in no way, so that nobody guesses a redacted answer from the hash.

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
    salt = models.CharField(max_length=32, default=new_salt)
    sha256 = models.CharField(max_length=64)

    class Meta:
        app_label = "reminet_site"
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "record"], name="signature_of")]
