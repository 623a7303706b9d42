"""Pictures of every screen of the running demonstration, into docs/screens: `make screenshots`.

The demonstration must be served (`make demo`); SITE_URL names it where it is not on port 8000.
Each role signs in by its account of the sign-in page; nothing is saved, one draft is discarded.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reminet_site.local import setup

SITE = os.environ.get("SITE_URL", "http://localhost:8000")
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
TALLEST = 1300  # pixels of a page that a picture keeps


@dataclass(frozen=True)
class Screen:
    """One picture: its name, what it shows, how to get there from the role's first page. `part`
    names what is shown where it is not the page from its top."""

    name: str
    caption: str
    reach: Callable[[Any], None]
    part: str = ""


def at(address: str) -> Callable[[Any], None]:
    """Opens an address."""
    return lambda page: page.goto(address)


def through(*links: str) -> Callable[[Any], None]:
    """Follows links from the first page, each named by a selector."""

    def follow(page: Any) -> None:
        for link in links:
            page.goto(page.locator(link).first.get_attribute("href"))

    return follow


def refused(page: Any) -> None:
    """A form whose save is refused: a letter where a number belongs."""
    through(GATE, EXAMINATION)(page)
    page.fill("[name=weight]", "sixty")
    page.click("[data-save]")
    page.wait_for_selector("#form-summary")


def found(page: Any) -> None:
    """A search by the end of a code that several participants share."""
    page.fill("#find-box", "001")
    with page.expect_navigation():
        page.press("#find-box", "Enter")


def frozen(page: Any) -> None:
    page.goto("/centres/FR-01/participants/")
    through("tr:has-text('Frozen') th a", ".menu-list a[href*='freeze']")(page)


def history(page: Any) -> None:
    """The item that has the focus, with everything that was saved for it."""
    page.goto(CORRECTED)
    page.focus("[name=sbp]")
    page.wait_for_selector("#form-side :text('Transcription error')")


def redaction(page: Any) -> None:
    """What is asked of the first of two persons; nothing is asked for."""
    page.goto(TRAIL)
    page.goto(page.locator("a.trail-redact").first.get_attribute("href"))


def in_language(page: Any, language: str) -> None:
    with page.expect_navigation():
        page.click(f".language button:has-text('{language}')")


def in_french(page: Any) -> None:
    """For the rest of the role's pictures: the last of them."""
    in_language(page, "FR")
    through(PARTICIPANTS, "tr:has-text('traitement') th a", ASSESSMENT)(page)


def tried(page: Any) -> None:
    """A file that was looked at: one value is asked about, nothing is imported."""
    page.goto("/centres/FR-01/imports/VITALS/")
    lines = "participant,visit,weight,temperature\nFR-01-002,ASM-06,71.5,36.6\nFR-01-003,SCR,151,\n"
    file = {"name": "visits.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    page.set_input_files("#file", file)
    with page.expect_navigation():
        page.click("button[value=check]")


def tidy(page: Any) -> None:
    """Takes back what `refused` typed."""
    page.once("dialog", lambda asked: asked.accept())
    with page.expect_navigation():
        page.click("[data-discard]")


PARTICIPANTS = "nav a:has-text('Participants')"
TREATED = "tr:has-text('On treatment') th a"
READY = "tr:has-text('In screening') th a"
GATE = "a.task-do[href*='randomisation']"
EXAMINATION = ".table-criteria a[href*='VITALS']"
ASSESSMENT = "a.cell[href*='ASM'][href*='RECIST']"
INJECTION = "a.cell[href*='INJ']"
QUERY = "a.task-do[href*='queries']"
SIGNING = "nav a:has-text('Signing')"
TEAM = "nav a:has-text('Team')"
TRAIL = "/trail/?participant=FR-01-002"
CORRECTED = "/participants/FR-01-005/INJ-02/INJ/1/"

ROLES: dict[str, tuple[Screen, ...]] = {
    "Investigator": (
        Screen("work-list", "The work list of a centre: the most urgent first.", at("/")),
        Screen("participants", "The participants of a centre.", through(PARTICIPANTS)),
        Screen("casebook", "A casebook: a row a visit.", through(PARTICIPANTS, TREATED)),
        Screen(
            "assessment",
            "A tumour assessment: sums and response worked out from the measures.",
            through(PARTICIPANTS, TREATED, ASSESSMENT),
        ),
        Screen(
            "injection",
            "An injection: the kit that was taken for it stands beside its item.",
            through(PARTICIPANTS, TREATED, INJECTION),
        ),
        Screen("history", "Everything that was saved for one item, beside the form.", history),
        Screen("refused", "A save that is refused: what, where, how to mend it.", refused),
        Screen("query", "A data query with its answers.", through(QUERY)),
        Screen("gate", "The gate to randomisation.", through(GATE)),
        Screen(
            "receipt",
            "After randomisation: a number and a kit, no arm.",
            through(PARTICIPANTS, TREATED, ".page-head a[href*='receipt']"),
        ),
        Screen(
            "unblinding",
            "Emergency unblinding of one participant.",
            through(PARTICIPANTS, TREATED, ".menu-list a[href*='unblinding']"),
        ),
        Screen("signing", "What is signed of the casebooks of a centre.", through(SIGNING)),
        Screen(
            "casebook-signatures",
            "The signatures of one casebook, and the next one.",
            through(SIGNING, "tr:has(.state-signed) th a"),
        ),
        Screen("kits", "The kits of a centre.", through("nav a:has-text('Kits')")),
        Screen("accrual", "Accrual against plan.", at("/accrual/")),
        Screen("french", "A form in French.", in_french),
    ),
    "Trial coordinator": (
        Screen("import", "A file of entries, tried out before it is imported.", tried),
    ),
    "Principal investigator": (
        Screen("team", "Who does what at a centre: the log of duties.", through(TEAM)),
        Screen("copy", "The centre's own certified copy.", through("nav a:has-text('Copy')")),
    ),
    "Data manager": (
        Screen("trial", "The state of the trial, and its lock.", at("/trial/")),
        Screen("queries", "Data queries over every centre.", at("/queries/")),
        Screen("serious-events", "Serious events over every centre.", at("/serious-events/")),
        Screen(
            "deviations",
            "Protocol deviations of a centre, as schedule and entries tell them.",
            at("/centres/FR-01/deviations/"),
        ),
        Screen("freeze", "A casebook that is frozen.", frozen),
        Screen("found", "A search by the end of a code.", found),
        Screen("trail", "The audit trail of one participant.", at(TRAIL)),
        Screen("redaction", "A redaction: asked for by one, confirmed by another.", redaction),
        Screen("retention", "What is kept how long, and what is due.", at("/retention/")),
    ),
    "Safety physician": (
        Screen(
            "serious-event",
            "What the sponsor thinks of a serious event, and what it owes.",
            through("a[href='/serious-events/']", "main a[href^='/serious-events/']"),
        ),
    ),
    "Central reader": (
        Screen("central-review", "Images of every centre, to be read.", at("/central-review/")),
        Screen(
            "central-reading",
            "What a central reader sees of one assessment, and says of it.",
            through("a[href='/central-review/']", "main a[href^='/central-review/']"),
        ),
    ),
    "Trial statistician": (
        Screen("interim", "The blinded interim: all participants together.", at("/interim/")),
        Screen("releases", "Releases of data.", at("/releases/")),
    ),
    "DMC statistician": (
        Screen("committee", "The committee's report: the unblinded area.", at("/committee/")),
        Screen(
            "flow",
            "The flow of participants by arm, as CONSORT 2025 asks.",
            at("/committee/"),
            "section[aria-labelledby=flow]",
        ),
        Screen(
            "harms",
            "Adverse events by arm.",
            at("/committee/"),
            "section[aria-labelledby=harms]",
        ),
        Screen(
            "recommendation",
            "What the committee recommends; the grounds stay inside.",
            at("/committee/"),
            "section[aria-labelledby=rc]",
        ),
    ),
    "Supply manager": (
        Screen("supply", "The kits of every centre, those that wait first.", at("/supply/")),
    ),
    "Administrator": (
        Screen("people", "Accounts and roles.", at("/people/")),
        Screen("account", "One's own account and second step.", at("/account/")),
    ),
}


def shoot(page: Any, name: str, size: str, part: str = "") -> None:
    """The page from its top, TALLEST pixels at most; or a part of it."""
    if part:
        page.locator(part).screenshot(path=FOLDER / f"{name}-{SIZES[size][0]}.png")
        return
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    page.set_viewport_size({"width": SIZES[size][0], "height": max(height, SIZES[size][1])})
    page.screenshot(path=FOLDER / f"{name}-{SIZES[size][0]}.png")
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size])))


def take_all(browser: Any) -> list[str]:
    """Every screen at both sizes; the sentences of what could not be reached."""
    problems = []
    for size, (width, height) in SIZES.items():
        first = browser.new_page(base_url=SITE, viewport={"width": width, "height": height})
        first.goto("/sign-in/")
        shoot(first, "sign-in", size)
        accounts = {
            button.inner_text().split("\n")[0].split(",")[0]: button.get_attribute("value")
            for button in reversed(first.query_selector_all("button.account"))
        }
        first.close()
        for role, screens in ROLES.items():
            window = browser.new_context(
                base_url=SITE, viewport={"width": width, "height": height}, locale="en-GB"
            )
            page = window.new_page()
            page.set_default_timeout(30_000)
            page.goto("/sign-in/")
            page.click(f"button.account[value='{accounts[role]}']")
            page.wait_for_url(lambda address: "/sign-in/" not in address)
            in_language(page, "EN")  # the account keeps the language of its last picture
            for screen in screens:
                problems += take(page, screen, size)
            window.close()
    return problems


def take(page: Any, screen: Screen, size: str) -> list[str]:
    try:
        page.goto("/")
        screen.reach(page)
    except Exception as problem:
        return [f"{screen.name}, {size}: {str(problem).splitlines()[0]}"]
    shoot(page, screen.name, size, screen.part)
    if screen.reach is refused:
        tidy(page)
    return []


def write_index() -> None:
    """docs/screens.md: the pictures with their captions, by role."""
    lines = ["# Screens", "", "Taken from the demonstration by `make screenshots`.", ""]
    lines += ["## Sign-in", "", picture("sign-in", "The sign-in page of the demonstration."), ""]
    for role, screens in ROLES.items():
        lines += [f"## {role}", ""]
        for screen in screens:
            lines += [screen.caption, "", picture(screen.name, screen.caption), ""]
    (FOLDER.parent / "screens.md").write_text("\n".join(lines).rstrip() + "\n")


def picture(name: str, caption: str) -> str:
    wide, narrow = (f"screens/{name}-{width}.png" for width, _height in SIZES.values())
    return (
        f'<img src="{wide}" alt="{caption}" width="720"> '
        f'<img src="{narrow}" alt="The same on a telephone" width="195">'
    )


def main() -> int:
    from playwright.sync_api import Error, sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=setup.browser(), args=["--no-sandbox"])
        try:
            problems = take_all(browser)
        except Error as problem:
            print(f"{SITE}: {str(problem).splitlines()[0]}\nServe it first: make demo")
            return 1
        finally:
            browser.close()
    write_index()
    print("\n".join(problems) or f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
