"""What the journeys' look at a page is worth: planted faults are found on a page once seen."""

import pytest

from tests.journeys import looks

pytestmark = pytest.mark.journey
PAGE = """<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>
<p style="color: #222; background: #fff">Sound words.</p>%s</main></html>"""
FAULTS = {
    "nothing": ("", ""),
    "pale words": ('<p style="color: #bbb; background: #fff">Pale words.</p>', "color-contrast"),
    "pale by what is behind": (
        '<div style="background: #444"><p style="color: #222">Words.</p></div>',
        "color-contrast",
    ),
    "a box without a name": ("<input>", "label"),
    "a picture without words": ('<img src="data:,">', "image-alt"),
}


@pytest.fixture
def blank(chromium):
    window = chromium.new_context()
    yield window.new_page()
    window.close()


@pytest.mark.parametrize(("fault", "rule"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_found_on_a_page_whose_frame_was_seen(blank, fault, rule):
    blank.set_content(PAGE % "")
    assert looks.new_findings(blank) == []
    blank.set_content(PAGE % fault)
    found = looks.new_findings(blank)
    assert [one.split(":")[0] for one in found] == ([rule] if rule else [])
    assert looks.new_findings(blank) == found
