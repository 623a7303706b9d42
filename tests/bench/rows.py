"""One row of the result: ours, the reference, the ratio, and whether the goal is met."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`ratio` above 1: ours is better. `goal` and `beyond` are ratios in the same sense.

    A row without `goal` informs; a row with `skipped` was not measured, and says why.
    """

    name: str
    ours: str
    reference: str
    ratio: float | None
    goal: float | None = None
    beyond: float | None = None
    note: str = ""
    skipped: str = ""

    @property
    def met(self) -> bool | None:
        if self.goal is None or self.skipped:
            return None
        return self.ratio is not None and self.ratio >= self.goal

    def line(self) -> str:
        if self.skipped:
            return f"{self.name:42s} skipped: {self.skipped}"
        ratio = "" if self.ratio is None else f"ratio {short(self.ratio)} x"
        return f"{self.name:42s} {self.ours:>22s} {self.reference:>36s}  {ratio:15s}{self.words()}"

    def words(self) -> str:
        if self.goal is None:
            return self.note
        said = "met" if self.met else "MISSED"
        if self.met and self.beyond is not None and (self.ratio or 0) >= self.beyond:
            said = "beyond"
        return f"{said} (goal {short(self.goal)}) {self.note}".rstrip()

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


def short(number: float) -> str:
    """Three figures, never an exponent."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def rate(per_second: float) -> str:
    return f"{per_second:,.1f}/s"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.2f} ms"


def verdict(rows: list[Row]) -> str:
    """The last line of the run."""
    met = [row.name for row in rows if row.met]
    missed = [row.name for row in rows if row.met is False]
    skipped = [row.name for row in rows if row.skipped]
    parts = [f"Goals met: {len(met)} of {len(met) + len(missed)}."]
    parts += [f"Missed: {', '.join(missed)}."] if missed else []
    parts += [f"Skipped: {', '.join(skipped)}."] if skipped else []
    return " ".join(parts)
