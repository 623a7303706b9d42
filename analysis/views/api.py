"""The API: releases, to list and to take, with a token. `may` has checked who asks and for what."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis import reads
from analysis.models import Release
from analysis.views.dmc import holds
from analysis.views.releases import file_of
from reminet_site.rights import may
from reminet_site.roles import Verb


class AsWrapped(BaseAuthentication):
    """Who the request wrapper found: it has authenticated before the transaction began."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        return request._request.user, getattr(request._request, "auth", None)


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema names it: the token in the header Authorization."""

    target_class = AsWrapped
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization"}


class ReleaseOut(serializers.Serializer):
    """A release as the API tells it."""

    name = serializers.CharField()
    note = serializers.CharField()
    blind = serializers.BooleanField()
    state = serializers.ChoiceField(choices=["waiting", "running", "done", "failed"])
    asked_at = serializers.DateTimeField()
    rows = serializers.IntegerField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class ReleaseDetail(ReleaseOut):
    manifest = serializers.JSONField(allow_null=True)


class ReleaseView(APIView):
    authentication_classes = [AsWrapped]
    permission_classes = [AllowAny]

    def found(self, request: Request, name: str) -> Release:
        by_arm = holds(request._request, Verb.READ_FINAL)
        return reads.release_named(name, by_arm=by_arm)


class Releases(ReleaseView):
    @extend_schema(
        operation_id="releases",
        summary="All releases, newest first",
        responses=ReleaseOut(many=True),
    )
    def get(self, request: Request) -> Response:
        found = reads.releases(by_arm=holds(request._request, Verb.READ_FINAL))
        return Response(ReleaseOut(found, many=True).data)


class OneRelease(ReleaseView):
    @extend_schema(
        operation_id="release", summary="One release with its manifest", responses=ReleaseDetail
    )
    def get(self, request: Request, name: str) -> Response:
        return Response(ReleaseDetail(self.found(request, name)).data)


class ReleaseFile(ReleaseView):
    @extend_schema(
        operation_id="release_file",
        summary="The zip of a release; the download is recorded",
        responses={(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        return file_of(self.found(request, name), way="api", by=request._request.actor)


READ = may(get=Verb.READ_RELEASES)
releases = READ(Releases.as_view())
release = READ(OneRelease.as_view())
release_file = READ(ReleaseFile.as_view())


@may(get=Verb.SIGNED_IN)
def api(request: HttpRequest) -> HttpResponse:
    """The same schema as a page, without a script."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    acts = [
        {
            "method": method.upper(),
            "path": path,
            "summary": said.get("summary", ""),
            "parameters": [one["name"] for one in said.get("parameters", [])],
            "answers": sorted(said.get("responses", {})),
        }
        for path, methods in schema["paths"].items()
        for method, said in methods.items()
        if path.startswith("/api/") and path != "/api/schema/"
    ]
    return render(
        request, "analysis/api.html", {"acts": acts, "version": schema["info"]["version"]}
    )
