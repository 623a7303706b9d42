"""Every address of the service."""

from allauth.account import views as account
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from reminet_site.rights import may
from reminet_site.roles import Verb
from reminet_site.signatures import views as signatures
from reminet_site.trail import views as trail
from reminet_site.views import about, access, centres, home, invitation, people

handler400 = "reminet_site.views.errors.bad_request"
handler403 = "reminet_site.views.errors.forbidden"
handler404 = "reminet_site.views.errors.not_found"
handler500 = "reminet_site.views.errors.failed"

# With a version of its own it takes none from the address into a header.
schema = SpectacularAPIView.as_view(api_version="1")

urlpatterns = [
    path("", include("crf.urls")),  # first: nearly every request is for one of these
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("about/", about.about, name="about"),
    path("language", home.language, name="language"),
    path("density", home.density, name="density"),
    path("account/", home.sessions, name="account_sessions"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("account/again/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/second-step/", include("reminet_site.second_step_urls")),
    path("trail/", trail.trail, name="trail"),
    path("trail/files/<int:pk>/", trail.copy, name="trail_copy"),
    path("trail/redactions/", trail.redactions, name="redactions"),
    path("trail/redactions/<int:pk>/", trail.redaction, name="redaction"),
    path("trail/signatures/", signatures.signatures, name="signatures"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/requests/", access.requests, name="access_requests"),
    path("rights/", access.report, name="access_report"),
    path("rights/roles/", access.role_table, name="access_table"),
    path("rights/review/", access.review, name="access_review"),
    path("invitation/<str:secret>/", invitation.invitation, name="invitation"),
    path("centres/", centres.centres, name="centres"),
    path("centres/<str:centre>/team/", centres.team, name="team"),
    path("centres/<str:centre>/state/", centres.centre_state, name="centre_state"),
    path("", include("randomisation.urls")),
    path("", include("analysis.urls")),
    path(
        "api/schema/",
        may(get=Verb.SIGNED_IN)(SpectacularAPIView.as_view(api_version="1")),
        name="api_schema",
    ),
]
