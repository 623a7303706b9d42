"""The canonical text of a definition: JSON, sorted keys, UTF-8, no default left out.

The text is what is published and hashed. Equal definitions give equal bytes on every machine.
"""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from crf.definition.model import Definition


def to_json(definition: Definition) -> str:
    """The canonical text of `definition`."""
    return json.dumps(_plain(definition), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Definition:
    """The definition that `to_json` wrote; ValueError or KeyError where it is not one."""
    made = _build(Definition, json.loads(text))
    assert isinstance(made, Definition)
    # What was published keeps its text and so its hash, whatever has a default since then.
    made.__dict__["json"] = text
    return made


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    """Dataclasses as objects, tuples as arrays, the rest as it is."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, value: Any) -> Any:
    """The inverse of `_plain` for a type hint."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (kind,) = (one for one in get_args(kind) if one is not type(None))
        return _build(kind, value)
    if origin is tuple:
        return tuple(_build(get_args(kind)[0], one) for one in value)
    if is_dataclass(kind):
        assert isinstance(kind, type)
        hints = _hints(kind)
        unknown = set(value) - set(hints)
        if unknown:
            raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
        return kind(**{name: _build(hints[name], one) for name, one in value.items()})
    return float(value) if kind is float else value
