"""Who is let in over HTTP, and what the others are told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fixtures.authorization_server import CLIENT, METADATA, RESOURCE, AuthorizationServer
from fixtures.web_server import Serve, get

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.server.access import signing_keys
from pipeline_mcp.server.access.tokens import create, revoke

READ = [AccessScope.READ]
OAUTH = {"resource": RESOURCE, "cache_seconds": 0}


@pytest.fixture
def signed(serve: Serve, authorization_server: AuthorizationServer) -> str:
    """A server that takes the authorization server's signed tokens, and our own."""
    return serve(methods=("jwt", "tokens"), issuer=authorization_server.issuer, **OAUTH)


@pytest.fixture
def introspecting(serve: Serve, authorization_server: AuthorizationServer) -> str:
    """A server that asks the authorization server about each token."""
    issuer = authorization_server.issuer
    return serve(
        methods=("introspection",),
        issuer=issuer,
        introspection_url=f"{issuer}/introspect",
        client_id=CLIENT[0],
        client_secret=CLIENT[1],
        **OAUTH,
    )


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that is logged, down to the last detail."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_without_a_token_only_the_probes_answer(serve: Serve) -> None:
    url = serve(methods=("tokens",))
    assert get(f"{url}/healthz").status_code == 200
    for path in ("/", "/mcp", "/metrics", "/anything/else"):
        refused = get(url + path)
        assert refused.status_code == 401
        # No error where nothing was tried: RFC 6750, section 3.1.
        assert refused.headers["www-authenticate"] == 'Bearer scope="read"'


def test_an_open_server_on_this_machine_asks_for_nothing(serve: Serve) -> None:
    assert get(serve()).status_code == 200


def test_a_token_opens_the_door_until_it_is_revoked(serve: Serve) -> None:
    url = serve(methods=("tokens",), cache_seconds=0)
    _, token = create("ci", READ)
    assert get(url, token).status_code == 200
    revoke("ci")
    refused = get(url, token)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_what_is_revoked_is_refused_everywhere_after_the_cache_forgets(
    serve: Serve, wait_until: Any
) -> None:
    _, token = create("ci", READ)
    urls = [serve(methods=("tokens",), cache_seconds=0.3) for _ in range(2)]
    assert [get(url, token).status_code for url in urls] == [200, 200]
    revoke("ci")
    wait_until(lambda: {get(url, token).status_code for url in urls} == {401}, timeout=5)


def test_a_token_in_the_address_is_refused_even_if_it_is_good(serve: Serve) -> None:
    _, token = create("ci", READ)
    url = serve(methods=("tokens",))
    refused = get(f"{url}/?access_token={token}", token)
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_request"


def test_no_token_is_ever_logged(
    signed: str, authorization_server: AuthorizationServer, said: pytest.LogCaptureFixture
) -> None:
    _, own = create("ci", READ)
    foreign = authorization_server.signed()
    expired = authorization_server.signed(exp=int(time.time()) - 3600)
    for token in (own, foreign, expired, own[:-1] + "!"):
        get(signed, token)
        # What it ends with is the secret of our own ones, and the signature of the others.
        assert token[-40:] not in said.text
    assert "a token is refused: Signature has expired" in said.text


def test_the_metadata_say_where_to_get_a_token(
    signed: str, authorization_server: AuthorizationServer
) -> None:
    challenge = get(f"{signed}/mcp").headers["www-authenticate"]
    place = "/.well-known/oauth-protected-resource/mcp"
    assert f'resource_metadata="https://quality.example.org{place}"' in challenge
    document = get(signed + place).json()
    assert document["resource"] == RESOURCE
    assert document["authorization_servers"] == [authorization_server.issuer]
    assert document["scopes_supported"] == ["read", "run", "fix", "admin"]


def test_a_signed_token_and_our_own_are_both_good(
    signed: str, authorization_server: AuthorizationServer
) -> None:
    assert get(signed, authorization_server.signed()).status_code == 200
    assert get(signed, create("ci", READ)[1]).status_code == 200
    assert authorization_server.asked == [METADATA, "/jwks"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://another.example.org/mcp"},
        {"aud": None},
        {"iss": "https://evil.example.org"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"nbf": 4102444800},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
    ],
    ids=str,
)
def test_a_signed_token_that_is_not_meant_for_us_is_refused(
    wrong: dict[str, Any], signed: str, authorization_server: AuthorizationServer
) -> None:
    assert get(signed, authorization_server.signed(**wrong)).status_code == 401


def test_small_differences_of_clocks_do_not_matter(
    signed: str, authorization_server: AuthorizationServer
) -> None:
    now = int(time.time())
    assert get(signed, authorization_server.signed(nbf=now + 10)).status_code == 200


def test_a_scope_that_means_nothing_here_is_insufficient(
    signed: str, authorization_server: AuthorizationServer
) -> None:
    refused = get(signed, authorization_server.signed(scope="email profile"))
    assert refused.status_code == 403
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="read"' in challenge


def test_pages_and_numbers_need_the_scope_read(
    signed: str, authorization_server: AuthorizationServer
) -> None:
    token = authorization_server.signed(scope="run")
    assert [get(signed + path, token).status_code for path in ("/", "/metrics")] == [403, 403]


@pytest.mark.parametrize("claim", [{"scope": ["read"]}, {"scope": None, "scp": "read x"}])
def test_scopes_are_read_as_vendors_write_them(
    claim: dict[str, Any], signed: str, authorization_server: AuthorizationServer
) -> None:
    assert get(signed, authorization_server.signed(**claim)).status_code == 200


def test_forged_signatures_are_refused(
    signed: str, authorization_server: AuthorizationServer
) -> None:
    claims = authorization_server.claims()
    header = {"kid": authorization_server.key_id}
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = authorization_server.signed()
    forged = {
        "no algorithm": jwt.encode(claims, "", "none", headers=header),
        "public key as secret": _hs256(claims, header, authorization_server.public_pem),
        "another key": jwt.encode(claims, stranger, "RS256", headers=header),
        "another algorithm": jwt.encode(claims, authorization_server.key, "PS256", headers=header),
        "no signature": good.rsplit(".", 1)[0] + ".",
        "changed claims": _with_claims(good, authorization_server.claims(scope="admin")),
        "unknown key": jwt.encode(claims, stranger, "RS256", headers={"kid": "two"}),
        "own key": jwt.encode(claims, stranger, "RS256", headers={**header, "jku": "http://e/"}),
        "nonsense": "a.b.c",
    }
    assert {name: get(signed, token).status_code for name, token in forged.items()} == (
        dict.fromkeys(forged, 401)
    )
    assert get(signed, good).status_code == 200


def test_a_new_key_is_found_and_made_up_ones_cost_little(
    signed: str, authorization_server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = authorization_server.signed()
    assert get(signed, old).status_code == 200
    for number in range(5):
        stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        made_up = jwt.encode({}, stranger, "RS256", headers={"kid": f"made up {number}"})
        assert get(signed, made_up).status_code == 401
    assert authorization_server.asked.count("/jwks") == 1
    monkeypatch.setattr(signing_keys, "_AGAIN_SECONDS", 0)
    authorization_server.rotate("two")
    assert get(signed, authorization_server.signed()).status_code == 200
    assert get(signed, old).status_code == 401


def test_an_active_token_is_good_until_it_is_not(
    introspecting: str, authorization_server: AuthorizationServer
) -> None:
    authorization_server.opaque["opaque"] = {"active": True, **authorization_server.claims()}
    assert get(introspecting, "opaque").status_code == 200
    authorization_server.opaque["opaque"] = {"active": False}
    assert [get(introspecting, "opaque").status_code for _ in range(2)] == [401, 401]
    assert get(introspecting, "unknown").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://another.example.org/mcp"},
        {"aud": None},
        {"iss": "https://evil.example.org"},
        {"exp": 1},
        {"nbf": 4102444800},
        {"sub": None},
        {"active": "true"},
    ],
    ids=str,
)
def test_an_active_token_that_is_not_meant_for_us_is_refused(
    wrong: dict[str, Any], introspecting: str, authorization_server: AuthorizationServer
) -> None:
    claims = {"active": True, **authorization_server.claims(**wrong)}
    authorization_server.opaque["opaque"] = claims
    assert get(introspecting, "opaque").status_code == 401


def test_an_authorization_server_that_is_away_is_no_ones_fault(
    introspecting: str, authorization_server: AuthorizationServer
) -> None:
    authorization_server.shutdown()
    authorization_server.socket.close()
    refused = get(introspecting, "opaque")
    assert refused.status_code == 503
    assert "retry-after" in refused.headers


def _hs256(claims: dict[str, Any], header: dict[str, str], secret: bytes) -> str:
    """Signed with the public key as if it were a shared secret; the library refuses to do it."""
    said = ".".join(_encoded(each) for each in ({"alg": "HS256", **header}, claims))
    return f"{said}.{_base64(hmac.digest(secret, said.encode(), hashlib.sha256))}"


def _with_claims(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{_encoded(claims)}.{signature}"


def _encoded(document: dict[str, Any]) -> str:
    return _base64(json.dumps(document).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
