"""What the custodian of the lists does. Needs the key of the vault in the environment.

manage.py custody import-list list.csv --sha256 ... --ratio 1:1
manage.py custody append-list more.csv --sha256 ... --ratio 1:1 --by a@... --second b@...
manage.py custody check                 run every decision again and compare
manage.py custody envelopes folder      one sealed envelope a participant, to print
manage.py custody sealed-envelopes file the same in one file under a passphrase; where the service
                                        is down, randomisation/envelopes.py opens one of them
manage.py custody opened file.opened    record the envelopes that were opened meanwhile
manage.py custody rotate-key            seal all again with the first key of VAULT_KEY
"""

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from crf.models import Participant
from randomisation import envelopes, unblinding
from randomisation.arms.doors import custody
from randomisation.envelopes import EnvelopeError
from randomisation.management.commands.reconcile import acts_as, person
from randomisation.methods.imported_list import LARGEST, ImportedList, ListDefect, parse
from randomisation.methods.plan import Plan
from randomisation.models import Allocation, Scheme
from reminet_site import build
from reminet_site.audit import note
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import Centre
from reminet_site.roles import Verb


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for name, words in (("import-list", "seal a list"), ("append-list", "add places to it")):
            lists = acts.add_parser(name, help=words)
            lists.add_argument("file", type=Path)
            lists.add_argument("--sha256", required=True, help="as announced by the list's maker")
            lists.add_argument("--ratio", default="1:1", help="the split that the list must show")
        lists.add_argument("--by", required=True, help="e-mail of a custodian")
        lists.add_argument("--second", required=True, help="e-mail of another person who agrees")
        acts.add_parser("check", help="run every decision again from its recorded bytes")
        envelopes = acts.add_parser("envelopes", help="one file a participant")
        envelopes.add_argument("folder", type=Path)
        acts.add_parser("sealed-envelopes", help="one sealed file").add_argument("file", type=Path)
        acts.add_parser("opened", help="record opened envelopes").add_argument("file", type=Path)
        acts.add_parser("rotate-key", help="seal again what a retired key sealed")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        by = Actor.system(f"custodian {getpass.getuser()}")
        acts = {
            "import-list": self.import_list,
            "append-list": self.append_list,
            "check": self.check,
            "envelopes": self.envelopes,
            "sealed-envelopes": self.sealed_envelopes,
            "opened": self.opened,
            "rotate-key": self.rotate,
        }
        try:
            acts[act](by, **options)
        except (Refusal, ListDefect, EnvelopeError) as said:
            raise CommandError(str(said)) from None

    def import_list(self, by: Actor, file: Path, sha256: str, ratio: str, **options: Any) -> None:
        with acting(by):
            scheme = the_scheme()
            made = parsed(scheme, file, sha256, ratio)
            places = custody.import_list(scheme.name, made, by=by)
        self.stdout.write(f"{places} places sealed, SHA-256 {made.sha256}.")

    def append_list(
        self, _: Actor, file: Path, sha256: str, ratio: str, second: str, **options: Any
    ) -> None:
        """Two persons, each with a password: a custodian, and one who agrees."""
        by = Actor.of(person(options["by"]), Verb.CUSTODY)
        other = acts_as(person(second), confirms=True)
        if other.user_id == by.user_id:
            raise Refusal("The second person is somebody else than the first.")
        with transaction.atomic(), acting(by):
            scheme = the_scheme()
            made = parsed(scheme, file, sha256, ratio)
            places = custody.append_list(scheme.name, made, by=by, second=other.name)
            what = f"{places} places, SHA-256 {made.sha256}, agreed by {other.name}"
            note("append_list", scheme.name, detail=what)
        self.stdout.write(f"{places} places added, SHA-256 {made.sha256}.")

    def check(self, by: Actor, **options: Any) -> None:
        with acting(by):
            scheme = the_scheme()
            strata = dict(
                Allocation.objects.filter(scheme=scheme).values_list(
                    "randomisation_number", "strata"
                )
            )
            verdict = custody.check(scheme.name, Plan.from_json(scheme.plan), strata, by=by)
        if verdict.differ or verdict.allocations != len(strata):
            raise CommandError(
                f"{verdict.allocations} sealed, {len(strata)} on the blind side; "
                f"these do not follow from their record: {', '.join(verdict.differ) or 'none'}."
            )
        self.stdout.write(f"{verdict.allocations} allocations, each follows from its record.")

    def envelopes(self, by: Actor, folder: Path, **options: Any) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with acting(by):
            arms = custody.envelopes(the_scheme().name, by=by)
        made = now()
        for number, arm in arms.items():
            path = folder / f"{number}.txt"
            path.touch(mode=0o600)
            path.write_text(
                f"Randomisation number {number}\nArm {arm}\n\n"
                "Open in an emergency only, and tell the sponsor that it was opened.\n"
                f"Written {made:%Y-%m-%d %H:%M} UTC, build {build.commit()}.\n"
            )
        self.stdout.write(f"{len(arms)} envelopes in {folder}. Print, seal, and delete the files.")

    def sealed_envelopes(self, by: Actor, file: Path, **options: Any) -> None:
        passphrase = getpass.getpass("Passphrase: ")
        if getpass.getpass("Again: ") != passphrase:
            raise Refusal("The passphrases differ.")
        with acting(by):
            arms = custody.envelopes(the_scheme().name, by=by)
        file.touch(mode=0o600)
        file.write_text(envelopes.seal(arms, passphrase))
        self.stdout.write(f"{len(arms)} envelopes in {file}. Keep a copy off this machine.")

    def opened(self, by: Actor, file: Path, **options: Any) -> None:
        lines = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
        done = 0
        for line in lines:
            with transaction.atomic(), acting(by):
                participant = Participant.objects.filter(
                    randomisation_number=line["number"]
                ).first()
                if participant is None:
                    raise Refusal(f"No allocation {line['number']}.")
                made = unblinding.record_envelope(
                    participant=participant,
                    who=line["who"],
                    why=line["why"],
                    at=datetime.fromisoformat(line["at"]),
                    by=by,
                )
                if made:
                    custody.note_opened(line["number"], by=by, reason=f"opened by {line['who']}")
                    done += 1
        self.stdout.write(f"{len(lines)} envelopes opened, {done} of them recorded now.")

    def rotate(self, by: Actor, **options: Any) -> None:
        with transaction.atomic(using="owner"):
            done = custody.rotate()
        self.stdout.write(f"{done} values sealed again with the current key.")


def parsed(scheme: Scheme, file: Path, sha256: str, ratio: str) -> ImportedList:
    """The whole list, or ListDefect."""
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    return parse(
        data,
        plan=Plan.from_json(scheme.plan),
        ratio=[int(part) for part in ratio.split(":")],
        sha256=sha256,
        levels={"centre": list(Centre.objects.values_list("code", flat=True))},
    )


def the_scheme() -> Scheme:
    scheme = Scheme.objects.order_by("id").first()
    if scheme is None:
        raise Refusal("No scheme is open yet.")
    return scheme
