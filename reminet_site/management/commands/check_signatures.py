"""Check every signature: does it stand on what was signed, and is it as the trail saw it made?"""

from typing import Any

from django.core.management.base import BaseCommand

from reminet_site.context import Actor, acting
from reminet_site.signatures import reads
from reminet_site.signatures.models import Signature


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(Actor.system("check of signatures")):
            altered = set(reads.altered())
            found = reads.lines(list(Signature.objects.all()))
        bad = [
            one
            for one in found
            if one.pk in altered or not (one.holds or one.replaced or one.outlived)
        ]
        for one in bad:
            why = (
                "altered behind the service's back: the audit trail saw another one"
                if one.pk in altered
                else "broken: what was signed has changed since"
            )
            self.stdout.write(
                f"BAD: signature {one.pk}, {one.kind} {one.record}, by {one.name}: {why}"
            )
        if bad:
            raise SystemExit(1)
        held = sum(one.holds for one in found)
        self.stdout.write(f"good: {held} signatures hold, {len(found) - held} were followed")
