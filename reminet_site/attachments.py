"""A file that a person takes, made in the request: what it is called, its hash, of which build."""

import hashlib

from django.http import HttpResponse

from reminet_site import build


def csv_file(name: str, content: str | bytes) -> HttpResponse:
    """The answer that a browser keeps as `name`; its header X-Content-SHA256 is the content's."""
    raw = content.encode() if isinstance(content, str) else content
    response = HttpResponse(raw, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-SHA256"] = hashlib.sha256(raw).hexdigest()
    build.stamp(response)
    return response
