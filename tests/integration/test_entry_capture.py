"""The capture of entries, written by hand since it runs all day, beside the general one."""

from reminet_site.context import because
from tests.conftest import superuser
from tests.integration.test_audit import EVERYONE, acting, entry_of, trail

GENERIC = """
CREATE TRIGGER audit_again AFTER INSERT OR UPDATE ON crf_entry FOR EACH ROW
    EXECUTE FUNCTION audit.capture('participant_id,centre_id,visit,form,number,saved_at,'
        'saved_by_id,filled,expected,visit_date,derived', 'data,comments')
"""


def test_the_capture_of_entries_writes_what_the_general_one_writes(clone):
    superuser(GENERIC, clone)
    rows = [{"id": "r1", "mm": "20.0"}, {"id": "r2"}]
    entry = entry_of({"n": 1, "sites": ["a"], "targets": rows, "gone": "x"})
    with acting(EVERYONE), because("measured again"):
        entry.data = {"n": 2, "sites": ["a", "b"], "targets": rows[:1], "new": {"missing": "nd"}}
        entry.comments = {"range/n": {"value": "2", "comment": "seen in the source"}}
        entry.version += 1
        entry.save()
    written = trail(f"relation = 'crf_entry' AND row_id = '{entry.pk}'")
    what = [(r["act"], r["item"], r["old"], r["new"], r["visit"], r["form"]) for r in written]
    assert len(what) == 30
    for first in (0, 16):  # of the insertion, of the change: each written twice, one by each
        size = (16 if first == 0 else 14) // 2
        assert what[first : first + size] == what[first + size : first + 2 * size]
