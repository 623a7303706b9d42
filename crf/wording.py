"""Text items of a form: a soft finding where a text seems to say who somebody is.

The comment that answers it goes into the entry and its trail like every other; the text that it
confirms is kept beside it as a hash alone, so that correcting the item leaves no second copy.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from crf.definition import CompiledForm, Finding, Text
from reminet_site.free_text import found, in_words

CHECK = "wording"
SAYS = Text(
    "This seems to hold {0}. The trial keeps nothing that says who a participant is: reword it, "
    "or say why it names nobody who takes part.",
    "Ceci semble contenir {0}. L'essai ne garde rien qui dise qui est un participant : reformulez, "
    "ou dites pourquoi cela ne désigne aucun participant.",
)


@lru_cache(maxsize=512)
def texts_of(compiled: CompiledForm) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """(single items, (group, item) of rows) that take free text and are typed."""
    form = compiled.form
    single = tuple(item.name for item in form.items if item.type == "text" and not item.expr)
    rows = tuple(
        (group.name, item.name)
        for group in form.groups
        for item in group.items
        if item.type == "text" and not item.expr
    )
    return single, rows


def findings(compiled: CompiledForm, answers: Mapping[str, Any]) -> Iterator[Finding]:
    single, in_rows = texts_of(compiled)
    for name in single:
        yield from finding(name, "", answers.get(name))
    for group, name in in_rows:
        for row in answers.get(group, ()):
            yield from finding(f"{group}.{name}", row["id"], row.get(name))


def finding(item: str, row: str, text: Any) -> Iterator[Finding]:
    kinds = found(text) if isinstance(text, str) else ()
    if kinds:
        said = Text(*(SAYS.get(lang).format(in_words(kinds, lang)) for lang in ("en", "fr")))
        yield Finding("soft", item, row, CHECK, said)


def sealed(text: str) -> str:
    """What stands for a confirmed text beside its comment."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:24]}" if text else ""
