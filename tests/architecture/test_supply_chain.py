"""What is installed is pinned by hash and listed; no secret is in the repository."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from reminet_site.local import sbom

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.promise("SE-09")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_a_hash_and_from_no_address(lock):
    text = lock.read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    found = list(sbom.locked(text))
    assert len(found) == len(lines) > 0
    for name, version, hashes in found:
        assert hashes, name
        assert re.fullmatch(r"[\w.!+-]+", version), name
    assert "://" not in text
    assert "--index-url" not in text


def test_every_set_of_requirements_is_locked():
    wanted = {path.stem for path in (ROOT / "requirements").glob("*.in")}
    assert {path.stem for path in LOCKS} == wanted == set(sbom.LOCKS)


@pytest.fixture(scope="module")
def bom():
    return sbom.bom()


@pytest.mark.promise("SE-09")
def test_the_bill_of_materials_is_complete(bom):
    """Each package of each lock file with all its hashes, and each image of production."""
    listed = {(one["name"], one["version"]): one for one in bom["components"]}
    for lock in LOCKS:
        for name, version, hashes in sbom.locked(lock.read_text()):
            there = listed[name, version]
            assert {one["content"] for one in there["hashes"]} == set(hashes)
            assert there["purl"].startswith("pkg:pypi/")
            if lock.stem == "base":
                assert there["scope"] == "required"
    images = {one["name"] for one in bom["components"] if one["type"] == "container"}
    assert images == {"postgres", "redis", "python"}
    assert len(bom["dependencies"][0]["dependsOn"]) > 40


@pytest.mark.promise("SE-09")
def test_the_bill_of_materials_is_cyclonedx_and_the_same_each_time(bom):
    assert (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bom["serialNumber"])
    refs = [one["bom-ref"] for one in bom["components"]]
    assert len(refs) == len(set(refs))
    assert json.dumps(bom) == json.dumps(sbom.bom())


def test_what_runs_states_a_licence(bom):
    wanted = [
        one
        for one in bom["components"]
        if one["scope"] == "required" and one["purl"][4:8] == "pypi"
    ]
    without = [one["name"] for one in wanted if not one.get("licenses")]
    # packages of another system are not installed here
    assert set(without) <= {"tzdata", "colorama", "async-timeout"}, without
    assert not [one for one in wanted if "AGPL" in json.dumps(one.get("licenses", ""))]


# -- secrets -----------------------------------------------------------------------------

SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "key of a cloud": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token of a forge": re.compile(r"\b(?:gh[pousr]_|glpat-|xox[baprs]-)[\w-]{16,}"),
    "32 bytes in base64": re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/]{43}=(?!=)"),
    "password in an address": re.compile(
        r"\b(?:postgres(?:ql)?|redis|smtps?|amqps?)://[\w.-]*:(?!\$|\{|password@|app@)[^@\s'\"{}]+@"
    ),
    "assigned": re.compile(
        r"\b\w*(?:SECRET|PASSWORD|TOKEN|API_?KEY|VAULT_KEY|ANCHOR_KEY)\w*\"?(?:\s*=|:)\s*"
        r"[\"'](?=[^\"']*[a-z0-9])(?![^\"']*[$%{<])[^\"']{8,}[\"']"
    ),
}
# Values that open nothing: of tests, and the one printed on the sign-in page of a demonstration.
EXCEPTED = {
    ("tests/conftest.py", "32 bytes in base64"): 3,
    ("tests/conftest.py", "assigned"): 4,
    ("tests/people.py", "assigned"): 1,
    ("tests/journeys/conftest.py", "assigned"): 1,
    ("tests/unit/local/test_programs.py", "assigned"): 1,
    ("tests/integration/trail/test_redaction.py", "assigned"): 1,
    ("tests/integration/test_safety.py", "assigned"): 5,
    ("tests/integration/test_safety.py", "32 bytes in base64"): 1,
    ("reminet_site/page.py", "assigned"): 1,
    ("reminet_site/static/reminet/js/signin-again.js", "assigned"): 1,  # the name of a field
    ("reminet_site/local/roles.sql", "assigned"): 2,  # psql's variables
}


def tracked():
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a working copy of git")
    for name in done.stdout.splitlines():
        if not name.startswith("requirements/") and name.rpartition(".")[2] not in ("png", "ico"):
            yield name, (ROOT / name).read_bytes().decode(errors="replace")


def secrets_in(text):
    for kind, pattern in SECRETS.items():
        for found in pattern.findall(text):
            yield kind, found


@pytest.mark.promise("SE-09")
def test_no_secret_is_in_a_tracked_file():
    seen = {}
    for name, text in tracked():
        if name == "tests/architecture/test_supply_chain.py":
            continue
        for kind, found in secrets_in(text):
            seen.setdefault((name, kind), []).append(found)
    more = {at: found for at, found in seen.items() if len(found) > EXCEPTED.get(at, 0)}
    assert not more


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "key = AKIAIOSFODNN7EXAMPLE",
        "dGhpcyBpcyBhIGtleSBvZiB0aGlydHktdHdvIGJ5dGU=",
        "postgresql://app:hunter2hunter@db/reminet",
        'SECRET_KEY = "kd83hf93hf93hf"',
        "VAULT_KEY: 'abcdefgh12345678'",
    ],
)
def test_a_planted_secret_is_found(planted):
    assert list(secrets_in(planted))


def test_no_file_of_secrets_is_tracked():
    names = [name for name, _ in tracked()]
    odd = re.compile(r"(^|/)(\.env|secrets\.json|.*\.(pem|key|p12|pfx|kdbx|sqlite3|dump))$")
    assert not [name for name in names if odd.search(name)]
