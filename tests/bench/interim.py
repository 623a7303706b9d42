"""A blinded interim of 53 participants, timed: `python -m tests.bench.interim` on a fresh database.

Writes {"seconds": median} to standard output.
"""

import json
import time
from datetime import date, timedelta
from unittest import mock

import django


def main() -> None:
    django.setup()
    from analysis import agreement, blinded
    from analysis.models import RunState
    from crf.models import Entry
    from reminet_site.context import acting
    from tests import people
    from tests.integration.analysis import trial

    courses = tuple(trial.COURSES[n % len(trial.COURSES)] for n in range(53))
    with mock.patch.object(trial, "START", date(2017, 1, 2)):
        made = trial.build(courses, people.centre())
    seconds = []
    unchecked = agreement.Check("none", True, 0, 0.0, ())
    with mock.patch.object(agreement, "check", return_value=unchecked):
        for turn in range(25):
            with acting(trial.TESTS):
                entry = Entry.objects.filter(participant=made[turn], form="TUMOUR").get()
            trial.change(entry, note=str(date(2020, 1, 1) + timedelta(days=turn)))
            began = time.perf_counter()
            run = blinded.run("bench")
            seconds.append(time.perf_counter() - began)
            assert run is not None
            assert run.state == RunState.DONE, run
    print(json.dumps({"seconds": sorted(seconds)[len(seconds) // 2]}))


if __name__ == "__main__":
    main()
