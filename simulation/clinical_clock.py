"""The clinical clock of a demonstration. Only the owner's connection can mark and move it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connections

from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import Deployment

OWNER = "owner"
BY = Actor.system("demonstration")


def check_empty() -> None:
    """A demonstration begins in an empty database, and never in a trial's own."""
    if OWNER not in connections:
        raise Refusal(
            "OWNER_DATABASE_URL is not set: the clock of a demonstration belongs to the owner."
        )
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM crf_participant)"
            " OR EXISTS (SELECT FROM reminet_site_centre)"
            " OR EXISTS (SELECT FROM reminet_site_user)"
        )
        used = cursor.fetchone()[0]
    if used or is_marked():
        raise Refusal("This database is not empty. A demonstration is built in an empty one.")


def is_marked() -> bool:
    """This database is a demonstration already."""
    return Deployment.objects.using(OWNER).filter(demonstration=True).exists()


class ClinicalClock:
    """Runs forward only: each moment lies after the one before, read time included."""

    def __init__(self, seed: str, start: datetime) -> None:
        with acting(BY, using=OWNER):
            Deployment.objects.using(OWNER).create(
                id=1, demonstration=True, seed=seed, clinical_at=start, clinical_set_at=now()
            )
        self._at = start
        self._set = time.monotonic()

    @property
    def now(self) -> datetime:
        """The trial's time at this instant."""
        return self._at + timedelta(seconds=time.monotonic() - self._set)

    def move(self, moment: datetime) -> None:
        """It is `moment` now; where that is past already, time simply goes on."""
        if moment <= self.now + timedelta(seconds=1):
            return
        with connections[OWNER].cursor() as cursor:
            cursor.execute(
                "UPDATE reminet_site_deployment"
                " SET clinical_at = %s, clinical_set_at = clock_timestamp() WHERE id = 1",
                [moment],
            )
        self._at, self._set = moment, time.monotonic()
