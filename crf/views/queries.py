"""Data queries: the centre's list, one thread, a new question."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crf import actions_queries, pages_queries, reads
from crf.models import QueryState
from crf.places import place_at
from crf.reads_queries import Wanted
from crf.rules import check_form_of_visit
from crf.views.home import centre_of
from reminet_site.context import acting
from reminet_site.errors import NotAllowed, NotThere, Refusal
from reminet_site.middleware import refusal
from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.searches import go_to
from reminet_site.typed import whole
from reminet_site.views.home import back


@may(get=Verb.READ_CASEBOOK)
def queries(request: HttpRequest, centre: str) -> HttpResponse:
    page = pages_queries.listing(request, centre_of(request, centre))
    return render(request, "crf/queries.html", {"page": page})


@may(get=Verb.RAISE_QUERY, post=Verb.RAISE_QUERY)
def all_queries(request: HttpRequest) -> HttpResponse:
    """Over all centres of the reader: for who raises and closes queries. POST: filter them."""
    if request.method == "POST":
        return go_to(request, Wanted.__slots__)
    page = pages_queries.over_centres(request)
    return render(request, "crf/queries_all.html", {"page": page})


@may(get=Verb.READ_CASEBOOK, post=Verb.READ_CASEBOOK)
def query(request: HttpRequest, pk: int) -> HttpResponse:
    found = reads.query_for(pk)
    request.centre_code = found.participant.centre.code
    if request.method == "GET":
        return render(request, "crf/query.html", {"page": pages_queries.thread(request, found)})
    text = request.POST.get("text", "")

    def refused(said: Refusal) -> HttpResponse:
        if found.state == QueryState.CLOSED:  # the thread has no box left to say it at
            return refusal(request, said, said.status)
        page = pages_queries.thread(request, found, said.sentence, text)
        return render(request, "crf/query.html", {"page": page}, status=said.status)

    request.refused = refused
    messages.success(request, act(request, found, request.POST.get("act", ""), text))
    if request.POST.get("next"):
        return redirect(back(request))
    return redirect("crf:query", found.pk)


# What a step of a thread needs beside the right to read it, and what is said when it is done.
ACTS = {
    "answer": (
        Verb.ANSWER_QUERY,
        actions_queries.answer_query,
        gettext_noop("Query %(n)d is answered: whoever asked looks at it next."),
    ),
    "close": (
        Verb.CLOSE_QUERY,
        actions_queries.close_query,
        gettext_noop("Query %(n)d is closed."),
    ),
    "reopen": (
        Verb.CLOSE_QUERY,
        actions_queries.reopen_query,
        gettext_noop("Query %(n)d is with the centre."),
    ),
}


def act(request: HttpRequest, found: reads.DataQuery, name: str, text: str) -> str:
    """Take the step; what is said of it."""
    if name not in ACTS:
        raise Refusal(_("Answer the query, close it or ask again."))
    verb, action, done = ACTS[name]
    by = pages_queries.actor_with(request, verb, found.participant.centre_id)
    if by is None:
        raise NotAllowed(_("Your role does not include this step of a query."))
    with acting(by):
        action(query=found, text=text, by=by)
    return _(done) % {"n": found.pk}


@may(post=Verb.RAISE_QUERY)
def raise_query(request: HttpRequest) -> HttpResponse:
    """Ask the centre about one item."""
    post = request.POST
    number = whole(post.get("number")) or 1
    place = place_at(post.get("code", ""), post.get("visit", ""), post.get("form", ""), number)
    check_form_of_visit(place.study.definition, place.visit, place.form, number)
    item, row = pages_queries.item_of(place, post.get("item", ""))
    if not item:
        raise NotThere(_("No item %(item)s.") % {"item": post.get("item", "")})
    made = actions_queries.raise_query(
        participant=place.participant,
        visit=place.visit,
        form=place.form,
        number=number,
        item=item,
        row=row,
        text=post.get("text", ""),
        by=request.actor,
    )
    messages.success(request, _("Query %(n)d is with the centre.") % {"n": made.pk})
    return redirect(back(request))
