"""Work is handed to the workers after the commit. A broker that does not answer costs nobody a
save: it is written to the log, and beat asks again (see `analysis.tasks.look_for_work`).

Messages carry the ids of rows and nothing else.
"""

import logging
import threading

from django.db import transaction

from reminet_site.celery import app

log = logging.getLogger("reminet.analysis")


def after_commit(task: str, *ids: int, countdown: float = 0) -> None:
    """The named task is asked for once this transaction is committed."""
    transaction.on_commit(lambda: send_aside(task, *ids, countdown=countdown))


def send_aside(task: str, *ids: int, countdown: float = 0) -> threading.Thread:
    """Send from a thread of its own: the one who saves does not wait for the broker."""
    thread = threading.Thread(target=send, args=(task, *ids), kwargs={"countdown": countdown})
    thread.daemon = True
    thread.start()
    return thread


def send(task: str, *ids: int, countdown: float = 0) -> bool:
    """Whether the broker took the message."""
    try:
        app.send_task(task, args=ids, countdown=countdown or None, retry=False)
    except Exception as error:  # whatever the broker's client raises, nothing here may fail
        log.warning("the broker did not take %s: %s", task, type(error).__name__)
        return False
    return True
