"""Choosing an interpreter and knowing when nothing must be installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from reminet_site.local import setup


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("3 11", True),
        ("3 14\n", True),
        ("3 10", False),
        ("3 15", False),
        ("", False),
        ("no", False),
    ],
)
def test_fits_only_versions_that_the_service_runs_on(said, good):
    assert setup.fits(said) is good


def test_a_named_interpreter_is_tried_first_and_each_once():
    names = setup.candidates({"PYTHON": "/opt/python"})
    assert names[0] == "/opt/python"
    assert len(names) == len(set(names))


def shim(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_does_not_run_is_not_believed(tmp_path):
    assert not setup.works(shim(tmp_path, "python3", "exit 127"))
    assert not setup.works(tmp_path / "absent")


def test_an_interpreter_without_ensurepip_is_not_believed(tmp_path):
    assert not setup.works(
        shim(tmp_path, "python3", 'echo "No module named ensurepip" >&2; exit 1')
    )


def test_no_interpreter_and_no_leave_to_install_gives_a_sentence(monkeypatch):
    monkeypatch.setattr(setup, "works", lambda python: False)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    with pytest.raises(setup.Stop, match="sudo apt-get install python3-venv"):
        setup.interpreter()


def test_no_browser_and_no_leave_to_install_gives_a_sentence(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    with pytest.raises(setup.Stop, match="make test-quick"):
        setup.chromium(first=False)


BROWSERS = {
    "none": ("", ["chromium-headless-shell"]),
    "a slow one": ("chromium", ["chromium-headless-shell"]),
    "the quick one": ("chromium-headless-shell", []),
}


@pytest.mark.parametrize(("there", "asked"), BROWSERS.values(), ids=BROWSERS.keys())
def test_the_quick_browser_is_asked_for_the_first_time(monkeypatch, there, asked):
    found = []
    monkeypatch.delenv("CHROMIUM", raising=False)
    known = {there, "apt-get"}
    monkeypatch.setattr(setup.shutil, "which", lambda name: f"/b/{name}" if name in known else None)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup, "apt", lambda name, *more: found.append(name) or True)
    setup.chromium(first=True)
    assert found == asked


def test_afterwards_the_browser_that_is_there_will_do(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    slow = {"chromium": "/b/chromium", "apt-get": "/b/apt-get"}
    monkeypatch.setattr(setup.shutil, "which", slow.get)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup, "apt", lambda *packages: pytest.fail("nothing is to be installed"))
    setup.chromium(first=False)
    assert setup.browser() == "/b/chromium"


@pytest.fixture
def locks(tmp_path):
    for name in ("base", "local", "test"):
        (tmp_path / f"{name}.txt").write_text(name)
    return tmp_path


def test_nothing_is_wanted_once_the_stamp_matches(locks):
    assert setup.wanted({}, "run", locks)
    assert not setup.wanted({"run": setup.digest("run", locks)}, "run", locks)


def test_what_the_checks_need_contains_what_the_service_needs(locks):
    stamps = {"test": setup.digest("test", locks)}
    assert not setup.wanted(stamps, "run", locks)
    assert setup.wanted({"run": setup.digest("run", locks)}, "test", locks)


def test_a_changed_lock_file_is_installed_again(locks):
    stamps = {"run": setup.digest("run", locks)}
    (locks / "local.txt").write_text("newer")
    assert setup.wanted(stamps, "run", locks)


@pytest.fixture
def launcher(tmp_path):
    """bin/setup in a folder of its own, where every python3 on PATH is a shim that does not run."""
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        shim(tmp_path, name, "exit 127")
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    text = (setup.ROOT / "bin" / "setup").read_text()
    copy = tmp_path / "bin" / "setup"
    copy.parent.mkdir()
    copy.write_text(text.replace("/usr/bin/python3 /usr/local/bin/python3", ""))
    script = tmp_path / "reminet_site" / "local" / "setup.py"
    script.parent.mkdir(parents=True)
    script.write_text("import sys; print('set up', *sys.argv[1:])")

    def launch():
        words = ["/bin/sh", str(copy), "test"]
        path = {"PATH": str(tmp_path)}
        return subprocess.run(words, env=path, capture_output=True, text=True, check=False)

    return launch


def test_the_launcher_says_what_to_install_where_only_shims_are_there(launcher):
    done = launcher()
    assert done.returncode == 1
    assert "sudo apt-get install python3 python3-venv" in done.stderr


def test_the_launcher_passes_over_shims_to_one_that_runs(launcher, tmp_path):
    shim(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')
    assert launcher().stdout == "set up test\n"


@pytest.mark.parametrize("name", ["setup", "base", "local", "test"])
def test_lock_files_name_no_host_and_carry_hashes(name):
    text = (setup.ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
    assert pins
    assert all(line.rstrip().endswith("\\") for line in pins)
