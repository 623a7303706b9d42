"""A 60-item form with values: our page beside crispy and beside Django's own rendering."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reminet_site.local.environment import ROOT
from reminet_site.local.programs import python_words
from tests.bench.forms import items, kept, typed
from tests.bench.rows import Row, milliseconds
from tests.bench.service import HOME

CRISPY = HOME / "crispy"
PACKAGES = ("django-crispy-forms", "crispy-bootstrap5")


def best(act: Callable[[], Any], times: int = 60) -> float:
    """Median seconds of one call."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return sorted(found)[times // 2]


def ours() -> float:
    """Presenter and template of the whole page, frame included, from evaluated answers."""
    from django.template import loader

    from crf import study
    from crf.presenters.form_data import EntryFacts
    from crf.presenters.form_page import form_page
    from reminet_site.shell import Shell

    of = study.current()
    compiled = of.form("BENCH60")
    raw = compiled.raw(kept(60, 0))
    evaluation = compiled.process(raw)
    facts = EntryFacts(
        code="FR-05-001", centre="Centre 5", centre_code="FR-05", visit="ASM-06",
        visit_title="Month 6", number=1, version=1, state="entered", state_words="Entered",
    )  # fmt: skip
    template = loader.get_template("crf/form.html")

    def act() -> str:
        page = form_page(
            definition=of.definition, form_name="BENCH60", language="en", entry=facts, raw=raw,
            evaluation=evaluation,
        )  # fmt: skip
        return template.render({"page": page, "shell": Shell(), "csrf_input": ""})

    assert act().count("item_59") > 3
    return best(act)


def rows() -> list[Row]:
    mine = ours()
    names = (("crispy", "60-item form render vs crispy"), ("django", "60-item form render vs as_p"))
    try:
        theirs = reference()
    except RuntimeError as why:
        return [Row(name, milliseconds(mine), "", None, skipped=str(why)) for _, name in names]
    goals = {"crispy": (10.0, 25.0), "django": (None, None)}
    return [
        Row(
            name, milliseconds(mine), f"{engine} {milliseconds(theirs[engine])}",
            theirs[engine] / mine, *goals[engine],
        )
        for engine, name in names
    ]  # fmt: skip


def reference() -> dict[str, float]:
    """Both references in a process of their own, since crispy is for the bench alone."""
    install()
    words = [*python_words(ROOT), "-m", "tests.bench.render"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def install() -> None:
    """Crispy into the bench's own folder, once; never into the service's environment."""
    if (CRISPY / "crispy_forms").exists():
        return
    uv = Path(sys.executable).with_name("uv")
    words = [str(uv), "pip", "install", "-q", "--no-deps", "--target", str(CRISPY), *PACKAGES]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"crispy could not be installed ({error})") from None
    if done.returncode:
        raise RuntimeError("crispy could not be installed (no package index)")


def main() -> None:
    sys.path.append(str(CRISPY))
    import django
    from django.conf import settings

    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    settings.configure(
        INSTALLED_APPS=["django.forms", "crispy_forms", "crispy_bootstrap5"],
        TEMPLATES=[engine],
        CRISPY_TEMPLATE_PACK="bootstrap5",
        CRISPY_ALLOWED_TEMPLATE_PACKS="bootstrap5",
    )
    django.setup()
    from django import forms
    from django.template import Context, Template

    kinds = {
        "date": forms.DateField,
        "time": forms.TimeField,
        "integer": forms.IntegerField,
        "decimal": forms.DecimalField,
        "text": forms.CharField,
    }

    def field(item: dict[str, Any]) -> forms.Field:
        if "codes" in item:
            widget = forms.RadioSelect
            return forms.ChoiceField(choices=[(c, c) for c in item["codes"]], widget=widget)
        return kinds[item["type"]](help_text="hint")

    form = type("Form60", (forms.Form,), {item["name"]: field(item) for item in items(60)})
    template = Template("{% load crispy_forms_tags %}{{ form|crispy }}")
    values = typed(60, 0)
    found = {
        "crispy": best(lambda: template.render(Context({"form": form(initial=values)})), 20),
        "django": best(lambda: str(form(initial=values)), 20),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
