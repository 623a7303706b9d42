"""Workers, by queue: default and analysis are blind and hold no key; unblinded holds it."""

import os

from celery import Celery, bootsteps
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reminet_site.settings")

app = Celery("reminet")
app.conf.update(
    broker_url=os.environ.get("BROKER_URL", "redis://localhost:6379/0"),
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_default_queue="default",
    task_routes={
        "analysis.tasks.*": {"queue": "analysis"},
        "analysis.tasks_unblinded.*": {"queue": "unblinded"},
    },
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "max_retries": 1,
    },
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    enable_utc=True,
    beat_schedule={
        "blinded interim, nightly": {
            "task": "analysis.tasks.blinded_interim",
            "schedule": crontab(hour="2", minute="0"),
            "kwargs": {"why": "nightly"},
        },
        "anchor of the audit trail, nightly": {
            "task": "reminet_site.trail.tasks.daily_anchor",
            "schedule": crontab(hour="23", minute="30"),
        },
        "files of the audit trail that wait": {
            "task": "reminet_site.trail.tasks.look_for_copies",
            "schedule": 120.0,
        },
        "certified copies that wait": {
            "task": "analysis.copy.tasks.look_for_copies",
            "schedule": 120.0,
        },
        "files of certified copies that were kept long enough": {
            "task": "analysis.copy.tasks.remove_old",
            "schedule": crontab(hour="3", minute="30"),
        },
        "reports of serious events that are overdue": {
            "task": "crf.tasks.escalate_overdue_reports",
            "schedule": 300.0,
        },
        "reports to the authority that are due": {
            "task": "crf.tasks.remind_of_authority_reports",
            "schedule": 300.0,
        },
        # what the broker did not hand over while it was away, and changes nobody told of
        "look for work": {"task": "analysis.tasks.look_for_work", "schedule": 60.0},
    },
)
app.autodiscover_tasks(["crf", "analysis", "analysis.copy", "reminet_site.trail"])
app.autodiscover_tasks(["analysis"], related_name="tasks_unblinded")


class Safe(bootsteps.Step):
    """A worker refuses to start where settings or database are unsafe, as the web does."""

    def __init__(self, worker: object, **kwargs: object) -> None:
        from reminet_site.safety import refuse_unsafe

        refuse_unsafe()


app.steps["worker"].add(Safe)
