"""Installs what the service needs into .venv, from the hashed lock files. Standard library only.

    bin/setup run             what the service needs
    bin/setup test            and what the checks need
    bin/setup test chromium   and a browser for the journeys and the screenshots

Quick where everything is there. An interrupted installation is taken up again by the next one:
the stamp with the hash of the lock files is written last.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"run": ("base", "local"), "test": ("base", "local", "test")}
OLDEST, TOO_NEW = (3, 11), (3, 15)
# The first has no window to draw: the journeys take half the time.
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PROBE = "import ensurepip, sys, venv; print(*sys.version_info[:2])"


class Stop(Exception):
    """The message says what to install, and how."""


# -- decisions ---------------------------------------------------------------------------------


def candidates(environ: dict[str, str]) -> list[str]:
    """Names of interpreters worth trying, best first; each is run before it is believed."""
    named = [environ["PYTHON"]] if environ.get("PYTHON") else []
    numbered = [f"python3.{minor}" for minor in (13, 12, 11, 14)]
    here = [getattr(sys, "_base_executable", sys.executable)]
    return list(dict.fromkeys([*named, *here, "python3", *numbered, "/usr/bin/python3"]))


def fits(said: str) -> bool:
    """Whether the probe's answer, such as `3 11`, is a version that the service runs on."""
    words = said.split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        return False
    return OLDEST <= (int(words[0]), int(words[1])) < TOO_NEW


def digest(want: str, folder: Path) -> str:
    """SHA-256 over the lock files of this set, in order."""
    sums = hashlib.sha256()
    for name in LOCKS[want]:
        sums.update((folder / f"{name}.txt").read_bytes())
    return sums.hexdigest()


def wanted(stamps: dict[str, str], want: str, folder: Path) -> bool:
    """Whether anything must be installed; the larger set contains the smaller."""
    return all(
        stamps.get(name) != digest(name, folder)
        for name in LOCKS
        if set(LOCKS[want]) <= set(LOCKS[name])
    )


# -- looking and doing -------------------------------------------------------------------------


def run(*words: object, quiet: bool = False) -> bool:
    """Run a program; where it fails, what it said is shown unless `quiet`."""
    try:
        done = subprocess.run(
            [str(word) for word in words], text=True, capture_output=True, check=False, cwd=ROOT
        )
    except OSError as error:
        if not quiet:
            print(error, file=sys.stderr)
        return False
    if done.returncode and not quiet:
        print((done.stderr or done.stdout).strip()[-3000:], file=sys.stderr)
    return done.returncode == 0


def works(python: str | Path) -> bool:
    """This interpreter starts, is of a fitting version, and can make a virtual environment."""
    try:
        done = subprocess.run(
            [str(python), "-c", PROBE], text=True, capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and fits(done.stdout)


def interpreter() -> str:
    """One that works; python3-venv is installed where that is missing and allowed."""
    for python in candidates(dict(os.environ)):
        if works(python):
            return python
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt("python3-venv")
        if works("/usr/bin/python3"):
            return "/usr/bin/python3"
    raise Stop(
        "Python is here but cannot make a virtual environment.\n"
        "On Debian or Ubuntu: sudo apt-get install python3-venv"
    )


def apt(*packages: str) -> bool:
    print(f"Installing {', '.join(packages)} (apt) ...", flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    words = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300")
    run(*words, "update", quiet=True)
    return run(*words, "install", "--no-install-recommends", *packages)


def virtual_environment(folder: Path) -> Path:
    """.venv with an interpreter that runs; a broken or half-made one is made anew."""
    python = folder / "bin" / "python"
    if works(python) and run(python, "-m", "pip", "--version", quiet=True):
        return python
    print("Making .venv ...", flush=True)
    if folder.is_symlink():
        folder.unlink()
    if not run(interpreter(), "-m", "venv", "--clear", folder):
        raise Stop(f"{folder} could not be made: see above.")
    return python


def install(python: Path, want: str) -> None:
    """The packages of this set, each checked against its hash; uv where it runs, else pip."""
    print("Installing packages into .venv (10 seconds, a minute without uv) ...", flush=True)
    files = [word for name in LOCKS[want] for word in ("-r", f"requirements/{name}.txt")]
    pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes")
    uv = python.parent / "uv"
    if run(*pip, "-r", "requirements/setup.txt", quiet=True) and run(
        uv, "pip", "install", "-q", "--python", python, "--require-hashes", *files, quiet=True
    ):
        return
    if not run(*pip, *files):
        raise Stop(
            "The packages could not be installed: see above. Is the network there? "
            "The next try goes on where this one ended."
        )


def browser() -> str | None:
    """The browser of the journeys and the screenshots, the quickest that is there."""
    found = (shutil.which(name) for name in CHROMIUM)
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def chromium(first: bool) -> None:
    """A browser for the journeys; Debian's, since the one of playwright is downloaded. Where a
    slower one is there, the quick one is asked for the first time alone."""
    there = browser()
    if there and (not first or os.environ.get("CHROMIUM") or there.endswith(CHROMIUM[0])):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for name in CHROMIUM[:2]:
            if apt(name, "fonts-liberation"):
                return
    if there:
        return
    raise Stop(
        "The journeys and the screenshots need Chromium.\n"
        f"On Debian: sudo apt-get install {CHROMIUM[0]}   (elsewhere: CHROMIUM=/path/to/chrome)\n"
        "`make test-quick` does without it."
    )


def catalogues(python: Path) -> None:
    """Translations are compiled; those that are newer than their source are left alone."""
    for source in ROOT.glob("*/locale/*/LC_MESSAGES/*.po"):
        made = source.with_suffix(".mo")
        if made.exists() and made.stat().st_mtime >= source.stat().st_mtime:
            continue
        if not run(python, "-m", "babel.messages.frontend", "compile", "-i", source, "-o", made):
            raise Stop(f"The translations in {source.relative_to(ROOT)} could not be compiled.")


def stamps(folder: Path) -> dict[str, str]:
    files = {want: folder / f"installed-{want}" for want in LOCKS}
    return {want: file.read_text() for want, file in files.items() if file.exists()}


def starts(python: Path) -> bool:
    return Path(sys.prefix).resolve() == python.parent.parent.resolve() or run(
        python, "-c", "", quiet=True
    )


def set_up(want: str, with_browser: bool) -> None:
    folder = ROOT / ".venv"
    python = folder / "bin" / "python"
    if wanted(stamps(folder), want, ROOT / "requirements") or not starts(python):
        with open(ROOT / "requirements" / "setup.txt") as lock:
            fcntl.flock(
                lock, fcntl.LOCK_EX
            )  # a second set-up waits for the first, then finds it done
            if wanted(stamps(folder), want, ROOT / "requirements") or not starts(python):
                python = virtual_environment(folder)
                install(python, want)
                (folder / f"installed-{want}").write_text(digest(want, ROOT / "requirements"))
    catalogues(python)
    if with_browser:
        asked = folder / "browser-asked"
        chromium(first=not asked.exists())
        asked.touch()


def main(words: list[str]) -> int:
    want = "test" if "test" in words else "run"
    try:
        set_up(want, with_browser="chromium" in words)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next try goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
