"""Who knows the outcome profiles, and what the demonstration may reach."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("reminet_site", "crf", "randomisation", "analysis", "simulation")
PURE = (
    "bar",
    "body",
    "centres",
    "cohort",
    "follow_up_forms",
    "history",
    "imaging",
    "marginals",
    "nature",
    "outcomes",
    "published",
    "safety",
    "screening_forms",
    "script",
    "sheets",
    "slips",
    "source_records",
    "subjects",
    "table",
)


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full names of the modules and of what is taken from them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "simulation"])
def test_nothing_else_reads_the_profiles(room: str) -> None:
    for path in sources(room):
        assert not any(name.split(".")[0] == "simulation" for name in imported(path)), path
        text = path.read_text()
        assert "outcomes.csv" not in text, path
        assert "calibrated_outcomes" not in text, path


def test_one_file_of_profiles_and_one_reader() -> None:
    files = list((ROOT / "simulation").rglob("*.csv"))
    assert [path.relative_to(ROOT).as_posix() for path in files] == ["simulation/data/outcomes.csv"]
    readers = [path.name for path in sources("simulation") if "outcomes.csv" in path.read_text()]
    assert readers == ["outcomes.py"]


def test_the_demonstration_opens_no_door() -> None:
    for path in sources("simulation"):
        assert not any(name.startswith("randomisation.arms") for name in imported(path)), path


def test_entries_are_written_by_actions_alone() -> None:
    """No model of the casebook is created or changed here, and no SQL touches it."""
    for path in sources("simulation"):
        text = path.read_text()
        for model in ("Entry", "Participant", "DataQuery", "Allocation", "Kit", "Dispensing"):
            for verb in ("create", "bulk_create", "update", "update_or_create", "delete"):
                assert f"{model}.objects.{verb}" not in text, path
        assert "INSERT INTO" not in text, path


def test_the_analysis_reads_entries_only() -> None:
    """No file on disk feeds an analysis but the definition, through the database."""
    for path in sources("analysis"):
        assert "csv.reader" not in path.read_text(), path
        assert "DictReader" not in path.read_text(), path


@pytest.mark.parametrize("name", PURE)
def test_the_script_knows_no_django(name: str) -> None:
    found = imported(ROOT / "simulation" / f"{name}.py")
    assert not any(one.split(".")[0] == "django" for one in found)
    assert not any(one.split(".")[0] == "crf" for one in found)
