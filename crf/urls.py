"""Addresses of casebooks. A centre and a participant are named by code, a page by its place."""

from django.urls import include, path

from crf.views import (
    casebook,
    deviations,
    endorsement,
    forms,
    freeze,
    home,
    imports,
    queries,
    ranges,
    review,
    safety,
    source,
)

app_name = "crf"
# One prefix is tried before its pages are: most requests are for a page of a casebook.
casebook_pages = [
    path("", casebook.casebook, name="casebook"),
    path("unscheduled/", casebook.unscheduled, name="unscheduled"),
    path("freeze/", freeze.freeze, name="freeze"),
    path("signatures/", endorsement.endorsement, name="endorsement"),
    path("<str:visit>/<str:form>/<int:number>/", forms.form, name="form"),
    path("<str:visit>/<str:form>/<int:number>/draft/", forms.draft, name="draft"),
    path("<str:visit>/<str:form>/<int:number>/discard/", forms.discard, name="discard"),
    path("<str:visit>/<str:form>/<int:number>/source/", source.verify, name="verify"),
    path("<str:visit>/<str:form>/<int:number>/history/<str:item>/", forms.history, name="history"),
]
urlpatterns = [
    path("participants/<str:code>/", include(casebook_pages)),
    path("centres/<str:centre>/", home.centre_home, name="centre_home"),
    path("centres/<str:centre>/participants/", home.participants, name="participants"),
    path("centres/<str:centre>/screen/", home.screen, name="screen"),
    path("centres/<str:centre>/queries/", queries.queries, name="queries"),
    path("centres/<str:centre>/casebooks/", endorsement.casebooks, name="casebooks"),
    path("centres/<str:centre>/normal-limits/", ranges.normal_limits, name="normal_limits"),
    path("centres/<str:centre>/deviations/", deviations.of_centre, name="deviations"),
    path("centres/<str:centre>/imports/", imports.imports, name="imports"),
    path("centres/<str:centre>/imports/<str:form>/", imports.import_form, name="import"),
    path("centres/<str:centre>/imports/<str:form>/file/", imports.to_fill_in, name="import_file"),
    path("find/", home.find, name="find"),
    path("serious-events/", safety.serious_events, name="serious_events"),
    path("serious-events/<int:pk>/", safety.serious_event, name="serious_event"),
    path("serious-events/<int:pk>/report/", safety.report_sent, name="report_sent"),
    path("central-review/", review.central_review, name="central_review"),
    path("central-review/<int:pk>/", review.central_reading, name="central_reading"),
    path("queries/", queries.all_queries, name="all_queries"),
    path("queries/new/", queries.raise_query, name="raise_query"),
    path("queries/<int:pk>/", queries.query, name="query"),
]
