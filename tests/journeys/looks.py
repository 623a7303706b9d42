"""What axe says of a page, and whether the page was looked at before as it is.

Axe looks at markup and at how it is shown, not at words: a page whose markup was checked once by
this process, at this width, is not checked again.
"""

from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH

# Of the markup, what says how it is shown, what it is called and what belongs to what: around
# main, and main itself.
MARKUP = """() => {
    const main = document.querySelector("main");
    const all = [...document.querySelectorAll("body, body *")];
    const line = e => [e.tagName, e.className.baseVal ?? e.className, e.hidden, e.open,
        e.disabled, e.checked, e.getAttribute("role"), e.getAttribute("type"),
        e.getAttribute("aria-invalid"), e.getAttribute("aria-expanded"),
        e.hasAttribute("aria-label"), e.hasAttribute("alt"), e.hasAttribute("title"), e.tabIndex,
        e.id, e.htmlFor, e.getAttribute("aria-labelledby"), e.getAttribute("aria-describedby"),
        e.getAttribute("aria-controls"), e.lang].join();
    return [all.filter(e => !main?.contains(e)), all.filter(e => main?.contains(e))].map(
        part => part.map(line).join("\\n"));
}"""
FINDINGS = """async part => {
    const found = await axe.run(part || document, {resultTypes: ["violations"]});
    return found.violations.map(
        one => [one.id, one.help, one.nodes.slice(0, 3).map(node => String(node.target[0]))]);
}"""
_seen: set[tuple[str, int, str]] = set()


def new_findings(page: Any) -> list[str]:
    """What axe finds; nothing where frame and main were both checked at this width before."""
    frame, main = page.evaluate(MARKUP)
    width = page.viewport_size["width"]
    around, inside = ("frame", width, frame), ("main", width, main)
    if {around, inside} <= _seen:
        return []
    found = findings(page, "main" if around in _seen else "")
    if not found:
        _seen.update({around, inside})
    return found


def findings(page: Any, part: str = "") -> list[str]:
    """What axe says of the page as it stands, or of a part of it."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate(FINDINGS, part)
    return [f"{rule}: {said}: {'; '.join(places)}" for rule, said, places in found]
