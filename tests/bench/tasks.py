"""A task that does nothing, for the round trip through a real worker."""

import os

from celery import Celery

app = Celery("bench", broker=os.environ["BROKER_URL"], backend=os.environ["BROKER_URL"])
app.conf.task_default_queue = "bench"


@app.task
def nothing() -> int:
    return 1
