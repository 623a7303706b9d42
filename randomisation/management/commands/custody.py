"""What the custodian of the lists does. Needs the key of the vault in the environment.

manage.py custody make-list list.csv --places 40 --block-sizes 4,6
                                        a list in permuted blocks, and beside it list.csv.recipe
                                        (seed, version, parameters), from which it can be made again
manage.py custody check-list list.csv   make it again from its recipe and compare every byte
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
import hashlib
import json
import os
import secrets
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
from randomisation.methods import made_list
from randomisation.methods.imported_list import LARGEST, ImportedList, ListDefect, parse
from randomisation.methods.made_list import Recipe, RecipeError
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
        making = acts.add_parser("make-list", help="a list in permuted blocks, and its recipe")
        making.add_argument("file", type=Path)
        making.add_argument("--places", type=int, required=True, help="at least, in each stratum")
        making.add_argument("--block-sizes", required=True, help="for example 4,6")
        making.add_argument("--first", type=int, default=1, help="number of the first place")
        checking = acts.add_parser("check-list", help="make it again from its recipe")
        checking.add_argument("file", type=Path)
        acts.add_parser("check", help="run every decision again from its recorded bytes")
        envelopes = acts.add_parser("envelopes", help="one file a participant")
        envelopes.add_argument("folder", type=Path)
        acts.add_parser("sealed-envelopes", help="one sealed file").add_argument("file", type=Path)
        acts.add_parser("opened", help="record opened envelopes").add_argument("file", type=Path)
        acts.add_parser("rotate-key", help="seal again what a retired key sealed")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        by = Actor.system(f"custodian {getpass.getuser()}")
        acts = {
            "make-list": self.make_list,
            "check-list": self.check_list,
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
        except (Refusal, ListDefect, RecipeError, EnvelopeError) as said:
            raise CommandError(str(said)) from None

    def make_list(
        self, by: Actor, file: Path, places: int, block_sizes: str, first: int, **options: Any
    ) -> None:
        """The seed is the operating system's; file and recipe are new and their owner's alone."""
        with acting(by):
            recipe = new_recipe(the_scheme(), places, block_sizes, first)
            data = made_list.write(recipe)
            sha256 = hashlib.sha256(data).hexdigest()
            custody.note_made(sha256, by=by, reason="made")
            told = {
                "sha256": sha256,
                "build": build.commit(),
                "made": f"{now():%Y-%m-%d %H:%M} UTC",
            }
            text = json.dumps(recipe.to_json() | told, indent=1, ensure_ascii=False)
            keep({file: data, recipe_of(file): text.encode() + b"\n"})
        lines = data.count(b"\n") - 1
        self.stdout.write(f"{lines} places in {file}, SHA-256 {sha256}.")
        self.stdout.write(f"Both it and {recipe_of(file)} tell every arm: keep them as the list.")

    def check_list(self, by: Actor, file: Path, **options: Any) -> None:
        try:
            raw, data = json.loads(recipe_of(file).read_bytes()), file.read_bytes()
        except FileNotFoundError as missing:
            raise Refusal(f"There is no file {missing.filename}.") from None
        except ValueError:
            raise Refusal(f"{recipe_of(file)} is not a recipe: it is not JSON.") from None
        recipe = Recipe.from_json(raw)
        sha256 = hashlib.sha256(data).hexdigest()
        with acting(by):
            custody.note_made(sha256, by=by, reason="made again")
        if departs := made_list.difference(data, recipe):
            raise Refusal(f"{file} does not follow from its recipe. {departs}")
        self.stdout.write(f"Every byte of {file} follows from its recipe, SHA-256 {sha256}.")

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


def new_recipe(scheme: Scheme, places: int, block_sizes: str, first: int) -> Recipe:
    """A fresh seed for the scheme's arms, ratio and strata."""
    plan = Plan.from_json(scheme.plan)
    if plan.method != "list":
        raise Refusal(f"The scheme allocates by {plan.method}: it takes no list.")
    try:
        sizes = tuple(int(size) for size in block_sizes.split(","))
    except ValueError:
        raise Refusal("Give the block sizes as 4,6.") from None
    return Recipe(
        seed=secrets.token_hex(made_list.SEED),
        arms=plan.arms,
        ratio=plan.ratio,
        block_sizes=sizes,
        stratified_by=plan.stratified_by,
        strata=made_list.strata_of(plan, centres()),
        places=places,
        first=first,
    )


def recipe_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.recipe")


def keep(files: dict[Path, bytes]) -> None:
    """New files that their owner alone reads; none where one of them is there already."""
    for file in files:
        if file.exists():
            raise Refusal(f"{file} is there already, and a list is never written over.")
    for file, data in files.items():
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "wb") as handle:
            handle.write(data)


def centres() -> dict[str, list[str]]:
    return {"centre": list(Centre.objects.order_by("code").values_list("code", flat=True))}


def parsed(scheme: Scheme, file: Path, sha256: str, ratio: str) -> ImportedList:
    """The whole list, or ListDefect."""
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    return parse(
        data,
        plan=Plan.from_json(scheme.plan),
        ratio=[int(part) for part in ratio.split(":")],
        sha256=sha256,
        levels=centres(),
    )


def the_scheme() -> Scheme:
    scheme = Scheme.objects.order_by("id").first()
    if scheme is None:
        raise Refusal("No scheme is open yet.")
    return scheme
