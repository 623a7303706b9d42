"""What the committee reads of a look and what a release holds, asked for by the right people."""

import zipfile

from analysis import actions, dmc, tasks, tasks_unblinded
from analysis.models import Look, Release
from analysis.release.make import path_of
from reminet_site.context import acting
from reminet_site.roles import Role, Verb
from tests.integration.analysis.conftest import actor


def looked_at(sent) -> dict:
    """What the committee reads of a look at the data as they are."""
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        asked = actions.ask_look(reason="first planned look", by=by)
    tasks_unblinded.dmc_look(sent[0][1][0])
    member = actor(Role.DMC_MEMBER, Verb.READ_BY_ARM)
    with acting(member):
        return dmc.read(Look.objects.get(pk=asked.pk), by=member)


def released() -> dict[str, str]:
    """The files of a blind release, by name."""
    by = actor(Role.TRIAL_STATISTICIAN, Verb.MAKE_RELEASE)
    with acting(by):
        asked = actions.ask_release(note="the review", blind=True, by=by)
    tasks.make_release(asked.pk)
    with zipfile.ZipFile(path_of(Release.objects.get(pk=asked.pk))) as packed:
        return {name.split("/", 1)[1]: packed.read(name).decode() for name in packed.namelist()}
