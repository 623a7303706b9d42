"""The words of the pages, found in templates and code, and the catalogues that translate them.

`make messages` brings new words into every catalogue, untranslated, and takes out those that are
gone; what is translated stays. The order is by word, and the head of a file stays as it is.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "reminet_site" / "locale"
ROOMS = ("reminet_site", "crf", "randomisation", "analysis")
KEYWORDS = DEFAULT_KEYWORDS | {"gettext_lazy": None, "gettext_noop": None}


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="django", abort_invalid=True)


def found() -> Catalog:
    """Every word that a page of the service may ask the catalogue for."""
    words = Catalog()
    for room in ROOMS:
        for message, context in in_room(ROOT / room):
            words.add(message, context=context)
    return words


def in_room(folder: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    for _path, _line, message, _comments, context in extract_from_dir(
        folder, methods, options, keywords=KEYWORDS
    ):
        yield message, context


def bring_up(path: Path, words: Catalog) -> Catalog:
    """The catalogue has these words and no others."""
    catalogue = read(path)
    catalogue.update(words, no_fuzzy_matching=True)
    head, _blank, _words = path.read_bytes().partition(b"\n\n")
    with path.open("wb") as file:
        file.write(head + b"\n\n")
        write_po(
            file,
            catalogue,
            width=99,
            no_location=True,
            omit_header=True,
            sort_output=True,
            ignore_obsolete=True,
        )
    return catalogue


def main() -> None:
    words = found()
    for path in catalogues():
        empty = sum(1 for one in bring_up(path, words) if one.id and not any(one.string or ()))
        print(f"{path.relative_to(ROOT)}: {len(words)} words, {empty} to translate")


if __name__ == "__main__":
    main()
