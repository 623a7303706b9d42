"""By-arm results, sealed until the data monitoring committee reads them.

Permitted importers: `analysis.dmc`, and the writer in `analysis.unblinded`.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from randomisation.arms import key
from randomisation.arms.reading import log
from randomisation.arms.role import vault
from randomisation.arms.sealing import doubled
from reminet_site.context import Actor
from reminet_site.errors import NotThere

LEAST = 256 * 1024


def write(run: str, result: Any) -> None:
    """Seal the result (JSON) of a run. Once only: the same run again changes nothing."""
    opener = key.sealer()
    size = doubled(len(json.dumps(result)), LEAST)
    with vault() as cursor:
        cursor.execute(
            "INSERT INTO arms.results (run, sealed) VALUES (%s, %s) ON CONFLICT (run) DO NOTHING",
            [run, opener.seal(result, f"results.sealed.{run}", size)],
        )


def read(run: str, *, by: Actor, reason: str) -> Any:
    """The result of a run; the reading is logged in this transaction."""
    opener = key.sealer()
    with vault() as cursor:
        cursor.execute("SELECT sealed FROM arms.results WHERE run = %s", [run])
        row = cursor.fetchone()
        if row is None:
            raise NotThere(_("That run has no result by arm."))
        log(cursor, door="results", by=by, what=run, reason=reason)
    return opener.open(row[0], f"results.sealed.{run}")
