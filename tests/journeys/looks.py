"""What axe says of a page, and whether the page was looked at before as it is.

Axe looks at markup and at how it is shown, not at words: a page whose markup was checked once by
this process, at this width, is not checked again. Contrast, which takes most of the time, is a
matter of two colours and a size: each such look is checked once, wherever it stands.
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
FINDINGS = """async ([part, looks]) => {
    const clear = "rgba(0, 0, 0, 0)", known = new Set(looks), fresh = new Map();
    const behind = e => {
        const colour = getComputedStyle(e).backgroundColor;
        const through = colour === clear || colour.startsWith("rgba");
        const more = through && e.parentElement ? behind(e.parentElement) : "";
        return (colour === clear ? "" : colour) + more;
    };
    const reads = e => e.matches("input, select, textarea, button")
        || [...e.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const root = part ? document.querySelector(part) : document.body;
    for (const e of root.querySelectorAll("*")) {
        if (!reads(e) || !e.checkVisibility()) continue;
        const {color, fontSize, fontWeight, opacity} = getComputedStyle(e);
        const look = [color, behind(e), fontSize, fontWeight, opacity].join(" ");
        if (!known.has(look) && !fresh.has(look)) fresh.set(look, e);
    }
    const asked = {resultTypes: ["violations"]}, contrast = "color-contrast";
    const rules = {[contrast]: {enabled: false}};
    const found = [await axe.run(part || document, {...asked, rules})];
    if (fresh.size)
        found.push(await axe.run({include: [...fresh.values()]}, {...asked, runOnly: [contrast]}));
    const said = found.flatMap(one => one.violations).map(
        one => [one.id, one.help, one.nodes.slice(0, 3).map(node => String(node.target[0]))]);
    return [said, [...fresh.keys()]];
}"""
_seen: set[tuple[str, int, str]] = set()
_looks: set[str] = set()


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
    found, looks = page.evaluate(FINDINGS, [part, list(_looks)])
    if not found:
        _looks.update(looks)
    return [f"{rule}: {said}: {'; '.join(places)}" for rule, said, places in found]
