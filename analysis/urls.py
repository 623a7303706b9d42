"""Addresses of analysis."""

from django.urls import path

from analysis.views import api, copies, dmc, interim, releases, retention, takings, token, trial

app_name = "analysis"
COPY = "centres/<str:centre>/copies/<int:pk>/"
urlpatterns = [
    path("interim/", interim.interim, name="interim"),
    path("interim/progress/", interim.interim_progress, name="interim_progress"),
    path("interim/figures.csv", interim.interim_figures, name="interim_figures"),
    path("committee/", dmc.committee, name="dmc"),
    path("committee/recommendation/", dmc.recommendation, name="recommendation"),
    path("committee/progress/<int:pk>/", dmc.dmc_progress, name="dmc_progress"),
    path("trial/", trial.trial, name="trial"),
    path("trial/lock/", trial.trial_lock, name="trial_lock"),
    path("trial/unlock/", trial.trial_unlock, name="trial_unlock"),
    path("trial/blind/", trial.trial_opening, name="trial_opening"),
    path("trial/final/", trial.final, name="final"),
    path("trial/final/progress/<int:pk>/", trial.final_progress, name="final_progress"),
    path("releases/", releases.releases, name="releases"),
    path("releases/<int:pk>/", releases.release, name="release"),
    path("releases/<int:pk>/progress/", releases.release_progress_view, name="release_progress"),
    path("releases/<int:pk>/file/", releases.release_download, name="release_download"),
    path("centres/<str:centre>/copies/", copies.copies, name="copies"),
    path(f"{COPY}progress/", copies.copy_progress_view, name="copy_progress"),
    path(f"{COPY}file/", copies.copy_file, name="copy_file"),
    path("participants/<str:code>/taken/", takings.taken, name="taken"),
    path("participants/<str:code>/taken/file/", takings.taken_file, name="taken_file"),
    path("retention/", retention.retention_page, name="retention"),
    path("retention/<int:pk>/", retention.retention_confirm, name="retention_confirm"),
    path("account/token/", token.token, name="token"),
    path("api/", api.api, name="api"),
    path("api/releases/", api.releases, name="api_releases"),
    path("api/releases/<str:name>/", api.release, name="api_release"),
    path("api/releases/<str:name>/file/", api.release_file, name="api_release_file"),
]
