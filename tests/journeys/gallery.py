"""Renders every page with sample data and photographs it.

`python -m tests.journeys.gallery FOLDER [page ...] [--axe] [--scheme dark]`

No database and no views: templates, presenters and styles alone, served from a folder so that
scripts run under the service's own content security policy. --axe checks accessibility as well.
"""

import argparse
import functools
import http.server
import shutil
import threading
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from reminet_site.local import setup

ROOT = Path(__file__).resolve().parents[2]
APPS = ("reminet_site", "crf", "randomisation", "analysis")
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def url(name: str, *args, **kwargs) -> str:
    """A readable address for a URL name; the gallery has no URL table."""
    return "/" + "/".join([name.replace(":", "/"), *map(str, args), *map(str, kwargs.values())])


def environment() -> Environment:
    """The templates of every app, strict about names that nobody gave."""
    folders = [FileSystemLoader(ROOT / app / "jinja2") for app in APPS]
    env = Environment(
        loader=ChoiceLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_callables(
        lambda text: text,
        lambda one, many, n: one if n == 1 else many,
        newstyle=True,
        pgettext=lambda context, text: text,
    )
    env.filters.update(
        day=lambda value: f"{value.day} {value:%b %Y}" if value else "",
        moment=lambda value, zone="UTC": f"{value.day} {value:%b %Y, %H:%M}" if value else "",
        number=lambda value, places=1: "NE" if value is None else f"{value:.{places}f}",
    )
    env.globals.update(url=url, static=lambda path: f"/static/{path}", colon=lambda: ":")
    return env


def write(folder: Path, names: list[str]) -> list[str]:
    """Writes each sample page to folder/NAME.html and returns the names."""
    from tests.journeys import samples

    env, pages = environment(), samples.pages()
    chosen = names or sorted(pages)
    for name in chosen:
        template, context = pages[name]
        (folder / f"{name}.html").write_text(env.get_template(template).render(context))
    static = folder / "static"
    static.mkdir(exist_ok=True)
    for app in APPS:
        source = ROOT / app / "static"
        if source.exists():
            shutil.copytree(source, static, dirs_exist_ok=True)
    return chosen


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the folder under the policy of the service, without a word."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args) -> None:
        pass


def photograph(folder: Path, names: list[str], schemes: list[str], axe: bool) -> None:
    from playwright.sync_api import sync_playwright

    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=setup.browser(), args=["--no-sandbox"])
        for scheme in schemes:
            for width in (1440, 390):
                page = browser.new_page(
                    viewport={"width": width, "height": 1000}, color_scheme=scheme
                )
                page.on(
                    "console", lambda m: print("  console:", m.text) if m.type == "error" else None
                )
                page.on("pageerror", lambda error: print("  script:", error))
                for name in names:
                    page.goto(f"{site}/{name}.html")
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                    if wide > 0:
                        print(f"  {name} at {width}: {wide} px wider than the window")
                    if axe:
                        check(page, f"{name} {width} {scheme}")
                page.close()
        browser.close()
    server.shutdown()


def check(page, name: str) -> None:
    from axe_playwright_python.base import AXE_FILE_PATH

    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.evaluate(f"axe.run({{runOnly: {RULES}}})")
    for violation in found["violations"]:
        targets = "; ".join(str(node["target"][0]) for node in violation["nodes"][:4])
        print(f"  {name}: {violation['id']}: {violation['help']}: {targets}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--axe", action="store_true")
    parser.add_argument("--scheme", action="append", choices=["light", "dark"])
    parser.add_argument("--write-only", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    names = write(options.folder, options.pages)
    if not options.write_only:
        photograph(options.folder, names, options.scheme or ["light"], options.axe)


if __name__ == "__main__":
    main()
