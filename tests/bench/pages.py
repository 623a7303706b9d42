"""Pages at 2,000 participants: how many statements, and how long, at 20 users."""

import threading
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reminet_site.models import Centre
from reminet_site.roles import Role
from tests import people
from tests.bench import trial
from tests.bench.load import Client as Wire
from tests.bench.rows import Row, milliseconds

USERS, PAUSE = 20, 1.0


def rows(port: int, centres: list[Centre], seconds: float) -> Iterator[Row]:
    few, many = small_centre(), centres[4]
    browsers = trial.investigators(many)
    for name, paths in (
        ("centre home", (f"/centres/{few.code}/", f"/centres/{many.code}/")),
        ("casebook", (f"/participants/{few.code}-001/", f"/participants/{many.code}-001/")),
    ):
        one, other = statements(few, paths[0]), statements(many, paths[1])
        late = p95(port, paths[1], browsers, seconds)
        yield Row(
            f"statements of the {name}",
            f"{other} at {trial.CENTRES * trial.EACH:,}",
            f"{one} at a centre of 1",
            one / other,
            1.0,
        )
        yield Row(
            f"p95 of the {name}, {USERS} users",
            milliseconds(late),
            "100 ms",
            0.1 / late,
            note="each opens it, waits a second, and so on; below 100 ms is beyond the goal",
        )


def small_centre() -> Centre:
    """A centre with one participant who has a casebook like everybody's."""
    centre = people.centre("FR-90", "A small centre")
    with trial.unguarded("crf_participant", "crf_entry") as cursor:
        cursor.execute(
            "INSERT INTO crf_participant (centre_id, number, code, screened_on, randomised_on,"
            " randomised_at, randomisation_number)"
            " SELECT %s, 1, 'FR-90-001', screened_on, randomised_on, randomised_at, 'R-9999'"
            " FROM crf_participant WHERE id = 1 RETURNING id",
            [centre.pk],
        )
        pk = cursor.fetchone()[0]
        names = "visit, form, number, definition_id, data, derived, comments, version, visit_date"
        names += ", filled, expected, saved_at"
        cursor.execute(
            f"INSERT INTO crf_entry (participant_id, centre_id, {names})"
            f" SELECT %s, %s, {names} FROM crf_entry WHERE participant_id = 1",
            [pk, centre.pk],
        )
    return centre


def statements(centre: Centre, path: str) -> int:
    client = people.sign_in(Client(), people.person(Role.INVESTIGATOR, centre))
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(path)
    assert answer.status_code == 200, answer
    return len(seen)


class Reader(Wire):
    """Opens a page, waits, opens it again."""

    def run(self, end: float) -> None:
        while time.perf_counter() < end and not self.failures:
            began = time.perf_counter()
            self.wire.sendall(self.head.encode())
            status, answer = self.answer()
            self.latencies.append(time.perf_counter() - began)
            if status != "200":
                self.failures.append(f"{status} {answer[:200]!r}")
            time.sleep(PAUSE)


def p95(port: int, path: str, browsers: list[trial.Person], seconds: float) -> float:
    readers = []
    for place in range(USERS):
        spec: dict[str, Any] = {
            "path": path,
            "cookie": browsers[place % len(browsers)].cookie,
            "bodies": [],
            "version": 0,
        }
        reader = Reader(port, spec)
        reader.head = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {spec['cookie']}\r\n"
            "Connection: keep-alive\r\n\r\n"
        )
        readers.append(reader)
    threads = []
    for place, reader in enumerate(readers):
        end = time.perf_counter() + seconds
        threads.append(threading.Timer(PAUSE * place / USERS, reader.run, [end]))
        threads[-1].start()
    for thread in threads:
        thread.join()
    failures = [one for reader in readers for one in reader.failures]
    if failures:
        raise SystemExit(f"{path} answered {failures[0]}")
    found = sorted(one for reader in readers for one in reader.latencies)
    return found[int(len(found) * 0.95)]
