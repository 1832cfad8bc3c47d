"""Which tokens are refused: forged, altered, ended, of the wrong kind and in the wrong place."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from redis import Redis

from tests import servers
from tests.e2e.client import Client
from tests.faults.forging import CLAIMS, SECRET, WEEK, forged, plain, signed, unsigned
from tests.faults.protection import without
from tests.faults.wire import Header, ask

# What a token of nobody we know may read: it says whether the token itself was taken.
PATH = "/api/widgets"


def status(url: str, *headers: Header, path: str = PATH) -> int:
    return ask(Client(url), "GET", path, headers).status


def taken(url: str, tokens: Mapping[str, str]) -> dict[str, int]:
    """Return the answers to those tokens that are not refused."""
    found = {name: status(url, ("Authorization", f"Bearer {token}")) for name, token in tokens.items()}
    return {name: one for name, one in found.items() if one != 401}


@without("web/tokens.py", 'algorithms=["HS256"],', 'algorithms=["HS256", "HS384", "HS512"],')
def test_no_other_algorithm_is_taken(api: str, redis: Redis) -> None:
    now = int(time.time())
    claims, key = {**CLAIMS, "iat": now, "exp": now + WEEK}, SECRET.encode()

    assert status(api, ("Authorization", f"Bearer {forged({})}")) == 200
    assert taken(api, {
        **{f"unsigned {name}": unsigned(name) for name in ("none", "None", "NONE", "nOnE", "")},
        **{f"{name}, signed as HS256": forged({}, {"alg": name}) for name in ("none", "RS256", "EdDSA", "hs256")},
        "no algorithm": signed({"typ": "JWT"}, claims, key),
        "an algorithm of another type": signed({"alg": ["HS256"], "typ": "JWT"}, claims, key),
        "HS384": signed({"alg": "HS384", "typ": "JWT"}, claims, key, "sha384"),
        "HS512": signed({"alg": "HS512", "typ": "JWT"}, claims, key, "sha512"),
    }) == {}  # fmt: skip


@without("web/tokens.py", 'options={"require":', 'options={"verify_signature": False, "require":')
def test_no_other_key_is_taken_wherever_the_token_says_it_is(api: str, redis: Redis) -> None:
    mine = "a key of the attacker's, thirty-two bytes or more"
    jwk = {"kty": "oct", "k": plain(mine.encode()), "alg": "HS256"}
    genuine = forged({})

    assert taken(api, {
        "empty": forged({}, secret=""),
        "another": forged({}, secret=mine),
        "nearly ours": forged({}, secret=SECRET[:-1]),
        "jwk": forged({}, {"jwk": jwk}, secret=mine),
        "jku": forged({}, {"jku": "http://127.0.0.1:1/keys"}, secret=mine),
        "x5u": forged({}, {"x5u": "http://127.0.0.1:1/chain"}, secret=mine),
        "x5c": forged({}, {"x5c": ["MIIB"]}, secret=mine),
        "kid is a path": forged({}, {"kid": "../../../../dev/null"}, secret=""),
        "kid is SQL": forged({}, {"kid": "' UNION SELECT 'a"}, secret="a"),
        "one bit less": genuine[:-8] + ("A" if genuine[-8] != "A" else "B") + genuine[-7:],
        "cut off": genuine[:-1],
        "no signature": genuine.rpartition(".")[0],
        "an empty signature": genuine.rpartition(".")[0] + ".",
        "another's payload": ".".join([*forged({"sub": CLAIMS["jti"]}).split(".")[:2], genuine.split(".")[2]]),
    }) == {}  # fmt: skip


@without("web/tokens.py", 'options={"require": ["exp", "iat", "jti", "sub", "type", "iss", "aud", "generation"]},')
@without("web/tokens.py", "    if not ours(claims):", "    if False:")
@without("web/tokens.py", 'claims["jti"], claims["generation"], float(claims["exp"])',
         'claims.get("jti", ""), claims.get("generation", 0), float(claims.get("exp", 9e9))')  # fmt: skip
def test_no_token_without_one_of_our_claims_is_taken(api: str, redis: Redis) -> None:
    names = ("exp", "iat", "jti", "sub", "type", "iss", "aud", "generation")

    assert taken(api, {name: forged({name: None}) for name in names}) == {}


ODD: dict[str, tuple[Any, ...]] = {
    "type": ("refresh", "Access", 1, [], True),
    "generation": ("x", True, 1.0, -1, 2**31, 10**30),
    "jti": ("", "made up", 5, [], "\0", "\ud800", "x" * 1200, "A" * 32),
    "exp": (0, -1, 10**18, 10**400, "9999999999", 9_999_999_999, 4e9, True, float("inf"), float("nan"), [], {}),
    "iat": (float("inf"), "now", []),
    "nbf": ("later", float("inf")),
    "sub": (5, "", "no uuid", [], "\0", CLAIMS["sub"] + "\n", "' OR 1=1 --"),
    "iss": ("someone", ["insightboard"], 5),
    "aud": ("someone", 5, {}),
}


@pytest.mark.parametrize("name", ODD)
@without("web/tokens.py", "    if not ours(claims):", "    if False:")
def test_no_claim_of_another_kind_or_size_is_taken(api: str, redis: Redis, name: str) -> None:
    assert taken(api, {repr(value)[:40]: forged({name: value}) for value in ODD[name]}) == {}


@without("web/tokens.py", "leeway=LEEWAY_SECONDS", "leeway=900")
def test_no_token_is_taken_before_it_begins(api: str, redis: Redis) -> None:
    later = int(time.time()) + 600

    assert taken(api, {"iat": forged({"iat": later}), "nbf": forged({"nbf": later})}) == {}


@without("web/tokens.py", "    if time.time() >= identity.expires_at:", "    if False:")
def test_a_token_ends_also_where_it_is_remembered(api: str, redis: Redis) -> None:
    header = ("Authorization", f"Bearer {forged({'exp': int(time.time()) + 6})}")
    before = status(api, header)

    servers.until(lambda: status(api, header) == 401, 12)

    assert before == 200
    assert taken(api, {"long ago": forged({"exp": int(time.time()) - WEEK})}) == {}


@without(
    "web/tokens.py",
    'return token.strip(" ") if scheme.lower() == SCHEME else ""',
    "return token.strip().strip('\"') or (header or '')",
)
def test_nothing_but_one_bearer_token_is_read_of_the_header(api: str, redis: Redis) -> None:
    token = forged({})
    bad: dict[str, list[Header]] = {
        "nothing": [],
        "an empty one": [("Authorization", "")],
        "a scheme alone": [("Authorization", "Bearer")],
        "a blank token": [("Authorization", "Bearer  ")],
        "no scheme": [("Authorization", token)],
        "no blank": [("Authorization", f"Bearer{token}")],
        "Basic": [("Authorization", f"Basic {plain(f'{token}:'.encode())}")],
        "Token": [("Authorization", f"Token {token}")],
        "JWT": [("Authorization", f"JWT {token}")],
        "six letters and a blank": [("Authorization", f"Digest {token}")],
        "twice the scheme": [("Authorization", f"Bearer Bearer {token}")],
        "quoted": [("Authorization", f'Bearer "{token}"')],
        "a tab": [("Authorization", f"Bearer\t{token}")],
        "a dot more": [("Authorization", f"Bearer {token}.")],
        "a part more": [("Authorization", f"Bearer {token}.e30")],
        "two in one": [("Authorization", f"Bearer {token}, Bearer {token}")],
        "two": [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")],
        "two, the first empty": [("Authorization", ""), ("Authorization", f"Bearer {token}")],
        "blanks within": [("Authorization", f"Bearer {token[:50]} {token[50:]}")],
        "bytes": [("Authorization", "Bearer \xff\xfe.\x80.\xff")],
        "dots": [("Authorization", "Bearer ..")],
        "padded": [("Authorization", f"Bearer {token}==")],
        "60 KB": [("Authorization", f"Bearer {token}{'A' * 60_000}")],
    }  # fmt: skip

    found = {name: status(api, *headers) for name, headers in bad.items()}

    assert {name: one for name, one in found.items() if one != 401} == {}
    assert status(api, ("Authorization", f"bearer {token}")) == 200


@without(
    "web/session.py",
    "    identity = tokens.genuine(token)",
    "    import flask; identity = tokens.genuine(token or flask.request.args.get('token', ''))",
)
def test_a_token_in_another_place_is_not_seen(api: str, redis: Redis) -> None:
    token = forged({})
    names = ("token", "access_token", "jwt", "access_token_cookie", "auth")

    found = {
        **{f"query {name}": status(api, path=f"{PATH}?{name}={token}") for name in names},
        **{f"cookie {name}": status(api, ("Cookie", f"{name}={token}")) for name in names},
        **{
            f"header {name}": status(api, (name, f"Bearer {token}"))
            for name in ("X-Token", "X-Authorization", "Proxy-Authorization")
        },
    }

    assert {name: one for name, one in found.items() if one != 401} == {}


@without("web/tokens.py", "if not 0 < len(token) <= MAX_CHARACTERS:", "if not token:")
def test_a_token_that_is_longer_than_any_of_ours_is_not_even_read(api: str, redis: Redis) -> None:
    long = forged({"note": "x" * 3000})

    assert taken(api, {"3000 characters more": long}) == {}
    assert status(api, ("Authorization", "Bearer " + "a" * 1_000_000)) in {401, 431}
    assert status(api, ("Authorization", f"Bearer {forged({})}")) == 200


@without(
    "web/tokens.py", "except (PyJWTError, ValueError, TypeError, OverflowError, RecursionError):", "except PyJWTError:"
)
def test_what_is_no_token_inside_is_refused_too(api: str, redis: Redis) -> None:
    key, head = SECRET.encode(), {"alg": "HS256", "typ": "JWT"}
    deep = plain(b"[" * 700 + b"]" * 700)

    assert taken(api, {
        "an array": signed(head, [1], key),
        "a text": signed(head, "text", key),
        "null": signed(head, None, key),
        "critical": forged({}, {"crit": ["exp"]}),
        "an unknown critical": forged({}, {"crit": ["http://example.org/x"], "http://example.org/x": True}),
        "unencoded": forged({}, {"b64": False, "crit": ["b64"]}),
        "encrypted": forged({}, {"enc": "A256GCM", "alg": "dir"}),
        "a deep head": f"{deep}.e30.AAAA",
        "a deep body": f"{plain(json.dumps(head).encode())}.{deep}.AAAA",
        "no base64": "!!!.???.***",
        "a NUL in the user": forged({"sub": "\x00"}),
    }) == {}  # fmt: skip
