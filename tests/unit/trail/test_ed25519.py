"""The verifier's own Ed25519, against RFC 8032 section 7.1 and against `cryptography`."""

import ast
import contextlib
import inspect
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reminet_site.trail import verify

RFC = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970"
        "1cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613"
        "d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("key", "text", "signature"), RFC)
def test_the_vectors_of_rfc_8032(key, text, signature):
    key, text, signature = (bytes.fromhex(one) for one in (key, text, signature))
    assert verify.verify_signature(key, text, signature)
    assert not verify.verify_signature(key, text + b"x", signature)


def test_agrees_with_cryptography_and_refuses_any_changed_bit():
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key, text = private.public_key().public_bytes_raw(), b"the heads of a day"
    signature = private.sign(text)
    assert verify.verify_signature(key, text, signature)
    for place in range(0, 512, 41):
        bad = bytearray(signature)
        bad[place // 8] ^= 1 << place % 8
        with contextlib.suppress(ValueError):
            assert not verify.verify_signature(key, text, bytes(bad))


def test_a_signature_has_one_form_only():
    """S + L would verify too, were it not refused (RFC 8032, 5.1.7)."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    signature = private.sign(b"x")
    s = int.from_bytes(signature[32:], "little") + verify.L
    twin = signature[:32] + s.to_bytes(32, "little")
    assert not verify.verify_signature(private.public_key().public_bytes_raw(), b"x", twin)


def test_the_script_stands_alone():
    tree = ast.parse(inspect.getsource(verify))
    named = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert named <= set(sys.stdlib_module_names)
    assert len(inspect.getsource(verify).splitlines()) < 400
