"""The French catalogue: complete, nothing left over, and the same places in every sentence."""

import re

import pytest

from reminet_site.local import messages

PLACES = re.compile(r"%\(\w+\)[.\d]*[a-z]|%[sd]|%%|\{\w*\}|</?\w+[^>]*>")
STRAIGHT = re.compile(r"['\"]| [:;!?»]|« | %(?![(sd])")


@pytest.fixture(scope="module")
def words():
    return messages.found()


@pytest.fixture(scope="module", params=messages.catalogues(), ids=lambda path: path.parts[-3])
def catalogue(request):
    return messages.read(request.param)


def key(message):
    return message if isinstance(message, str) else message[0]


def forms(message):
    return (message,) if isinstance(message, str) else tuple(message)


def test_every_word_of_the_pages_is_translated_and_no_other(words, catalogue):
    found = {(one.context, key(one.id)) for one in words if one.id}
    here = {(one.context, key(one.id)): one for one in catalogue if one.id}
    assert sorted(map(str, found - set(here))) == [], "`make messages` brings them in"
    assert sorted(map(str, set(here) - found)) == [], "`make messages` takes them out"
    assert not catalogue.obsolete
    empty = [one.id for one in here.values() if not all(forms(one.string))]
    assert empty == []
    assert [one.id for one in here.values() if one.fuzzy] == []


def test_every_translation_has_the_places_of_its_sentence(catalogue):
    wrong = []
    for one in catalogue:
        if not one.id:
            continue
        wanted = [places(form) for form in forms(one.id)]
        wrong += [one.id for form in forms(one.string) if places(form) not in wanted]
    assert wrong == []


def places(sentence):
    return sorted(match[0] for match in PLACES.finditer(sentence))


def test_plurals_have_a_form_for_each_number(catalogue):
    plural = [one for one in catalogue if one.id and not isinstance(one.id, str)]
    assert plural
    assert [one.id for one in plural if len(one.string) != catalogue.num_plurals] == []


def test_french_is_typeset_as_french(catalogue):
    """No straight quote (an attribute would end at it), no break before a colon."""
    assert [
        one.id
        for one in catalogue
        if one.id and any(STRAIGHT.search(form) for form in forms(one.string))
    ] == []


def test_the_file_is_as_the_command_writes_it(tmp_path, words):
    """So that the next `make messages` changes nothing that nobody changed."""
    for path in messages.catalogues():
        copy = tmp_path / path.parts[-3] / "LC_MESSAGES" / path.name
        copy.parent.mkdir(parents=True)
        copy.write_bytes(path.read_bytes())
        messages.bring_up(copy, words)
        assert copy.read_bytes() == path.read_bytes()
