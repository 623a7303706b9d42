"""Clients over HTTP that send again what was not answered, as a person does; and go away at times.

An answer is an acknowledgement only where it is the redirect of a save. After a lost answer the
client asks the page what stands there, so that nothing is sent twice without looking.
"""

import http.client
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests import people
from tests.bench.trial import TOKEN, Person

PATIENCE = 180.0  # seconds until a client gives up on the service as a whole
GOES_AWAY = 0.4  # share of lost answers after which the client does not come back
SIDES: tuple[dict[str, str], ...] = (
    {"grade": "1", "related": "related", "action": "none", "outcome": "ongoing"},
    {"grade": "2", "related": "possible", "action": "delayed", "outcome": "recovering"},
)
VERSIONS = 12  # saves of one entry before the next is begun


class Lost(Exception):
    """No answer, or one of failure: whether it was done is not known."""


@dataclass
class Book:
    """What the clients were told; read by the judge."""

    saved: set[str] = field(default_factory=set)
    abandoned: set[str] = field(default_factory=set)
    allocated: dict[str, tuple[str, str]] = field(default_factory=dict)  # code: number, kit
    left: set[str] = field(default_factory=set)  # participants whose client went away
    lost_answers: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done(self) -> int:
        return len(self.saved) + len(self.abandoned) + len(self.allocated) + len(self.left)


class Browser:
    """One signed-in person; a new connection for each request, as the old one may be dead."""

    def __init__(self, port: int, person: Person, book: Book) -> None:
        self.port, self.person, self.book = port, person, book

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status, and the address of a redirect or the body. Lost where nothing sound came."""
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Host": "localhost", "Cookie": self.person.cookie}
        body = None
        if form is not None:
            body = urlencode(form | {"csrfmiddlewaretoken": TOKEN})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            wire.request(method, path, body, headers)
            answer = wire.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise self.lost() from error
        finally:
            wire.close()
        if answer.status >= 500:
            raise self.lost()
        return answer.status, answer.headers.get("Location") or text

    def lost(self) -> Lost:
        with self.book.lock:
            self.book.lost_answers += 1
        return Lost()

    def insist(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        return insist(lambda: self.ask(method, path, form))


def insist(act: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """Ask until there is an answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except Lost:
            if time.monotonic() > deadline:
                raise SystemExit("The service did not come back to its clients.") from None
            time.sleep(0.3)


class Saver(threading.Thread):
    """Adverse events of one participant, VERSIONS saves each; every save changes six items."""

    def __init__(self, browser: Browser, code: str, tags: list[str], day: str, seed: str) -> None:
        super().__init__(daemon=True)
        self.browser, self.code, self.tags, self.day = browser, code, tags, day
        self.chance = random.Random(seed)
        self.number, self.version = 1, 0
        self.trouble = ""

    def run(self) -> None:
        try:
            for tag in self.tags:
                if self.version >= VERSIONS:
                    self.number, self.version = self.number + 1, 0
                self.save(tag)
        except (Exception, SystemExit) as error:
            self.trouble = f"{type(error).__name__}: {error}"

    @property
    def path(self) -> str:
        return f"/participants/{self.code}/LOG/AE/{self.number}/"

    def save(self, tag: str) -> None:
        book = self.browser.book
        while True:
            try:
                status, there = self.browser.ask("POST", self.path, self.form(tag))
                if status == 302 and self.path in there:
                    self.version += 1
                    break
                if status != 409:
                    raise RuntimeError(f"{self.path} answered {status}: {said(there)}")
            except Lost:
                if self.chance.random() < GOES_AWAY:
                    with book.lock:
                        book.abandoned.add(tag)
                    self.look()
                    return
            if f"Fatigue {tag}" in self.look():
                break
        with book.lock:
            book.saved.add(tag)

    def form(self, tag: str) -> dict[str, str]:
        return SIDES[self.version % 2] | {
            "term": f"Fatigue {tag}", "comment": f"Told in call {tag}", "start": self.day,
            "ongoing": "yes", "serious": "no", "change_reason": "told again",
            "version": str(self.version), "confirm.listed.term": "Told so",
        }  # fmt: skip

    def look(self) -> str:
        """The page as it is saved; its version is ours, or the next where an answer was lost."""
        self.browser.insist("POST", f"{self.path}discard/", {})
        status, page = self.browser.insist("GET", self.path)
        found = re.search(r'name="version" value="(\d+)"', page)
        if status != 200 or not found:
            raise RuntimeError(f"{self.path} answered {status}: {said(page)}")
        if int(found[1]) not in (self.version, self.version + 1):
            raise RuntimeError(f"{self.path} is at {found[1]}, not {self.version} or one more")
        self.version = int(found[1])
        return page


class Allocator(threading.Thread):
    """Randomises its participants one after the other; each answer is read back as a receipt."""

    def __init__(self, browser: Browser, codes: list[str], seed: str) -> None:
        super().__init__(daemon=True)
        self.browser, self.codes = browser, codes
        self.chance = random.Random(seed)
        self.trouble = ""

    def run(self) -> None:
        try:
            for code in self.codes:
                self.randomise(code)
        except (Exception, SystemExit) as error:
            self.trouble = f"{type(error).__name__}: {error}"

    def randomise(self, code: str) -> None:
        path, book = f"/randomisation/{code}/", self.browser.book
        _, page = self.browser.insist("GET", path)
        strata = dict(re.findall(r'name="(stratum\.\w+)" value="([^"]*)"', page))
        while True:
            try:
                form = strata | {"password": people.PASSWORD}
                status, there = self.browser.ask("POST", path, form)
                if status != 302 or f"{path}receipt/" not in there:
                    raise RuntimeError(f"{path} answered {status}: {said(there)}")
                break
            except Lost:
                if self.chance.random() < GOES_AWAY:
                    with book.lock:
                        book.left.add(code)
                    return
                time.sleep(0.2)
        told = receipt(self.browser.insist("GET", f"{path}receipt/")[1])
        with book.lock:
            book.allocated[code] = told


RECEIPT = re.compile(r"Randomisation number</dt><dd>(R-\d+)<.*?First kit</dt><dd>(\w+)<", re.S)


def receipt(page: str) -> tuple[str, str]:
    """Randomisation number and first kit as the receipt shows them."""
    found = RECEIPT.search(page)
    if not found:
        raise RuntimeError(f"The receipt says neither number nor kit: {said(page)}")
    return found[1], found[2]


def said(page: str) -> str:
    """The words of a page's middle, for a person who reads a failure."""
    middle = page[page.find("<main") :] if "<main" in page else page
    return " ".join(re.sub(r"<[^>]*>", " ", middle).split())[:300]
