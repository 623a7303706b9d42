"""python -m reminet_site.local demo|run|up|down|status|env|psql|checks|headline|bench|forget"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .broker import Broker
from .environment import DEMO, EMPTY, ROOT, ensure_services, environment, folder
from .pg_user import wheel
from .postgres import Cluster
from .processes import alive
from .programs import python_words
from .supervisor import Supervisor, running_supervisor
from .throwaway import run_all, run_command
from .trouble import Trouble

DJANGO_CHECKS = [["check", "--fail-level", "WARNING"], ["makemigrations", "--check", "--dry-run"]]


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m reminet_site.local", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, help_text in (
        ("demo", "the demonstration trial, built on first use"),
        ("run", "an empty trial; asks for the first administrator"),
    ):
        verb = verbs.add_parser(name, help=help_text)
        verb.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 0) or None)
    for name, help_text in (
        ("up", "PostgreSQL and the broker, left running"),
        ("down", "end everything that runs in this folder"),
        ("status", "what runs, and where"),
        ("env", "the variables, as lines for a shell (they hold passwords)"),
        ("psql", "PostgreSQL's own prompt, as the owner"),
        ("checks", "Django's own checks: settings, models, migrations"),
        ("forget", "remove the demonstration, so that the next `demo` builds it anew"),
    ):
        verb = verbs.add_parser(name, help=help_text)
        verb.add_argument("--database", default=os.environ.get("REMINET_DATABASE") or EMPTY)
    for name, help_text in (
        ("headline", "the published table, from nothing, on a database thrown away afterwards"),
        ("bench", "speed, measured beside the references, on servers thrown away afterwards"),
    ):
        verbs.add_parser(name, help=help_text, add_help=False).set_defaults(rest=True)
    known, rest = parser.parse_known_args(words)
    if rest and known.verb not in {"headline", "bench"}:
        parser.error(f"not understood: {' '.join(rest)}")
    known.rest = rest
    return known


def down(root: Path = ROOT) -> None:
    """The supervisor, if any, ends what it started; then the servers, the tests' one too."""
    home = folder(root)
    pid = running_supervisor(home).get("pid")
    if isinstance(pid, int) and alive(pid) and pid != os.getpid():
        os.kill(pid, 15)
        for _ in range(600):
            if not alive(pid):
                break
            time.sleep(0.1)
    Broker(home).stop()
    Cluster(home).stop()
    Cluster(home / "test", durable=False).remove()  # made anew in a few seconds


def status(root: Path = ROOT) -> None:
    home = folder(root)
    facts = running_supervisor(home)
    print("service     ", facts.get("url") or ("starting" if facts else "not running"))
    servers = {"PostgreSQL": Cluster(home), "tests' one": Cluster(home / "test", durable=False)}
    for name, cluster in servers.items():
        print(f"{name:12s}", f"127.0.0.1:{cluster.port}" if cluster.running else "not running")
    print("broker      ", "running" if Broker(home).running else "not running")


def forget(root: Path = ROOT) -> None:
    if running_supervisor(folder(root)):
        raise Trouble("The service is running: end it first with Ctrl-C or `make down`.")
    cluster = Cluster(folder(root)).ensure()
    cluster.psql(f'DROP DATABASE IF EXISTS "{DEMO}" WITH (FORCE)')
    cluster.stop()
    shutil.rmtree(folder(root) / "files" / DEMO, ignore_errors=True)
    print("The demonstration is gone; `make demo` builds it anew.")


def psql(database: str, root: Path = ROOT) -> int:
    ensure_services(root, database)
    address = environment(database, root).get("OWNER_DATABASE_URL") or os.environ.get(
        "OWNER_DATABASE_URL", ""
    )
    password_free, password = without_password(address)
    words = [str(wheel() / "bin" / "psql"), password_free]
    return subprocess.run(words, env=os.environ | {"PGPASSWORD": password}, check=False).returncode


def without_password(address: str) -> tuple[str, str]:
    """The address for a command line, and the password for the environment."""
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(address)
    bare = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@", 1))
    return bare.geturl(), unquote(parts.password or "")


def act(chosen: argparse.Namespace) -> int:
    verb = chosen.verb
    if verb in {"demo", "run"}:
        return Supervisor(demo=verb == "demo", port=chosen.port).run()
    if verb == "headline":
        return run_command(ROOT, verb, chosen.rest, durable=False)
    if verb == "bench":  # starts servers of its own
        words = [*python_words(ROOT), "-m", "tests.bench", *chosen.rest]
        return subprocess.run(words, cwd=ROOT, check=False).returncode
    if verb == "checks":
        return run_all(ROOT, DJANGO_CHECKS)
    if verb == "psql":
        return psql(chosen.database)
    if verb == "up":
        ensure_services(ROOT, chosen.database)
        status()
    elif verb == "env":
        ensure_services(ROOT, chosen.database)
        for name, value in environment(chosen.database).items():
            print(f"export {name}={shlex.quote(value)}")
    else:
        {"down": down, "status": status, "forget": forget}[verb]()
    return 0


def main() -> int:
    try:
        return act(arguments(sys.argv[1:]))
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
