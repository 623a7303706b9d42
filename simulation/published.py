"""The published table, as printed, and the figures computed from entries beside it."""

from __future__ import annotations

from dataclasses import dataclass

# Label, arm or "all", printed value. Source: the published results of PRODIGE 31 REMINET. Regimen
# shares are left out: their printed percentages contradict their printed counts.
PUBLISHED: tuple[tuple[str, str, str], ...] = (
    ("randomised", "LAN", "27"),
    ("randomised", "PBO", "26"),
    ("randomised", "all", "53"),
    ("G2", "all", "43 (81.1 %)"),
    ("metastatic", "all", "48 (90.6 %)"),
    ("first line: temozolomide", "all", "28"),
    ("first line: dacarbazine", "all", "10"),
    ("first line: streptozotocin", "all", "7"),
    ("first line: oxaliplatin", "all", "6"),
    ("first line: sunitinib", "all", "2"),
    ("first line, months, median (range)", "all", "4.6 (2.0-7.7)"),
    ("stable at randomisation", "all", "43 (81.1 %)"),
    ("partial response at randomisation", "all", "10"),
    ("earlier somatostatin analogue", "LAN", "4"),
    ("earlier somatostatin analogue", "PBO", "5"),
    ("alive without progression at 6 months, 90 % CI", "LAN", "19/26 = 73.1 (55.3; 86.6)"),
    ("alive without progression at 6 months, 90 % CI", "PBO", "13/24 = 54.2 (35.8; 71.8)"),
    ("median PFS, months (95 % CI)", "LAN", "19.4 (7.6; 32.6)"),
    ("median PFS, months (95 % CI)", "PBO", "7.6 (3.0; 9.0)"),
    ("median OS, months", "LAN", "NE"),
    ("median OS, months", "PBO", "41.9"),
    ("median follow-up, months (95 % CI)", "all", "27.0 (19.5; 31.2)"),
    ("participants with a grade 3-4 event", "LAN", "9"),
    ("participants with a grade 3-4 event", "PBO", "6"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A figure computed, and the published one where there is one."""

    label: str
    column: str
    computed: str
    published: str | None = None

    @property
    def agrees(self) -> bool:
        return self.published is None or self.published == self.computed


def beside(computed: dict[tuple[str, str], str]) -> list[Line]:
    """Every published figure with its computed twin; "absent" where none was computed."""
    return [
        Line(label, column, computed.get((label, column), "absent"), printed)
        for label, column, printed in PUBLISHED
    ]
