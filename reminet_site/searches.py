"""What somebody looked for in a list, kept with their session.

Addresses are kept by browsers, proxies and logs: a person's name travels in the body of a request
alone. A search form is answered by the address of its search, which says its number and no word;
so Back, reload and another tab show the list again.
"""

from collections.abc import Iterable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from reminet_site.errors import Refusal
from reminet_site.typed import whole

KEPT = "searches"  # in the session: (number, path, fields), oldest first
MOST = 30  # of them; older ones are forgotten
LONGEST = 200  # characters of a field


def go_to(request: HttpRequest, fields: Iterable[str]) -> HttpResponse:
    """To this page with what its form asked for in `fields`."""
    asked = {name: request.POST[name][:LONGEST] for name in fields if request.POST.get(name)}
    if not asked:
        return redirect(request.path)
    before = request.session.get(KEPT, [])
    number = before[-1][0] + 1 if before else 1
    request.session[KEPT] = [*before[1 - MOST :], [number, request.path, asked]]
    return redirect(f"{request.path}?search={number}")


def searched(request: HttpRequest, person: str) -> Mapping[str, str]:
    """What is looked for at this address; `person` is its field for a person.

    What says nothing of anybody (a day, a centre, an item, a code) may stand in an address.
    """
    if request.GET.get(person):
        raise Refusal(
            _(
                "A person is searched for with the form of this page: a name does not stand in an "
                "address. Open the page without it and type the name there."
            ),
            item=person,
        )
    return request.GET.dict() | kept(request)


def kept(request: HttpRequest) -> Mapping[str, str]:
    if "search" not in request.GET:
        return {}
    wanted = whole(request.GET["search"]), request.path
    for number, path, asked in request.session.get(KEPT, []):
        if (number, path) == wanted:
            return asked
    messages.info(request, _("This search is not kept any more. Give it once more."))
    return {}


def further(request: HttpRequest, **more: object) -> str:
    """The address of the same search, further on: page=2."""
    asked = request.GET.copy()
    for name, value in more.items():
        asked[name] = str(value)
    return f"?{asked.urlencode()}"
