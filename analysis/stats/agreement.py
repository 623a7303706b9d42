"""Do two engines agree? Compared number by number, NE only with NE."""

from collections.abc import Mapping
from dataclasses import dataclass

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Line:
    """One number by both engines. `difference` is absolute below 1 and relative above; None
    where one engine estimates what the other does not, or does not name it."""

    name: str
    ours: float | None
    theirs: float | None
    difference: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """`largest_difference` is over the numbers that both estimate; `agrees` asks that none
    exceeds the tolerance and that both find the same ones estimable. Worst lines first."""

    largest_difference: float
    tolerance: float
    agrees: bool
    lines: tuple[Line, ...]

    @property
    def disagreements(self) -> tuple[Line, ...]:
        """The lines beyond tolerance, worst first."""
        return tuple(
            line
            for line in self.lines
            if line.difference is None or line.difference > self.tolerance
        )


def agreement(
    ours: Mapping[str, float | None],
    theirs: Mapping[str, float | None],
    tolerance: float = TOLERANCE,
) -> Agreement:
    """Compare two answers to the same question."""
    names = dict.fromkeys((*ours, *theirs))
    lines = [_line(name, ours, theirs) for name in names]
    lines.sort(key=lambda line: (line.difference is not None, -(line.difference or 0.0)))
    known = [line.difference for line in lines if line.difference is not None]
    largest = max(known, default=0.0)
    agrees = len(known) == len(lines) and largest <= tolerance
    return Agreement(largest, tolerance, agrees, tuple(lines))


def _line(name: str, ours: Mapping[str, float | None], theirs: Mapping[str, float | None]) -> Line:
    one, other = ours.get(name), theirs.get(name)
    if name not in ours or name not in theirs or (one is None) != (other is None):
        return Line(name, one, other, None)
    if one is None or other is None:
        return Line(name, None, None, 0.0)
    return Line(name, one, other, abs(one - other) / max(1.0, abs(other)))
