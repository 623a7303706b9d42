"""The strata of the randomisation as analyses take them: as randomised, and as corrected since.

What was entered at randomisation stays with the allocation; a correction stands beside it. The
centre parts nobody here: it is never corrected, and centres of two or three participants would
take most of them out of the comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEFT_OUT = "centre"
AS = ("as_randomised", "as_corrected")


@dataclass(frozen=True, slots=True)
class Strata:
    """One participant's stratum, twice: "grade=G2; response=SD"."""

    as_randomised: str
    as_corrected: str


def strata_of(
    entered: Mapping[str, str] | None, corrected: Mapping[str, str] | None
) -> Strata | None:
    """`corrected` holds the latest correction of each factor that has one; None where the
    participant has no allocation."""
    if not entered:
        return None
    return Strata(named(entered), named({**entered, **(corrected or {})}))


def named(levels: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={level}" for name, level in levels.items() if name != LEFT_OUT)


def numbers(strata: Sequence[str]) -> list[int]:
    """Each one's stratum as a number, strata in the order of their names."""
    rank = {name: number for number, name in enumerate(sorted(set(strata)))}
    return [rank[name] for name in strata]
