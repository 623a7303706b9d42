"""A backup is brought back into an empty database, and compared with what it says it holds."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader

from reminet_site.backup import facts, make, pieces, programs, sealed
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import Restoration, Session
from reminet_site.trail import verify
from reminet_site.trail.export import lines

ACTOR = Actor.system("restore")
APART = "restored"  # the folder, in DATA_DIR, of what a restore must not put in its old place


@dataclass(frozen=True)
class Restored:
    manifest: dict[str, Any]
    rows: int
    files: int
    trail: str
    waiting: list[str]  # migrations of this build that the backup does not have
    seconds: dict[str, float]


def read(path: Path) -> tuple[dict[str, Any], str]:
    """(manifest, SHA-256) of a backup whose every byte was checked; refused with what is wrong."""
    try:
        with path.open("rb") as file:
            manifest = pieces.check(sealed.opened(file, make.keys()))
        with path.open("rb") as file:
            return manifest, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refusal(f"{path} can't be read: {error.strerror}.") from None
    except sealed.Damaged as said:
        raise Refusal(str(said)) from None


def check_target(manifest: dict[str, Any]) -> list[str]:
    """Migrations that are still to run afterwards; refused where the place is not empty."""
    with connections["owner"].cursor() as cursor:
        tables = facts.lines(cursor, facts.TABLES)
        name = facts.lines(cursor, "SELECT current_database()")[0]
        roles = facts.lines(cursor, "SELECT rolname FROM pg_roles")
    if tables:
        raise Refusal(
            f"Nothing was restored. The database {name} is not empty ({len(tables)} tables): a "
            "backup goes into an empty one."
        )
    if not {"owner", "app", "vault"} <= set(roles):
        raise Refusal("Nothing was restored. Make the roles first: reminet_site/local/roles.sql.")
    there = {piece["name"].removeprefix(make.FILES): piece for piece in manifest["pieces"]}
    for path in make.own_files():
        piece = there.get(str(path.relative_to(settings.DATA_DIR)))
        if piece and hash_of(path) != piece["sha256"]:
            raise Refusal(
                f"Nothing was restored. {path} is there and is not the backup's: name an empty "
                "DATA_DIR."
            )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(set(manifest["migrations"]) - known)
    if newer:
        raise Refusal(
            f"Nothing was restored. The backup was made by a newer build, {manifest['build'][:12]}"
            f" ({newer[0]} is not known here): restore it with that one."
        )
    return sorted(known - set(manifest["migrations"]))


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(path: Path, tell: Callable[[str], None] = lambda text: None) -> Restored:
    """The database and the files are the backup's; nobody is randomised before a reconciliation.

    Every byte is checked before the first is written. The role app cannot sign in until the rows
    were compared and the restoration is noted.
    """
    took: dict[str, float] = {}
    began = time.monotonic()

    def step(name: str, text: str) -> None:
        took[name] = round(time.monotonic() - began - sum(took.values()), 2)
        tell(text)

    try:
        manifest, sha256 = read(path)
    except Refusal as said:
        raise Refusal(f"Nothing was restored. {said.sentence}") from None
    waiting = check_target(manifest)
    step("check", f"{path.name} is whole.")
    service(may_sign_in=False)
    files = load(path)
    step("load", f"The database and {files} files are loaded.")
    rows = compare(manifest)
    step("compare", f"{rows:,} rows in {len(manifest['database']['tables'])} tables are the same.")
    note(path.name, sha256, manifest["made_at"])
    service(may_sign_in=True)
    trail = verified()
    step("verify", f"The audit trail is {trail}.")
    return Restored(manifest, rows, files, trail, waiting, took)


def service(*, may_sign_in: bool) -> None:
    word = (
        "GRANT CONNECT ON DATABASE {} TO app"
        if may_sign_in
        else "REVOKE CONNECT ON DATABASE {} FROM app"
    )
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(word.format(owner.ops.quote_name(owner.settings_dict["NAME"])))


def load(path: Path) -> int:
    """Database and files, from the checked file; how many files."""
    files = 0

    def take(name: str, body: Iterable[bytes]) -> None:
        nonlocal files
        if name == make.DUMP:
            options = ("--exit-on-error", "--single-transaction")
            with programs.fed(*programs.words("pg_restore", *options)) as running:
                programs.feed(running, body)
        elif name.startswith(make.FILES):
            put(Path(settings.DATA_DIR), name.removeprefix(make.FILES), body)
            files += 1
        else:
            put(Path(settings.DATA_DIR) / APART, name, body)

    connections["owner"].close()
    with path.open("rb") as file:
        pieces.check(sealed.opened(file, make.keys()), take)
    return files


def put(folder: Path, name: str, body: Iterable[bytes]) -> None:
    target = (folder / name).resolve()
    if folder.resolve() not in target.parents:
        raise Refusal(f"The backup names a file outside its folder: {name}.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{target.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for block in body:
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, target)


def compare(manifest: dict[str, Any]) -> int:
    """How many rows there are; refused, with each difference, where one is not the backup's."""
    with transaction.atomic(using="owner"):
        found = facts.of_database()
    told = facts.differences(manifest["database"], found)
    if told:
        raise Refusal(
            f"Restored, but not what was backed up: {'; '.join(told[:5])}. The service can't sign "
            "in to this database."
        )
    return sum(table["rows"] for table in found["tables"].values())


def note(name: str, sha256: str, made_at: str | None) -> None:
    """Allocation and dispensing wait; everybody signs in again; the act is in the trail."""
    with acting(ACTOR, using="owner"):
        Restoration.objects.using("owner").create(
            restored_at=now(), backup_at=made_at, source=name[:200], sha256=sha256
        )
        Session.objects.using("owner").all().delete()
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT audit.act('restore', %s, NULL, NULL, %s)",
                [name, f"SHA-256 {sha256}" if sha256 else ""],
            )


def verified() -> str:
    """What the stand-alone verifier says of the trail and the anchors that were restored."""
    connections["default"].close()
    with tempfile.TemporaryDirectory() as folder:
        trail = Path(folder) / "trail.jsonl"
        with acting(ACTOR), trail.open("w") as file:
            file.writelines(f"{line}\n" for line in lines())
        anchors = Path(settings.DATA_DIR) / "anchors"
        try:
            return str(verify.check(trail, [anchors] if anchors.is_dir() else [], set()))
        except verify.Bad as wrong:
            raise Refusal(f"Restored, but the audit trail is bad: {wrong}.") from None
