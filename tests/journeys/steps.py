"""What a person does on a page: given, when and then of the journeys, in plain functions."""

import re
from typing import Any

from tests.journeys.conftest import axe
from tests.journeys.records import Raw


def form_path(code: str, form: str, visit: str = "SCR", number: int = 1) -> str:
    return f"/participants/{code}/{visit}/{form}/{number}/"


def goes_to(page: Any, path: str) -> None:
    page.goto(path)
    axe(page)


KINDS = """form => Object.fromEntries([...form.elements].filter(e => e.name).map(
    e => [e.name, e.tagName == 'INPUT' ? e.type : e.tagName]))"""


def types(page: Any, raw: Raw) -> None:
    """Fills what is visible, in the order given; a hidden item is waited for."""
    kinds = page.eval_on_selector("#entry-form", KINDS)
    for name, value in raw.items():
        if re.fullmatch(r"\w+\.r\d+", name):
            adds_row(page, name)
            kinds = page.eval_on_selector("#entry-form", KINDS)
        elif isinstance(value, str):
            put(page, name, value, kinds[name])
        else:
            for one in value:
                page.check(f"input[name='{name}'][value='{one}']")


def answers(page: Any, name: str, value: str) -> None:
    types(page, {name: value})


def put(page: Any, name: str, value: str, kind: str) -> None:
    control = f"#entry-form [name='{name}']"
    if kind == "radio":
        page.click(f"label:has(> input[name='{name}'][value='{value}'])")
    elif kind == "SELECT":
        page.select_option(control, value)
    else:
        page.fill(control, value)


def adds_row(page: Any, row: str) -> None:
    group = row.partition(".")[0]
    page.click(f"[data-add='{group}']")
    page.wait_for_selector(f"[id='{row}'] input:focus, [id='{row}'] select:focus")


def saves(page: Any) -> None:
    """Presses Save and waits for the sentence that says it is saved."""
    after = f"#entry-form input[name=version][value='{version(page) + 1}']"
    page.click("[data-save]")
    page.wait_for_selector(after, state="attached")
    assert page.locator("main .banner-done").inner_text().strip()
    axe(page)


def is_refused(page: Any) -> list[str]:
    """Presses Save; the summary has the focus. What it says, line by line."""
    page.click("[data-save]")
    page.wait_for_selector("#form-summary:focus")
    axe(page)
    return page.locator("#form-summary li").all_inner_texts()


def version(page: Any) -> int:
    return int(page.input_value("#entry-form input[name=version]"))


def is_kept(page: Any) -> None:
    """The save bar says that what stands on the page is kept as a draft."""
    page.locator("[data-save-state]", has_text="Draft kept").wait_for()


def keeps(page: Any, name: str, value: str) -> None:
    """Types one value and waits until the server has it."""
    with page.expect_response(lambda r: r.url.endswith("/draft/") and r.ok):
        answers(page, name, value)
    is_kept(page)


def shows(page: Any, *sentences: str) -> None:
    text = page.inner_text("main")
    for sentence in sentences:
        assert sentence in text, f"{sentence!r} is not on {page.url}:\n{text[:3000]}"


def finding(page: Any, name: str) -> str:
    """What is said under a field, once something is said."""
    place = page.locator(f"[data-findings='{name}'] .finding").first
    place.wait_for()
    return str(place.inner_text())


def focused(page: Any) -> str:
    """Name or id of what has the focus."""
    return str(page.evaluate("document.activeElement.name || document.activeElement.id"))


def value(page: Any, name: str) -> str:
    return str(page.input_value(f"#entry-form [name='{name}']"))


def no_wider_than_the_window(page: Any) -> None:
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert over <= 0, f"{page.url} is {over} px wider than the window"
