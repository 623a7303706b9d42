"""Taking in a file of entries: what it would do is shown first, then it is done whole."""

import csv

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crf import actions_import, pages_import
from crf.presenters.imports import entries_words
from crf.rules import check_not_locked
from crf.views.home import centre_of
from reminet_site.errors import Refusal
from reminet_site.rights import may
from reminet_site.roles import Verb


@may(get=Verb.READ_CASEBOOK)
def imports(request: HttpRequest, centre: str) -> HttpResponse:
    """The forms that a file may be of, and the files that were taken in."""
    page = pages_import.imports(request, centre_of(request, centre))
    return render(request, "crf/imports.html", {"page": page})


@may(get=Verb.ENTER_DATA, post=Verb.ENTER_DATA)
def import_form(request: HttpRequest, centre: str, form: str) -> HttpResponse:
    """Choose a file; look at what it would do; import it."""
    here, of = centre_of(request, centre), pages_import.form_named(form)
    file = None

    def page(said: Refusal | None = None, **more: object) -> HttpResponse:
        typed = request.POST if said else None
        shown = pages_import.import_page(here, of, file=file, said=said, typed=typed, **more)
        return render(
            request, "crf/import.html", {"page": shown}, status=said.status if said else 200
        )

    if request.method == "GET":
        return page()
    request.refused = page
    check_not_locked(bool(here.trial_locked))
    file = pages_import.sent_file(request, of)
    if request.POST.get("act") != "import":
        outcome = actions_import.try_out(centre=here, file=file, by=request.actor)
        actions_import.check_can_be_imported(outcome)
        return page(outcome=outcome)
    done = actions_import.import_file(
        centre=here,
        file=file,
        seen=request.POST.get("seen", ""),
        reason=request.POST.get("reason", ""),
        comment=request.POST.get("comment", ""),
        by=request.actor,
    )
    what = entries_words(done.created, done.changed, done.unchanged)
    messages.success(request, _("%(file)s: %(what)s.") % {"file": done.name, "what": what})
    return redirect("crf:imports", here.code)


@may(get=Verb.ENTER_DATA)
def to_fill_in(request: HttpRequest, centre: str, form: str) -> HttpResponse:
    """A file to fill in: the columns of the form, the visits without an entry of it."""
    here = centre_of(request, centre)
    of = pages_import.form_named(form)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{of.name.lower()}.csv"'
    csv.writer(response).writerows(pages_import.file_to_fill_in(here, of))
    return response
