"""The real service in a real browser: gunicorn on a clone of the template, headless Chromium.

One database and one service a file of journeys; every journey has participants of its own.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from reminet_site import settings as the_service
from reminet_site.models import User
from tests import conftest as databases
from tests import people

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
SCREENS = {"desktop": (1440, 1000), "phone": (390, 844)}
PASSWORD = "a long enough password"
PATIENCE = 60  # seconds that a service may take to start


@pytest.fixture(scope="module")
def clone(django_db_blocker: Any) -> Iterator[str]:
    """A database that the journeys of one file share; the service commits into it, and knows the
    hashes of its own settings alone."""
    service = override_settings(PASSWORD_HASHERS=the_service.PASSWORD_HASHERS)
    with service, django_db_blocker.unblock(), databases.cloned() as name:
        yield name


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def broker() -> str:
    """No broker: what a page hands to the workers stays undone. A file may have one of its own."""
    return "memory://"


@pytest.fixture(scope="module")
def files_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the web and the workers of one file of journeys keep their files."""
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def environment(clone: str, broker: str, files_folder: Path) -> dict[str, str]:
    """What every process of the service reads."""
    return os.environ | {
        "DATABASE_URL": re.sub(r"/[^/]*$", f"/{clone}", os.environ["DATABASE_URL"]),
        "OWNER_DATABASE_URL": "",
        "SITE_URL": f"http://localhost:{free_port()}",
        "BROKER_URL": broker,
        "DATA_DIR": str(files_folder / "files"),
    }


@pytest.fixture(scope="module")
def service(environment: dict[str, str], files_folder: Path) -> Iterator[str]:
    """The address of the service; its log is shown where it did not start."""
    address, log = environment["SITE_URL"], files_folder / "web.log"
    port = address.rpartition(":")[2]
    command = [sys.executable, "-m", "gunicorn", "reminet_site.wsgi", "--worker-class", "gthread"]
    command += ["--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    command += ["--graceful-timeout", "1"]
    with log.open("w") as out:
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            wait_for(f"{address}/health", web, log)
            yield address
        finally:
            web.terminate()
            web.wait(10)


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
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed (apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
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
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
