"""The page on definitions names everything that a definition may hold."""

from pathlib import Path

import pytest

from crf.definition.functions import FUNCTIONS
from crf.definition.load import FILES
from crf.definition.load_form import FINEST
from crf.definition.model import MISSING_REASONS, SEVERITIES, TYPES, Item
from crf.definition.references import ASPECTS, SCOPES, SPECIAL

PAGE = Path(__file__).parents[3] / "docs" / "definition.md"


@pytest.mark.parametrize(
    "word",
    [
        *Item.__dataclass_fields__,
        *FUNCTIONS,
        *TYPES,
        *SEVERITIES,
        *MISSING_REASONS,
        *FINEST,
        *ASPECTS,
        *SCOPES,
        *SPECIAL,
        *(f"{name}.yaml" for name in FILES),
        "identifier",
        "birth",
        "rows_from",
        "fires_if",
    ],
)
def test_the_page_names(word):
    text = PAGE.read_text(encoding="utf-8")
    assert f"`{word}" in text or f"{word}:" in text
