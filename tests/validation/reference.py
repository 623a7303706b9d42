"""Reference data that lies beside the repository: a test that needs it skips where it is absent."""

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "reference"
FIXTURES = Path(__file__).resolve().parent / "fixtures"


def reference(name: str) -> Path:
    """The path of a reference file; skips the test, saying so, where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"../shared/reference/{name} is not here")
    return path


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
