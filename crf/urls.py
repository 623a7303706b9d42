"""Addresses of casebooks. A centre and a participant are named by code, a page by its place."""

from django.urls import path

from crf.views import casebook, forms, home, queries, ranges

app_name = "crf"
PAGE = "participants/<str:code>/<str:visit>/<str:form>/<int:number>/"

urlpatterns = [
    path("centres/<str:centre>/", home.centre_home, name="centre_home"),
    path("centres/<str:centre>/participants/", home.participants, name="participants"),
    path("centres/<str:centre>/screen/", home.screen, name="screen"),
    path("centres/<str:centre>/queries/", queries.queries, name="queries"),
    path("centres/<str:centre>/normal-limits/", ranges.normal_limits, name="normal_limits"),
    path("find/", home.find, name="find"),
    path("queries/", queries.all_queries, name="all_queries"),
    path("queries/new/", queries.raise_query, name="raise_query"),
    path("queries/<int:pk>/", queries.query, name="query"),
    path("participants/<str:code>/", casebook.casebook, name="casebook"),
    path("participants/<str:code>/unscheduled/", casebook.unscheduled, name="unscheduled"),
    path(PAGE, forms.form, name="form"),
    path(f"{PAGE}draft/", forms.draft, name="draft"),
    path(f"{PAGE}discard/", forms.discard, name="discard"),
    path(f"{PAGE}history/<str:item>/", forms.history, name="history"),
]
