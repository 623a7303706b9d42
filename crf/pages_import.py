"""What the pages of imports show, and what arrives from them."""

import base64
import binascii
import re
import unicodedata
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crf import import_file, study
from crf.actions_import import NotImported, Outcome, check_can_be_imported
from crf.definition.model import Form
from crf.import_file import Fault, ImportFile, Unreadable
from crf.models import Entry, ImportedFile
from crf.pages import holds
from crf.pages_centre import work_of
from crf.presenters.imports import (
    SHOWN,
    ImportPage,
    ImportsPage,
    column_lines,
    importable_forms,
    reasons_words,
    rows_said,
    taken_file,
    tried_file,
)
from crf.presenters.work import is_asked
from crf.rules import check_not_locked
from crf.words import language
from reminet_site.clock import clinical_today
from reminet_site.errors import NotThere, Refusal
from reminet_site.free_text import found, in_words
from reminet_site.models import Centre
from reminet_site.roles import Verb
from reminet_site.rules import allowed

LAST = 50  # files that the list shows
LONGEST_NAME = 80


def imports(request: HttpRequest, centre: Centre) -> ImportsPage:
    definition = study.current().definition
    files = ImportedFile.objects.filter(centre=centre).select_related("by")[:LAST]
    may_enter = holds(request, Verb.ENTER_DATA, centre.pk)
    return ImportsPage(
        centre=centre.name,
        centre_code=centre.code,
        forms=importable_forms(definition, language()) if may_enter else (),
        closed=allowed(check_not_locked, bool(centre.trial_locked)),
        files=tuple(taken_file(one, definition, language(), centre.timezone) for one in files),
    )


def form_named(name: str) -> Form:
    form = study.current().definition.form_by_name.get(name)
    if form is None or not import_file.importable(form):
        raise NotThere(_("No form %(form)s.") % {"form": name})
    return form


def import_page(
    centre: Centre,
    form: Form,
    *,
    file: ImportFile | None = None,
    outcome: Outcome | None = None,
    said: Refusal | None = None,
    typed: Any = None,
) -> ImportPage:
    definition = study.current().definition
    if isinstance(said, NotImported):
        outcome = said.outcome
    unread = said.faults if isinstance(said, Unreadable) else ()
    tried = None
    if file and outcome:
        ready = not allowed(check_can_be_imported, outcome)
        tried = tried_file(file, outcome, base64.b64encode(file.content).decode(), ready)
    return ImportPage(
        centre=centre.name,
        centre_code=centre.code,
        form=form.name,
        title=form.title[language()],
        closed=allowed(check_not_locked, bool(centre.trial_locked)),
        columns=column_lines(definition, form, language()),
        lines=((said.item, said.sentence),) if said and not unread else (),
        tried=tried,
        faults=rows_said(unread[:SHOWN], {}),
        comment=typed.get("comment", "") if typed else "",
        reason=typed.get("reason", "") if typed else "",
        reasons=reasons_words(language()),
        most_lines=import_file.MOST_LINES,
    )


def sent_file(request: HttpRequest, form: Form) -> ImportFile:
    """The file that the person chose, or the one that was looked at and is sent again."""
    chosen = request.FILES.get("file")
    if chosen is not None:
        import_file.check_size(chosen.size)
        return import_file.read(name_of(chosen.name or ""), chosen.read(), form)
    try:
        content = base64.b64decode(request.POST.get("content", ""), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise Refusal(_("Choose a file."), item="file")
    return import_file.read(name_of(request.POST.get("name", "")), content, form)


def name_of(typed: str) -> str:
    """The file's name, without its folder; refused where it seems to say who somebody is."""
    name = re.split(r"[/\\]", typed)[-1]
    name = "".join(one for one in name if unicodedata.category(one)[0] != "C").strip()
    name = name[-LONGEST_NAME:]
    kinds = found(re.sub(r"[_.]", " ", name))
    if kinds:
        raise Unreadable(
            [
                Fault(
                    0,
                    _(
                        "The name of the file seems to hold %(what)s, and the trail keeps it: "
                        "rename the file."
                    )
                    % {"what": in_words(kinds, language())},
                )
            ]
        )
    return name or "import.csv"


def file_to_fill_in(centre: Centre, form: Form) -> list[list[str]]:
    """A file to fill in: a line for each visit that takes the form, took place or is due, and has
    no entry of it."""
    today = clinical_today(centre)
    header = import_file.header(form)
    there = Entry.objects.filter(centre=centre, form=form.name)
    entered = set(there.values_list("participant__code", "visit"))
    found = [header]
    for _participant, work in work_of(centre, today):
        for visit in () if work.over(today) else work.due:
            takes = form.name in (*visit.forms, *visit.optional_forms)
            now = visit.visit_date is not None or is_asked(visit, today)
            if takes and now and (work.code, visit.code) not in entered:
                named = {"participant": work.code, "visit": visit.code}
                found.append([named.get(column, "") for column in header])
    return found
