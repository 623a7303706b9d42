"""The custodian's command: the key in shares, each in a file of its own, on record."""

import base64
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from randomisation.arms.role import vault
from reminet_site.context import acting
from tests.allocations import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.promise("BL-04")]


@pytest.fixture
def shares(tmp_path):
    folder = tmp_path / "shares"
    call_command("vault_key", "split", str(folder), needed=3, of=5)
    return [str(path) for path in sorted(folder.iterdir())]


def test_any_three_of_five_give_the_key_and_both_acts_are_on_record(shares, settings, capsys):
    capsys.readouterr()
    call_command("vault_key", "join", *shares[1:4])
    assert base64.b64decode(capsys.readouterr().out) == bytes(settings.VAULT_KEY)
    with acting(SYSTEM), vault() as cursor:
        cursor.execute("SELECT what, reason FROM arms.reading ORDER BY id")
        rows = cursor.fetchall()
    assert [reason for _, reason in rows] == ["split, any 3 of 5", "joined from shares"]
    assert len({what for what, _ in rows}) == 1
    assert {stat.S_IMODE(Path(path).stat().st_mode) for path in shares} == {0o600}


def test_a_check_prints_no_key(shares, settings, capsys):
    call_command("vault_key", "join", "--check", *shares[:3])
    said = capsys.readouterr().out
    assert "the one in use here" in said
    assert base64.b64encode(bytes(settings.VAULT_KEY)).decode() not in said
    settings.VAULT_KEY = b"k" * 32
    with pytest.raises(CommandError, match="not the one in use here"):
        call_command("vault_key", "join", "--check", *shares[:3])


def test_two_are_too_few_and_a_torn_one_is_named(shares, tmp_path):
    with pytest.raises(CommandError, match="3 are needed"):
        call_command("vault_key", "join", *shares[:2])
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("vault_key", "join", str(tmp_path / "none.txt"))


def test_nothing_is_written_over(shares, tmp_path):
    with pytest.raises(CommandError, match="is there already"):
        call_command("vault_key", "split", str(tmp_path / "shares"), needed=2, of=3)


def test_without_the_key_there_is_nothing_to_split(tmp_path, settings):
    settings.VAULT_KEY = b""
    with pytest.raises(CommandError, match="not in the environment"):
        call_command("vault_key", "split", str(tmp_path), needed=2, of=3)
