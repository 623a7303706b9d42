"""The real service in a real browser: gunicorn on a clone of the template, headless Chromium."""

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

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
SCREENS = {"desktop": (1440, 1000), "phone": (390, 844)}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def service(clone: str, tmp_path: Path) -> Iterator[str]:
    """The address of a service of this test's own; its log is shown where it did not start."""
    port = free_port()
    log = tmp_path / "web.log"
    environment = os.environ | {
        "DATABASE_URL": re.sub(r"/[^/]*$", f"/{clone}", os.environ["DATABASE_URL"]),
        "OWNER_DATABASE_URL": "",
        "SITE_URL": f"http://localhost:{port}",
        "DATA_DIR": str(tmp_path / "files"),
    }
    command = [sys.executable, "-m", "gunicorn", "reminet_site.wsgi", "--worker-class", "gthread"]
    command += ["--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with log.open("w") as out:
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            wait_for(f"http://localhost:{port}/health", web, log)
            yield f"http://localhost:{port}"
        finally:
            web.terminate()
            web.wait(10)


def wait_for(address: str, web: subprocess.Popen, log: Path) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(address, timeout=1)
            return
        except OSError:
            if web.poll() is not None:
                break
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


@pytest.fixture
def visit(chromium: Any, service: str) -> Iterator[Any]:
    """visit(user, path) opens a page of the service, signed in, in a window of its own."""
    windows = []

    def opened(email: str, path: str = "/", size: str = "desktop", password: str = "") -> Any:
        width, height = SCREENS[size]
        window = chromium.new_context(
            base_url=service, viewport={"width": width, "height": height}, locale="en-GB"
        )
        windows.append(window)
        page = window.new_page()
        page.goto("/sign-in/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", password or PASSWORD)
        page.click("form[action='/sign-in/'] button.button-primary")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        page.goto(path)
        return page

    yield opened
    for window in windows:
        window.close()


PASSWORD = "a long enough password"


def axe(page: Any) -> None:
    """No finding of axe on the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
