"""Where data lie that a power cut may take."""

import pytest

from reminet_site.local import apart, pg_user
from reminet_site.local.postgres import Cluster


def home_of(folder, *, durable=True):
    return pg_user.home_of(folder, durable=durable, choose=True)


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """A place in memory, with room."""
    there = tmp_path / "memory"
    there.mkdir()
    monkeypatch.setattr(apart, "MEMORY", there)
    monkeypatch.setattr(apart, "has_room", lambda: True)
    return there


def test_they_lie_in_memory_and_stay_where_they_are(memory, monkeypatch, tmp_path):
    home = home_of(tmp_path / "test", durable=False)
    assert home.parent == memory
    assert home.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(apart, "has_room", lambda: False)
    assert home_of(tmp_path / "test", durable=False) == home
    assert home_of(tmp_path / "other", durable=False) == tmp_path / "other" / "postgres"


def test_asking_chooses_nothing(memory, tmp_path):
    assert not Cluster(tmp_path / "test", durable=False).running
    assert list(memory.iterdir()) == []
    assert not (tmp_path / "test").exists()


def test_what_must_last_lies_on_the_disk_whatever_a_note_says(memory, tmp_path):
    home_of(tmp_path / "test", durable=False)
    assert home_of(tmp_path / "test") == tmp_path / "test" / "postgres"


def test_what_lies_on_the_disk_already_stays_there(memory, tmp_path):
    (tmp_path / "test" / "postgres").mkdir(parents=True)
    assert home_of(tmp_path / "test", durable=False) == tmp_path / "test" / "postgres"


@pytest.mark.parametrize("note", ["", "memory", ".", "/", "/dev/shm/../../etc", "memory/../x"])
def test_a_note_that_was_cut_off_or_leads_elsewhere_says_nothing(memory, tmp_path, note):
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "data-in-memory").write_text(note)
    (folder / "data-apart").write_text(note)
    home = home_of(folder, durable=False)
    assert home.parent == memory
    assert home.name.startswith(apart.PREFIX)


def test_after_a_restart_of_the_machine_another_place_is_chosen(memory, monkeypatch, tmp_path):
    folder = tmp_path / "test"
    home = home_of(folder, durable=False)
    (home / apart.OWNER).unlink()
    home.rmdir()
    assert home_of(folder, durable=False) != home
    (again,) = memory.iterdir()
    (again / apart.OWNER).unlink()
    again.rmdir()
    monkeypatch.setattr(apart, "has_room", lambda: False)
    assert home_of(folder, durable=False) == folder / "postgres"


def test_removing_takes_the_data_and_the_note_and_nothing_else(memory, tmp_path):
    folder = tmp_path / "test"
    home = home_of(folder, durable=False)
    (folder / "kept").write_text("x")
    Cluster(folder, durable=False).remove()
    assert not home.exists()
    assert not (folder / "data-in-memory").exists()
    assert (folder / "kept").exists()


def test_what_nobody_can_reach_any_more_is_removed(memory, tmp_path):
    lost = home_of(tmp_path / "lost", durable=False)
    kept = home_of(tmp_path / "kept", durable=False)
    foreign = memory / f"{apart.PREFIX}of-somebody"
    foreign.mkdir()
    (tmp_path / "lost" / "data-in-memory").unlink()
    new = home_of(tmp_path / "new", durable=False)
    assert not lost.exists()
    assert kept.exists()
    assert foreign.exists()
    assert new.exists()


def test_no_memory_is_no_room(monkeypatch, tmp_path):
    monkeypatch.setattr(apart, "MEMORY", tmp_path / "none")
    assert apart.has_room() is False
    monkeypatch.setattr(apart, "MEMORY", tmp_path)
    monkeypatch.setattr(apart, "ROOM", 2**60)
    assert apart.has_room() is False
    monkeypatch.setattr(apart, "ROOM", 0)
    assert apart.has_room() is True
