"""The service's addresses, and the plain view's."""

from django.urls import include, path

from reminet_site import urls
from tests.bench.plain import views

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
urlpatterns = [
    path("plain/<int:pk>/", views.edit, name="plain"),
    path("nothing/<int:pk>/", views.nothing),
    path("", include("reminet_site.urls")),
]
