"""What a page refuses, it refuses in the language of who works: each sentence goes through `_`."""

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("reminet_site", "crf", "randomisation", "analysis")

# Where sentences stay English: no page says them. A module, a folder, or a function of a module.
ENGLISH = {
    "reminet_site/backup/": "commands of who runs the service",
    "reminet_site/management/": "commands",
    "reminet_site/adapters.py:check_password_at_terminal": "asked by commands",
    "reminet_site/context.py": "a program without an actor; rights that commands and workers ask",
    "reminet_site/trail/anchor.py": "the nightly command",
    "reminet_site/trail/export.py": "a command; for a copy a worker",
    "randomisation/management/": "commands",
    "randomisation/arms/doors/custody.py": "commands of the custodian",
    "randomisation/arms/role.py": "a program without a transaction",
    "randomisation/reconciliation.py": "commands of the custodian",
    "randomisation/rules.py:check_new_kits": "a command registers kits",
    "analysis/archive/": "a command",
    "analysis/copy/read.py": "a worker; kept with the copy",
    "analysis/cuts.py": "a worker; kept with the release or the run",
    "analysis/release/make.py": "a worker; kept with the release",
    "analysis/unblinded.py": "an unblinded worker",
}
# Rules that refuse with the sentence which their caller hands over.
HANDED_OVER = {"check_reason", "check_said", "check_kit_moves", "_move"}


class Sources:
    """The modules of the rooms, and the names of all refusals that they define."""

    def __init__(self) -> None:
        paths = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
        self.trees = {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}
        self.refusals = {"Refusal"}
        classes = [
            node
            for tree in self.trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        ]
        while more := {one.name for one in classes if self.refuses(one)} - self.refusals:
            self.refusals |= more

    def refuses(self, node: ast.ClassDef) -> bool:
        return any(isinstance(base, ast.Name) and base.id in self.refusals for base in node.bases)

    @cached_property
    def english(self) -> list[str]:
        """module:function, line and words of every sentence that is not translated."""
        return [
            f"{module}:{where} {line} {words}"
            for module, tree in self.trees.items()
            for where, line, words in sorted(set(found_in(tree, self)))
        ]


def found_in(tree: ast.Module, sources: Sources) -> Iterator[tuple[str, int, str]]:
    for place in ast.walk(tree):
        if isinstance(place, ast.FunctionDef):
            yield from found_at(place, place.name, sources.refusals)
        if isinstance(place, ast.ClassDef) and sources.refuses(place):
            yield from found_at(place, "__init__", {"__init__"})


def found_at(place: ast.AST, name: str, calls: set[str]) -> Iterator[tuple[str, int, str]]:
    for node in ast.walk(place):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        sentences = node.args[:1] if called in calls else []
        if called in HANDED_OVER:
            sentences = node.args
        for sentence in sentences:
            if any(is_english(one) for one in values_of(sentence, place)):
                yield name, node.lineno, ast.unparse(sentence)[:60]


def values_of(sentence: ast.expr, place: ast.AST) -> list[ast.expr]:
    """The expression, or for a local name all that is assigned to it there."""
    if not isinstance(sentence, ast.Name):
        return [sentence]
    assigned = [node for node in ast.walk(place) if isinstance(node, ast.Assign)]
    found = [one.value for one in assigned if sentence.id in map(ast.unparse, one.targets)]
    return found or [sentence]


def is_english(node: ast.expr) -> bool:
    """A literal, a constant of the module, or the text of an exception, as it is."""
    match node:
        case ast.Constant(value=str(text)):
            return any(sign.isalpha() for sign in text)
        case ast.JoinedStr(values=parts):
            return any(is_english(part) for part in parts)
        case ast.Name(id=name):
            return name.isupper()
        case ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return is_english(inner)
        case ast.BinOp(left=left, op=ast.Mod()):
            return is_english(left)
        case ast.BinOp(left=left, right=right):
            return is_english(left) or is_english(right)
        case ast.IfExp(body=one, orelse=other):
            return is_english(one) or is_english(other)
        case ast.BoolOp(values=parts):
            return any(is_english(part) for part in parts)
        case ast.Call(func=ast.Name(id="str")):
            return True
        case ast.Call(func=ast.Attribute(value=inner, attr="format" | "get")):
            return is_english(inner)
    return False


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources()


@pytest.mark.slow
def test_every_refusal_of_a_page_is_translated(sources: Sources) -> None:
    assert [one for one in sources.english if not one.startswith(tuple(ENGLISH))] == []


def test_every_place_that_stays_english_has_a_sentence(sources: Sources) -> None:
    """So that the list is not longer than it must be."""
    assert [one for one in ENGLISH if not any(s.startswith(one) for s in sources.english)] == []


def test_the_kinds_of_refusals_are_found(sources: Sources) -> None:
    assert {"NotThere", "NotAllowed", "Conflict", "NotSaved", "PersonalWording"} < sources.refusals


@pytest.mark.parametrize(
    "raised",
    [
        "Refusal('It is closed.')",
        "NotThere(f'No centre {code}.')",
        "Conflict('Wait ' + name)",
        "Refusal('One.' if n == 1 else _('Many.'))",
        "Refusal(missing or 'Your role does not include this page.')",
        "Refusal('%(name)s is closed.' % facts)",
        "Refusal(NO_DAY, item='day')",
        "Refusal(SAID[code])",
        "Refusal(str(problem))",
        "Refusal(words)",
        "check_reason(text, 'Say why.')",
    ],
)
def test_a_sentence_left_in_english_is_found(raised: str, sources: Sources) -> None:
    tree = ast.parse(f"def act(code):\n    words = f'No {{code}}.'\n    raise {raised}")
    assert [line for _where, line, _words in found_in(tree, sources)] == [3]


@pytest.mark.parametrize(
    "raised",
    [
        "Refusal(_('%(name)s is closed.') % {'name': name})",
        "Refusal(ngettext('One.', '%(n)d.', n) % {'n': n})",
        "Refusal(_(NO_DAY), item='day')",
        "Refusal(missing or _('Not here.'))",
        "Refusal(ask)",
        "Refusal(' '.join(found.messages))",
    ],
)
def test_a_translated_sentence_is_not_found(raised: str, sources: Sources) -> None:
    assert list(found_in(ast.parse(f"def act():\n    raise {raised}"), sources)) == []
