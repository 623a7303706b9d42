"""The one module behind which the Common Expression Language lives.

An expression is rewritten once: every reference becomes one typed variable, every number a
double; then compiled with type checking. Evaluation gives a Python bool, float, str or list,
or UNKNOWN wherever a value is missing, a partial date enters arithmetic, an error occurs or the
iteration budget is spent. `&&` and `||` need only the operand that decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from cel_expr_python import cel

from crf.definition.functions import FUNCTIONS
from crf.definition.model import Definition, Item
from crf.definition.references import ASPECTS, OF_TERMS, BadReference, Place, Ref


class _Unknown:
    """Neither true nor false: never passes, never blocks."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = _Unknown()

_T = cel.Type
_TYPES = {
    "text": _T.STRING,
    "integer": _T.DOUBLE,
    "decimal": _T.DOUBLE,
    "choice": _T.STRING,
    "multiple": _T.List(_T.STRING),
    "yesno": _T.BOOL,
    "date": _T.DOUBLE,
    "partial_date": _T.DYN,
    "time": _T.DOUBLE,
}
_ROWS = _T.List(_T.Map(_T.STRING, _T.DYN))
_BY_NAME = {kind.name(): kind for one in (_ROWS, *_TYPES.values()) for kind in (one, _T.List(one))}
_NAMED = {"number": _T.DOUBLE, "text": _T.STRING, "truth": _T.BOOL, "list": _T.List(_T.DYN)}
_MACROS = ("exists", "all", "map", "filter", "exists_one")
_METHODS = (*_MACROS, "startsWith", "endsWith", "contains", "matches")
_WORDS = ("true", "false", "null", "in", "has")
_OPERATORS = ("==", "!=")

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<name>[A-Za-z_]\w*(?:-[0-9]+(?=\.[A-Z]))?(?:\.[A-Za-z_]\w*(?:-[0-9]+(?=\.[A-Z]))?)*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:(),\[\].])""",
    re.VERBOSE,
)


class BadExpression(Exception):
    """An expression that is refused; the text says why."""


@dataclass(frozen=True)
class Token:
    """A piece of an expression: kind and text as written."""

    kind: str
    text: str


@dataclass(frozen=True)
class Expression:
    """A compiled expression: text as written, the references it reads, the type it gives."""

    text: str
    refs: tuple[Ref, ...]
    gives: str  # number | text | truth | list | any
    _program: Any

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The value over `values` (flat name -> value, unknown ones absent), or UNKNOWN."""
        data = {ref.flat: values[ref.flat] for ref in self.refs if ref.flat in values}
        try:
            answer = self._program.eval(data=data)
        except RuntimeError:
            return UNKNOWN
        value = answer.plain_value()
        if isinstance(value, float):
            return value if math.isfinite(value) else UNKNOWN
        if isinstance(value, str):
            return UNKNOWN if answer.type() == _T.ERROR else value
        return value if isinstance(value, (bool, list)) else UNKNOWN


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadExpression(f"“{text[at]}” is not understood in `{text}`.")
        at = match.end()
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group()))
    return found


class _Rewriter:
    """Turns an expression as written into CEL over flat, typed variables."""

    def __init__(self, text: str, place: Place) -> None:
        self.text, self.place = text, place
        self.tokens = _tokens(text)
        self.refs: dict[str, Ref] = {}
        self.bound: dict[str, Ref | None] = {}

    def rewrite(self) -> str:
        out: list[str] = []
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind == "name":
                piece, at = self._name(at)
                out.append(piece)
                continue
            if token.kind == "number":
                out.append(token.text if "." in token.text else f"{token.text}.0")
            else:
                self._operator(at)
                out.append(token.text)
            at += 1
        return " ".join(out)

    def _peek(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def _operator(self, at: int) -> None:
        text = self.tokens[at].text
        if text == "%":
            raise BadExpression("`%` is not for measures.")
        if text == "/":
            divisor = self._peek(at + 1)
            if not re.fullmatch(r"[0-9.]+", divisor) or not float(divisor):
                raise BadExpression("Write ratio(a, b) for a division by anything but a number.")

    def _name(self, at: int) -> tuple[str, int]:
        chain = self.tokens[at].text.split(".")
        called = self._peek(at + 1) == "("
        if self._peek(at - 1) == ".":
            return self._chained(chain, at)
        if len(chain) == 1 and called:
            return self._function(chain[0], at)
        if len(chain) == 1 and chain[0] in _WORDS:
            return chain[0], at + 1
        if chain[0] in self.bound:
            return self._loop_field(chain), at + 1
        method = ""
        if called:
            method = chain.pop()
            if method not in _METHODS:
                raise BadExpression(f"Unknown method `{method}`.")
        ref = self._resolve(chain)
        if method in _MACROS:
            self.bound[self._peek(at + 2)] = ref if ref.rows else None
        if not method:
            self._comparisons(ref, at)
        return ref.flat + (f".{method}" if method else ""), at + 1

    def _chained(self, chain: list[str], at: int) -> tuple[str, int]:
        """A method on the result of another, as in targets.filter(...).map(...)."""
        if len(chain) != 1 or chain[0] not in _METHODS:
            raise BadExpression(f"Unknown method `{'.'.join(chain)}`.")
        if chain[0] in _MACROS:
            groups = [ref for ref in self.bound.values() if ref is not None]
            self.bound[self._peek(at + 2)] = groups[-1] if groups else None
        return chain[0], at + 1

    def _function(self, name: str, at: int) -> tuple[str, int]:
        if name in ASPECTS:
            if self.tokens[at + 2 : at + 3] and self._peek(at + 3) == ")":
                ref = self._resolve(self._peek(at + 2).split("."), name)
                return ref.flat, at + 4
            raise BadExpression(f"`{name}(...)` takes one name.")
        if name == "answered":
            return self._answered(at)
        if name == "has" or name in FUNCTIONS:
            return name, at + 1
        raise BadExpression(f"Unknown function `{name}`.")

    def _answered(self, at: int) -> tuple[str, int]:
        """answered(a, b): a list of those that have a value; blanks are left out of it."""
        pieces: list[str] = []
        end = at + 1
        while self._peek(end) in ("(", ","):
            name = self._peek(end + 1)
            if end + 1 >= len(self.tokens) or self.tokens[end + 1].kind != "name":
                break
            chain = name.split(".")
            known, value = self._resolve(chain, "known"), self._resolve(chain)
            if not value.single:
                raise BadExpression(f"`answered(...)` takes single items, not `{name}`.")
            pieces.append(f"({known.flat} ? [{value.flat}] : [])")
            end += 2
        if self._peek(end) != ")" or not pieces:
            raise BadExpression("`answered(...)` takes names of items, with commas between.")
        return _joined(pieces), end + 1

    def _loop_field(self, chain: list[str]) -> str:
        ref = self.bound[chain[0]]
        if ref is not None and len(chain) > 1 and chain[1] not in (*self.place.fields_of(ref),):
            raise BadExpression(f"Unknown item `{chain[1]}` in group `{ref.group}`.")
        return ".".join(chain)

    def _resolve(self, chain: list[str], aspect: str = "") -> Ref:
        try:
            ref = self.place.resolve(chain, aspect)
        except BadReference as error:
            raise BadExpression(str(error)) from None
        item = self.place.item_of(ref)
        if aspect in ("uln", "lln") and (item is None or item.normal is None):
            raise BadExpression(f"`{'.'.join(chain)}` has no normal range.")
        if aspect == "values" and not ref.column:
            raise BadExpression("`values(...)` takes a column, as values(targets.mm).")
        if aspect in OF_TERMS and (item is None or not item.dictionary or not ref.single):
            raise BadExpression(f"`{'.'.join(chain)}` is no single item with a dictionary.")
        if ref.scope == "entries" and aspect:
            raise BadExpression(f"`{aspect}(...)` takes an item; of entries ask .exists(...).")
        self.refs[ref.flat] = ref
        return ref

    def _comparisons(self, ref: Ref, at: int) -> None:
        """Refuses what would compile and mislead: partial dates by ==, codes that do not exist."""
        item = self.place.item_of(ref)
        if item is None or ref.column:
            return
        before, after = self._peek(at - 1), self._peek(at + 1)
        if item.type == "partial_date" and (before in _OPERATORS or after in _OPERATORS):
            raise BadExpression(
                f"`{ref.item}` may be partial: compare earliest({ref.item}) or latest({ref.item})."
            )
        if item.type == "choice":
            self._codes(item, at)

    def _codes(self, item: Item, at: int) -> None:
        codes: list[str] = []
        if self._peek(at + 1) in _OPERATORS:
            codes = [self._peek(at + 2)]
        elif self._peek(at + 1) == "in" and self._peek(at + 2) == "[":
            end = at + 3
            while end < len(self.tokens) and self._peek(end) != "]":
                codes.append(self._peek(end))
                end += 1
        known = self.place.definition.codelist_by_name[item.codelist].by_code
        for code in codes:
            if code[:1] in "'\"" and code[1:-1] not in known:
                raise BadExpression(f"Codelist `{item.codelist}` has no code {code}.")


def _joined(lists: Sequence[str]) -> str:
    """One list of all, halved again and again: CEL's parser goes 32 levels deep."""
    if len(lists) == 1:
        return lists[0]
    half = len(lists) // 2
    return f"({_joined(lists[:half])} + {_joined(lists[half:])})"


def _type_of(place: Place, ref: Ref) -> Any:
    if ref.aspect in ("known", "listed"):
        return _T.BOOL
    if ref.aspect in ("reason", "soc"):
        return _T.STRING
    if ref.aspect == "grades":
        return _T.List(_T.STRING)
    if ref.scope == "special":
        return _T.DOUBLE
    if ref.rows:
        return _ROWS
    item = place.item_of(ref)
    assert item is not None
    kind = _TYPES[item.type]
    return _T.List(kind) if ref.column or ref.scope == "earlier" else kind


def _extension() -> Any:
    declared = [
        cel.FunctionDecl(
            name,
            [
                cel.Overload(
                    f"{name}_{len(function.takes)}",
                    _NAMED.get(function.gives, _T.DYN),
                    [_NAMED.get(kind, _T.DYN) for kind in function.takes],
                    impl=function.does,
                )
            ],
        )
        for name, function in FUNCTIONS.items()
    ]
    return cel.CelExtension("trial", declared)


_EXTENSION = _extension()


def compile_expression(text: str, place: Place) -> Expression:
    """`text` compiled for its place, or `BadExpression` with the reason. Compiled once."""
    key = (place.form.name if place.form else "", place.group.name if place.group else "", text)
    made = place.definition.expressions.get(key)
    if made is None:
        made = place.definition.expressions[key] = _compile(text, place)
    return made


def _compile(text: str, place: Place) -> Expression:
    if not text.strip():
        raise BadExpression("The expression is empty.")
    rewriter = _Rewriter(text, place)
    source = rewriter.rewrite()
    refs = tuple(rewriter.refs.values())
    try:
        program = _program(source, tuple((ref.flat, _type_of(place, ref).name()) for ref in refs))
    except RuntimeError as error:
        raise BadExpression(_reason(str(error), rewriter.refs, text)) from None
    return Expression(text, refs, _kind(program.return_type()), program)


@lru_cache(maxsize=2048)
def _program(source: str, types: tuple[tuple[str, str], ...]) -> Any:
    """What CEL makes of it, once for all definitions that say the same of the same types."""
    variables = {name: _BY_NAME[kind] for name, kind in types}
    return cel.NewEnv(variables=variables, extensions=[_EXTENSION]).compile(source)


def _kind(given: Any) -> str:
    for name, kind in (("number", _T.DOUBLE), ("text", _T.STRING), ("truth", _T.BOOL)):
        if given == kind:
            return name
    return "list" if given.name().startswith("LIST") else "any"


def _reason(error: str, refs: Mapping[str, Ref], text: str) -> str:
    """CEL's first message, with the names as written."""
    message = error.splitlines()[0].split("<input>:", 1)[-1]
    message = re.sub(r"^[0-9]+:[0-9]+: ", "", message).replace(" (in container '')", "")
    for flat, ref in refs.items():
        message = message.replace(flat, ref.item or ref.group)
    return f"`{text}`: {message.rstrip('.')}."


def references(definition: Definition, place: Place, text: str) -> tuple[Ref, ...]:
    """The references of an expression, without keeping it."""
    return compile_expression(text, place).refs
