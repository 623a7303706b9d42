"""The vault's key on paper, in shares. Needs VAULT_KEY in the environment (`join` alone does not).

manage.py vault_key split folder --needed 3 --of 5   one file a share, to print and hand over
manage.py vault_key join share-1.txt share-4.txt ... the key, for the environment
manage.py vault_key join --check share-1.txt ...     only whether they give the key in use
"""

import base64
import getpass
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from randomisation import key_shares
from randomisation.arms.doors import custody
from randomisation.key_shares import ShareError
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        split = acts.add_parser("split", help="one file a share")
        split.add_argument("folder", type=Path)
        split.add_argument("--needed", type=int, required=True, help="how many give the key back")
        split.add_argument("--of", type=int, required=True, help="how many are made")
        join = acts.add_parser("join", help="the key, from shares")
        join.add_argument("files", type=Path, nargs="+")
        join.add_argument("--check", action="store_true", help="say whether, and print no key")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        by = Actor.system(f"custodian {getpass.getuser()}")
        try:
            {"split": self.split, "join": self.join}[act](by, **options)
        except (Refusal, ShareError) as said:
            raise CommandError(str(said)) from None

    def split(self, by: Actor, folder: Path, needed: int, of: int, **options: Any) -> None:
        """Each share is written and read again, before anybody relies on them."""
        material = bytes(settings.VAULT_KEY)
        if not material:
            raise Refusal("VAULT_KEY is not in the environment: there is nothing to split.")
        shares = key_shares.split(material, needed, of)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = {folder / f"share-{share.x}.txt": key_shares.write(share) for share in shares}
        if there := [path for path in files if path.exists()]:
            raise Refusal(f"{there[0]} is there already. Choose an empty folder.")
        with acting(by):
            custody.note_key(shares[0].key, by=by, reason=f"split, any {needed} of {of}")
        for path, text in files.items():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
        again = [key_shares.read(path.read_text()) for path in files]
        if any(key_shares.join(again[at:] + again[:at]) != material for at in range(of)):
            raise Refusal("The shares do not give the key back. Delete them; nothing was lost.")
        self.stdout.write(
            f"{of} shares of key {shares[0].key} in {folder}, any {needed} give it back. Print "
            "each, hand them to different persons, and delete the files."
        )

    def join(self, by: Actor, files: list[Path], check: bool, **options: Any) -> None:
        try:
            material = key_shares.join([key_shares.read(file.read_text()) for file in files])
        except (OSError, UnicodeDecodeError) as error:
            raise Refusal(f"A share cannot be read: {error}.") from None
        name = key_shares.name_of(material)
        if not check:
            with acting(by):
                custody.note_key(name, by=by, reason="joined from shares")
            self.stdout.write(base64.b64encode(material).decode())
        elif not settings.VAULT_KEY:
            self.stdout.write(f"The shares give key {name}; no key is in use here to compare.")
        elif material != bytes(settings.VAULT_KEY):
            raise Refusal(f"The shares give key {name}, which is not the one in use here.")
        else:
            self.stdout.write(f"The shares give key {name}, the one in use here.")
