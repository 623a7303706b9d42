"""The bench's forms of 40 and 60 items: as the definition has them, and as a browser posts them.

Every item type of a scalar item is there. One check in four items; two of them look at other
entries of the casebook (the consent, the visit before).
"""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

TODAY = datetime.now(UTC).date()
CODES = {"yesno": ["yes", "no"], "performance": ["0", "1", "2", "3", "4"]}
KINDS: tuple[dict[str, Any], ...] = (
    {"type": "decimal", "precision": 1, "unit": "kg", "hard": [20, 300], "soft": [35, 150]},
    {"type": "integer", "unit": "mmHg", "hard": [20, 280], "soft": [30, 250]},
    {"type": "yesno", "codes": CODES["yesno"]},
    {"type": "choice", "codelist": "performance", "codes": CODES["performance"]},
    {"type": "decimal", "precision": 1, "hard": [0, 1000], "soft": [1, 500], "unit": "g/L"},
    {"type": "text"},
    {"type": "integer", "hard": [0, 20000], "soft": [3, 2500], "unit": "U/L"},
    {"type": "time"},
)
# Two sets of answers that pass every check; every item differs between them.
TYPED = {
    "date": (str(TODAY - timedelta(days=8)), str(TODAY - timedelta(days=7))),
    "time": ("14:30", "14:45"),
    "integer": ("101", "104"),
    "decimal": ("61.5", "62.5"),
    "yesno": ("yes", "no"),
    "choice": ("0", "1"),
    "text": ("Nothing of note on this day.", "Somewhat better than on the day before."),
}


def items(count: int) -> list[dict[str, Any]]:
    """The items: a date, then the kinds in turn."""
    made: list[dict[str, Any]] = [{"name": "visited_on", "type": "date"}]
    for place in range(1, count):
        made.append({"name": f"item_{place:02d}", **KINDS[(place - 1) % len(KINDS)]})
    return made


def checks(count: int) -> list[dict[str, Any]]:
    numbers = [item["name"] for item in items(count) if item["type"] == "decimal"]
    rules = [
        ("after_consent", "visited_on", "visited_on >= visits.SCR.CONSENT.consent_date"),
        ("jump", numbers[0], f"absolute({numbers[0]} - previous.{numbers[0]}) <= 30"),
    ]
    for place in range(count // 4 - 2):
        one, other = numbers[place % len(numbers)], numbers[(place + 1) % len(numbers)]
        rules.append((f"rule_{place}", one, f"absolute({one} - {other}) <= {100 + place}"))
    return [
        {
            "name": name,
            "severity": "soft",
            "item": item,
            "must": rule,
            "sentence": {"en": f"{{{item}}} does not fit.", "fr": f"{{{item}}} ne convient pas."},
        }
        for name, item, rule in rules
    ]


def form(name: str, count: int) -> dict[str, Any]:
    """The form's file, in five sections."""
    made = items(count)
    for item in made:
        item.pop("codes", None)
        item["label"] = {"en": item["name"].replace("_", " "), "fr": item["name"]}
    made[0]["missing"] = []
    size = -(-count // 5)
    sections = [
        {
            "name": f"part_{place}",
            "title": {"en": f"Part {place}", "fr": f"Partie {place}"},
            "items": made[place * size : (place + 1) * size],
        }
        for place in range(5)
    ]
    return {
        "form": name,
        "title": {"en": f"{count} items", "fr": f"{count} items"},
        "version": "1.0",
        "dated_by": "visited_on",
        "sections": sections,
        "checks": checks(count),
    }


def write_definition(source: Path, folder: Path) -> None:
    """REMINET's definition with BENCH40 and BENCH60 among the forms of each assessment."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    for count in (40, 60):
        plain = json.loads(json.dumps(form(f"BENCH{count}", count)))  # no object twice: no anchors
        text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
        (folder / "forms" / f"bench{count}.yaml").write_text(text)
    path = folder / "visits.yaml"
    text = path.read_text()
    path.write_text(text.replace("[VITALS, LAB]", "[VITALS, LAB, BENCH40, BENCH60]"))


def typed(count: int, side: int, changing: int | None = None, rest: int = 0) -> dict[str, str]:
    """What is posted; side 0 or 1. Where `changing` is given, only the first so many items are of
    that side, the others of the side `rest`."""
    sides = [side if changing is None or n < changing else rest for n in range(count)]
    return {item["name"]: TYPED[item["type"]][s] for item, s in zip(items(count), sides)}


def kept(count: int, side: int) -> dict[str, Any]:
    """The same as answers of an entry."""
    found: dict[str, Any] = {}
    for item in items(count):
        value: Any = TYPED[item["type"]][side]
        found[item["name"]] = int(value) if item["type"] == "integer" else value
    return found
