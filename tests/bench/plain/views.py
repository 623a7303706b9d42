"""Sign-in, fetch, ModelForm, save, redirect; and the same without all that stands between."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from reminet_site.rights import open_to_all
from tests.bench.plain.models import Plain40, Plain60


class Form40(forms.ModelForm):
    class Meta:
        model = Plain40
        fields = "__all__"


class Form60(forms.ModelForm):
    class Meta:
        model = Plain60
        fields = "__all__"


@open_to_all
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(Plain40, pk=pk)
    form = Form40(request.POST or None, instance=entry)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("plain", pk)
    return render(request, "plain/form.html", {"form": form})


@open_to_all
@login_required
def nothing(request: HttpRequest, pk: int) -> HttpResponse:
    """What no save can be quicker than: the server, the middleware, the session, a redirect."""
    return redirect("plain", pk)
