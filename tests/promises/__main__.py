"""The validation pack of this build, in .local/validation.

    python -m tests.promises [--reuse] [-- arguments of pytest]

Runs the tests, then writes the report; --reuse reports the last run again. The last line counts
the promises; the exit status is 0 where none fails, every test passed, and the results are of
this build.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.promises import judge

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local" / "validation"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reuse", action="store_true", help="the last run again, without tests")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder of the report")
    parser.add_argument("pytest", nargs="*", help="arguments of pytest, after --")
    given = parser.parse_args(words)
    settle()
    from tests.promises import pack

    results_path = given.to / "results.json"
    if not given.reuse:
        run(results_path, given.pytest)
    results = json.loads(results_path.read_text())
    judged = judge.judge(judge.read_promises(ROOT / "docs" / "promises.yaml"), results)
    data = pack.pack(judged, results, definition())
    pack.write(given.to, data)
    of_this = results["build"] == pack.identity(definition())
    for line in said(judged, of_this):
        print(line)
    print(f"Report: {given.to / 'report.html'} and report.pdf")
    print(judged.last_line)
    return 0 if judged.good and of_this else 1


def settle() -> None:
    """Settings want an environment; the report reads files alone."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reminet_site.settings")
    os.environ.setdefault("SECRET_KEY", "of a report, which signs nothing")
    os.environ.setdefault("DATABASE_URL", "postgresql://app@localhost/none")
    django.setup()


def definition() -> Path:
    from django.conf import settings

    return Path(settings.DEFINITION_DIR)


def run(results_path: Path, arguments: list[str]) -> None:
    """The tests in a process of their own; what they ran on is kept beside what they found."""
    from tests.promises import pack

    results_path.parent.mkdir(parents=True, exist_ok=True)
    results_path.unlink(missing_ok=True)
    began = int(time.time())
    before = pack.identity(definition())
    plugin = ["-p", "tests.promises.plugin", "--promises-to", str(results_path)]
    subprocess.run([sys.executable, "-m", "pytest", *plugin, *arguments], cwd=ROOT, check=False)
    if not results_path.exists():
        raise SystemExit("pytest ended without results.")
    found: dict[str, Any] = json.loads(results_path.read_text())
    found |= {"build": before, "environment": pack.environment(), "began": began}
    results_path.write_text(json.dumps(found, indent=1))


def said(judged: judge.Judgement, of_this: bool) -> list[str]:
    """One line a promise that fails, and whatever else is wrong."""
    lines = [
        f"{one.promise.id} fails: {one.why}"
        for one in judged.verdicts
        if one.state == judge.FAILING
    ]
    lines += [f"{name} is no promise, and a test names it" for name in judged.unknown]
    lines += [f"failed: {one.name}: {one.reason}" for one in judged.red]
    lines += [f"not read: {name}: {why}" for name, why in judged.broken.items()]
    if not of_this:
        lines.append("These results are of another build than the sources here.")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
