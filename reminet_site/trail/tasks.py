"""What the blind worker does for the trail."""

from celery import shared_task

from reminet_site.trail import anchor


@shared_task
def daily_anchor() -> None:
    anchor.make_daily()
