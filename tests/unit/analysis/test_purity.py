"""analysis.stats and analysis.derivation are pure: what they import says so."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STATISTICS = sorted((ROOT / "analysis" / "stats").glob("*.py"))
DERIVATION = sorted((ROOT / "analysis" / "derivation").glob("*.py"))
PLAIN = {
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "math",
    "statistics",
    "typing",
    "warnings",
}


def imported(path: Path, top_level_only: bool) -> set[str]:
    """The modules that a file imports, by their full names."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            found.add(node.module or "")
    return found


def allowed(module: str, own: tuple[str, ...]) -> bool:
    return module.split(".")[0] in PLAIN | {"numpy", "scipy"} or module.startswith(own)


@pytest.mark.parametrize("path", STATISTICS, ids=lambda path: path.stem)
def test_statistics_import_numbers_only(path: Path) -> None:
    assert all(allowed(module, ("analysis.stats.",)) for module in imported(path, True))
    inside = imported(path, False) - imported(path, True)
    assert not inside or path.stem == "second_engine", "only the second engine imports late"
    assert {module.split(".")[0] for module in inside} <= {"lifelines", "pandas"}


@pytest.mark.parametrize("path", DERIVATION, ids=lambda path: path.stem)
def test_derivations_import_statistics_and_plain_python(path: Path) -> None:
    own = ("analysis.stats.", "analysis.derivation.")
    assert all(allowed(module, own) for module in imported(path, False))


@pytest.mark.parametrize("path", [*STATISTICS, *DERIVATION], ids=lambda path: path.stem)
def test_no_clock_and_no_chance(path: Path) -> None:
    text = path.read_text()
    for word in (".now(", ".today(", "np.random", "default_rng", " open("):
        assert word not in text, f"{path.name}: {word}"
