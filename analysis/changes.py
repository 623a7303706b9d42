"""What a saved entry means for the analyses: the blinded interim is to be computed again.

No statement is added to the save and no message waits for the broker: the first save asks for a
run a few seconds later, and the saves until then are read by that run. Whether anything changed
is decided by the worker from the data themselves, so a lost message loses nothing: beat looks
every minute, and nightly in any case.
"""

import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

from django.db import transaction

from analysis import broker
from analysis.facts import READ_FORMS
from crf.models import Entry

DELAY = 10.0  # seconds from the first save to the run that reads it and those after it
MARGIN = 1.0

_lock = threading.Lock()
_due = 0.0


def entry_saved(entry: Entry, before: Mapping[str, Any]) -> None:
    """Called in the transaction of the save."""
    if entry.form in READ_FORMS:
        transaction.on_commit(ask)


def ask() -> bool:
    """Ask for a run, unless one that will read this change is under way; whether it was asked."""
    global _due
    with _lock:
        at = monotonic()
        if at < _due - MARGIN:
            return False
        _due = at + DELAY
    broker.send_aside("analysis.tasks.blinded_interim", countdown=DELAY)
    return True
