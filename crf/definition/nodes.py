"""Reading YAML with the line kept: every refusal says file, line and reason.

Scalars are read as the text in the file: a code `no` stays "no", a version `1.0` stays "1.0".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from crf.definition.model import Bounds, Text

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a definition: where, and what to mend."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class DefinitionError(Exception):
    """A definition that is refused. `file`, `line`, `reason` are of the first problem."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        self.file, self.line, self.reason = (
            problems[0].file,
            problems[0].line,
            problems[0].reason,
        )
        super().__init__("\n".join(str(one) for one in problems))


def refuse(file: str, line: int, reason: str) -> DefinitionError:
    """The error for one problem."""
    return DefinitionError([Problem(file, line, reason)])


LARGEST = 1_000_000  # bytes of one file; the largest form of the trial has 12,000
DEEPEST = 20  # collections inside one another


def read_yaml(path: Path, shown: str) -> Mapping:
    """The mapping at the top of a YAML file, or `DefinitionError`."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise refuse(shown, 1, f"The file is larger than {LARGEST:,} bytes.")
    try:
        node = composed(data.decode("utf-8"), shown)
    except UnicodeDecodeError as error:
        raise refuse(shown, 1, "The file is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise refuse(shown, line, f"Not YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise refuse(shown, 1, f"Not YAML: {error}.") from error
    if node is None:
        raise refuse(shown, 1, "The file is empty.")
    return Mapping(node, shown, "the file")


def composed(text: str, shown: str) -> yaml.Node | None:
    """The nodes of a file that is plain; nothing changes them afterwards."""
    check_plain(text, shown)
    return yaml.compose(text, Loader=Loader)


def check_plain(text: str, shown: str) -> None:
    """Neither anchors, of which a few lines make millions, nor tags, nor nesting without end."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise refuse(shown, line, "Write it out: anchors and aliases (& and *) are not read.")
        tag = getattr(event, "tag", None)
        if tag:
            raise refuse(shown, line, f"Tags are not read: `{tag}`.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise refuse(shown, line, f"More than {DEEPEST} lists inside one another.")


class Mapping:
    """A YAML mapping whose keys are taken one by one; `finish` refuses what is left."""

    def __init__(self, node: yaml.Node, file: str, what: str) -> None:
        self.file, self.what = file, what
        self.line: int = node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode):
            raise self.error(f"{what} must be a list of `key: value` lines.")
        self._values: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        self._taken: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.error(f"A key of {what} must be a word.", key)
            if key.value in self._values:
                raise self.error(f"`{key.value}` stands twice in {what}.", key)
            self._values[key.value] = value
            self._lines[key.value] = key.start_mark.line + 1

    def error(self, reason: str, node: yaml.Node | None = None) -> DefinitionError:
        """The refusal, at `node`'s line or at the mapping's."""
        return refuse(self.file, node.start_mark.line + 1 if node else self.line, reason)

    def line_of(self, key: str) -> int:
        """The line of a key, or of the mapping where the key is absent."""
        return self._lines.get(key, self.line)

    def has(self, key: str) -> bool:
        """True where the key stands in the file."""
        return key in self._values

    def take(self, key: str) -> yaml.Node | None:
        """The node under `key`, marked as read."""
        self._taken.add(key)
        return self._values.get(key)

    def needed(self, key: str) -> yaml.Node:
        """The node under `key`; refused where absent."""
        node = self.take(key)
        if node is None:
            raise self.error(f"{self.what} has no `{key}`.")
        return node

    def scalar(self, key: str, node: yaml.Node) -> str:
        """The text of a scalar node."""
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(f"`{key}` of {self.what} must be one value, not a list.", node)
        return str(node.value).strip()

    def text(self, key: str, default: str | None = None) -> str:
        """A text; needed unless a default is given."""
        node = self.take(key) if default is not None else self.needed(key)
        value = "" if node is None else self.scalar(key, node)
        if not value and default is None:
            raise self.error(f"`{key}` of {self.what} is empty.", node)
        return value if node is not None else default or ""

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of `allowed`."""
        value = self.text(key, default)
        if value and value not in allowed:
            raise self.error(
                f"`{key}` of {self.what} is `{value}`; it must be one of {', '.join(allowed)}.",
                self._values[key],
            )
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number; needed unless a default is given."""
        node = self.take(key) if default is not None else self.needed(key)
        if node is None:
            return float(default or 0.0)
        return self._number(key, node)

    def _number(self, key: str, node: yaml.Node) -> float:
        raw = self.scalar(key, node)
        try:
            value = float(raw)
        except ValueError:
            raise self.error(
                f"`{key}` of {self.what} is `{raw}`; it must be a number.", node
            ) from None
        if not math.isfinite(value):
            raise self.error(f"`{key}` of {self.what} must be finite.", node)
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number; needed unless a default is given."""
        value = self.number(key, default)
        if value != int(value):
            raise self.error(f"`{key}` of {self.what} must be a whole number.", self.take(key))
        return int(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        node = self.take(key)
        if node is None:
            return default
        value = self.scalar(key, node)
        if value not in ("true", "false"):
            raise self.error(f"`{key}` of {self.what} must be true or false.", node)
        return value == "true"

    def _nodes(self, key: str, needed: bool) -> list[yaml.Node]:
        node = self.needed(key) if needed else self.take(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(f"`{key}` of {self.what} must be a list.", node)
        return list(node.value)

    def texts(self, key: str, needed: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self.scalar(key, node) for node in self._nodes(key, needed))

    def numbers(self, key: str, needed: bool = False) -> tuple[float, ...]:
        """A list of numbers."""
        return tuple(self._number(key, node) for node in self._nodes(key, needed))

    def choices(self, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """A list whose members are all in `allowed`."""
        for node in self._nodes(key, False):
            value = self.scalar(key, node)
            if value not in allowed:
                raise self.error(
                    f"`{key}` of {self.what} holds `{value}`; allowed: {', '.join(allowed)}.", node
                )
        return self.texts(key)

    def maps(self, key: str, what: str, needed: bool = False) -> list[Mapping]:
        """A list of mappings."""
        return [Mapping(node, self.file, what) for node in self._nodes(key, needed)]

    def map(self, key: str, what: str) -> Mapping | None:
        """A mapping under `key`, or None."""
        node = self.take(key)
        return None if node is None else Mapping(node, self.file, what)

    def label(self, key: str, needed: bool = True) -> Text:
        """A text in two languages: `{en: ..., fr: ...}`. English is never missing."""
        node = self.needed(key) if needed else self.take(key)
        if node is None:
            return Text("")
        if isinstance(node, yaml.ScalarNode):
            raise self.error(f"`{key}` of {self.what} needs {{en: ..., fr: ...}}.", node)
        inner = Mapping(node, self.file, f"`{key}` of {self.what}")
        if not inner.has("en"):
            raise self.error(f"`{key}` of {self.what} has no English text (`en`).", node)
        made = Text(en=inner.text("en"), fr=inner.text("fr", ""))
        inner.finish()
        return made

    def bounds(self, key: str) -> Bounds | None:
        """An interval `[low, high]`; `~` leaves an end open."""
        nodes = self._nodes(key, False)
        if not nodes:
            return None
        if len(nodes) != 2:
            raise self.error(f"`{key}` of {self.what} must be [low, high].", nodes[0])
        low, high = (self._end(key, node) for node in nodes)
        if low is not None and high is not None and low > high:
            raise self.error(f"`{key}` of {self.what} is empty: {low} is above {high}.", nodes[0])
        return Bounds(low, high)

    def _end(self, key: str, node: yaml.Node) -> float | None:
        return None if self.scalar(key, node) in ("~", "null", "") else self._number(key, node)

    def finish(self) -> None:
        """Refuses keys that nothing has read."""
        for key in self._values:
            if key not in self._taken:
                raise refuse(self.file, self._lines[key], f"Unknown key `{key}` in {self.what}.")
