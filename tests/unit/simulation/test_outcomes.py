"""The file of outcome profiles: the project's own, and files that are refused."""

from collections import Counter
from pathlib import Path

import pytest

from simulation.outcomes import OWN_FILE, BadOutcomes, parse, read

HEADING = "arm,mitt,pfs_days,pfs_event,os_days,os_event\n"


def test_own_file_has_the_published_totals() -> None:
    rows = read(OWN_FILE)
    assert Counter(one.arm for one in rows) == {"LAN": 27, "PBO": 26}
    assert Counter(one.arm for one in rows if one.mitt) == {"LAN": 26, "PBO": 24}
    assert Counter(one.arm for one in rows if one.pfs_event) == {"LAN": 17, "PBO": 19}
    assert Counter(one.arm for one in rows if one.os_event) == {"LAN": 3, "PBO": 9}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("XXX,1,10,1,20,0", "Line 3: arm is 'XXX'"),
        ("LAN,2,10,1,20,0", "Line 3: mitt is '2'"),
        ("LAN,1,ten,1,20,0", "Line 3: pfs_days is 'ten'"),
        ("LAN,1,-1,1,20,0", "Line 3: pfs_days is '-1'"),
        ("LAN,1,1.5,1,20,0", "Line 3: pfs_days is '1.5'"),
        ("LAN,1,10,,20,0", "Line 3: pfs_event is ''"),
        ("LAN,1,10,1,20", "Line 3: 5 cells"),
        ("LAN,1,99999,1,99999,0", "Line 3: pfs_days is 99999"),
        ("LAN,1,30,1,20,0", "Line 3: os_days 20 is before"),
        ("LAN,1,0,1,20,0", "Line 3: a progression on day 0"),
        ("LAN,1,20,0,20,1", "Line 3: the death on day 20 is a PFS event"),
        ("LAN,1,0,0,20,0", "Line 3: mitt is 1 without"),
        ("LAN,0,10,0,20,0", "Line 3: mitt is 0 with"),
    ],
)
def test_bad_row_is_refused_with_its_line(row: str, said: str) -> None:
    with pytest.raises(BadOutcomes, match=f"^{said}"):
        parse(f"{HEADING}PBO,1,10,1,20,0\n{row}\n")


def test_missing_column_is_named() -> None:
    with pytest.raises(BadOutcomes, match="column os_event is missing"):
        parse("arm,mitt,pfs_days,pfs_event,os_days\n")


def test_empty_file_is_refused() -> None:
    with pytest.raises(BadOutcomes, match="no participant"):
        parse(HEADING)


def test_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOutcomes, match="cannot be read"):
        read(tmp_path / "none.csv")


def test_columns_may_stand_in_any_order_and_have_company() -> None:
    (row,) = parse("os_event,os_days,note,pfs_event,pfs_days,mitt,arm\n0,20,x,1,10,1,PBO\n\n")
    assert (row.arm, row.pfs_days, row.os_days, row.line) == ("PBO", 10, 20, 2)
