"""The real service in a real browser: gunicorn on a clone of the template, headless Chromium.

One database a file of journeys; every journey has participants of its own.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from reminet_site import settings as the_service
from reminet_site.local import setup
from reminet_site.models import User
from tests import conftest as databases
from tests import people
from tests.journeys import looks

ROOT = Path(__file__).resolve().parents[2]
SCREENS = {"desktop": (1440, 1000), "phone": (390, 844)}
PASSWORD = "a long enough password"
PATIENCE = 60  # seconds that a service may take to start


@pytest.fixture(scope="session")
def database_name() -> str:
    """Of one database after the other: what a server is connected to stays its address."""
    return databases.new_name()


@pytest.fixture(scope="module")
def clone(database_name: str, django_db_blocker: Any) -> Iterator[str]:
    """A database that the journeys of one file share; the service commits into it, and knows the
    hashes of its own settings alone."""
    service = override_settings(PASSWORD_HASHERS=the_service.PASSWORD_HASHERS)
    with service, django_db_blocker.unblock(), databases.cloned(name=database_name) as name:
        yield name


@pytest.fixture(scope="module")
def broker() -> str:
    """No broker: what a page hands to the workers stays undone. A file may have one of its own."""
    return "memory://"


@dataclass(frozen=True)
class Served:
    """A web server that runs, what its processes read, and where they keep their files."""

    address: str
    environment: dict[str, str]
    folder: Path

    def forget_files(self) -> None:
        shutil.rmtree(self.environment["DATA_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def start(
    database_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Served]]:
    """start(broker) gives the server with that broker; started once, since that takes seconds.
    Where its database is exchanged for a new one, it finds out at the next request."""
    with ExitStack() as running:

        @cache
        def started(broker: str) -> Served:
            folder = tmp_path_factory.mktemp("service")
            return running.enter_context(served(database_name, broker, folder))

        yield started


@contextmanager
def served(database: str, broker: str, folder: Path) -> Iterator[Served]:
    """The service in a process of its own; its log is shown where it did not start."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": re.sub(r"/[^/]*$", f"/{database}", os.environ["DATABASE_URL"]),
        "OWNER_DATABASE_URL": "",
        "SITE_URL": f"http://localhost:{port}",
        "BROKER_URL": broker,
        "DATA_DIR": str(folder / "files"),
    }
    address, log = environment["SITE_URL"], folder / "web.log"
    command = [sys.executable, "-m", "gunicorn", "reminet_site.wsgi", "--worker-class", "gthread"]
    command += ["--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    command += ["--graceful-timeout", "1"]
    with log.open("w") as out:
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            wait_for(f"{address}/health", web, log)
            yield Served(address, environment, folder)
        finally:
            web.terminate()
            web.wait(10)


@pytest.fixture(scope="module")
def server(clone: str, broker: str, start: Callable[[str], Served]) -> Served:
    found = start(broker)
    found.forget_files()
    return found


@pytest.fixture(scope="module")
def service(server: Served) -> str:
    """The address of the service."""
    return server.address


def wait_for(address: str, web: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and web.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the service did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    path = setup.browser()
    if path is None:
        pytest.skip("Chromium is not installed: make test does it, or says how")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(service: str) -> dict[str, Any]:
    """A cookie a person: a second window of the same person needs no second session."""
    return {}


@pytest.fixture
def visit(chromium: Any, service: str, signed_in: dict[str, Any]) -> Iterator[Any]:
    """visit(email, path) opens a page of the service, signed in, in a window of its own.

    The session is made in the database, as a sign-in of this moment leaves it; where `typed`, by
    the pages of the sign-in.
    """
    windows = []

    def opened(
        email: str, path: str = "/", size: str = "desktop", fresh: bool = False, typed: bool = False
    ) -> Any:
        width, height = SCREENS[size]
        window = chromium.new_context(
            base_url=service,
            viewport={"width": width, "height": height},
            locale="en-GB",
            reduced_motion="reduce",
        )
        window.set_default_timeout(15_000)
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.troubles = []
        if typed:
            sign_in(page, email)
            page.goto(path)
            return page
        if fresh or email not in signed_in:
            signed_in[email] = cookie_of_a_session(email, service)
        window.add_cookies([signed_in[email]])
        page.goto(path)
        if "/sign-in/" in page.url:  # the session of another window of this person was ended
            signed_in[email] = cookie_of_a_session(email, service)
            window.add_cookies([signed_in[email]])
            page.goto(path)
        return page

    yield opened
    troubles = [said for window in windows for page in window.pages for said in page.troubles]
    for window in windows:
        window.close()
    assert not troubles


def cookie_of_a_session(email: str, service: str) -> dict[str, Any]:
    user = User.objects.get(email=email)
    people.enrol(user)
    client = people.sign_in(Client(), user, ago=0)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": service}


def sign_in(page: Any, email: str) -> None:
    people.enrol(User.objects.get(email=email))
    page.goto("/sign-in/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/sign-in/'] button.button-primary")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    second_step(page, email)


def second_step(page: Any, email: str) -> None:
    """Types the code that is asked for after the password."""
    page.fill("input[name=code]", people.code_of(User.objects.get(email=email)))
    page.click("form[action='/account/second-step/authenticate/'] button.button-primary")
    page.wait_for_url(lambda url: "/authenticate/" not in url)


def axe(page: Any) -> None:
    """No finding of axe on the page as it stands."""
    found = looks.new_findings(page)
    assert not found, "\n".join([page.url, *found])
