"""Reads what came from outside: any value may be missing, null or of another type, and no text is trusted."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from providers.base import BadAnswer

# What a name or topic may be: no control character, and not only blanks.
BLANKS = "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CONTROLS = "\u0000-\u001f\u007f-\u009f"
PRINTABLE = f"^(?![{BLANKS}]*$)[^{CONTROLS}]+$"
MAX_TEXT = 1000
MAX_LINK = 4096
# Control characters (C0, DEL, C1) but the blanks among them, which `collapsed` turns into one; lone surrogates.
UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
SURROGATES = re.compile("[\ud800-\udfff]")
# An element whose content is no text, comments and declarations; then any tag, closed or cut off inside its attributes.
HIDDEN = re.compile(
    r"<(script|style|noscript|template)\b[^>]*>.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.IGNORECASE | re.DOTALL
)
INLINE = re.compile(r"</?(?:a|abbr|b|cite|code|em|i|mark|q|s|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>|</?[a-zA-Z][a-zA-Z0-9]*(?:\s+[\w:-]+\s*=[^<>]*|\s*/?)$")
UNWRAPPINGS = 3
# Longer texts are cut before they are searched, so that no input makes the patterns slow.
MAX_SEARCHED = 8000


def collapsed(text: str) -> str:
    """Return the text with every run of blanks as one, and none around it."""
    return " ".join(text.split())


def folded(text: str) -> str:
    """Return the one spelling of texts that differ in case, blanks or Unicode composition only."""
    return collapsed(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower()))


def clean(value: object) -> str | None:
    """Return a plain text without control characters; None for what is no text, or an empty one."""
    if not isinstance(value, str):
        return None
    return collapsed(SURROGATES.sub("\ufffd", UNPRINTABLE.sub("", value))) or None


def plain(value: object, limit: int = MAX_TEXT) -> str | None:
    """Return a text of HTML as plain text: no markup, entities resolved (also twice escaped ones), at most `limit`."""
    text = (clean(value) or "")[:MAX_SEARCHED]
    for _ in range(UNWRAPPINGS):
        before = text
        text = TAG.sub(" ", INLINE.sub("", HIDDEN.sub(" ", text)))
        text = unescape(text)
        if text == before:
            break
    text = clean(TAG.sub(" ", INLINE.sub("", HIDDEN.sub(" ", text)))) or ""
    return (text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…") or None


def number(value: object) -> float | int | None:
    """Return a finite number; None for all else, a bool too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(value: object) -> int | None:
    """Return a number rounded to a whole one, or None."""
    found = number(value)
    return None if found is None else round(found)


def link(value: object) -> str | None:
    """Return an absolute http or https URL without user name; None for all else."""
    if not isinstance(value, str) or len(value) > MAX_LINK or SURROGATES.search(value):
        return None
    text = UNPRINTABLE.sub("", value).strip()
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return text if fits and not re.search(r"[\s<>\"\\]", text) else None


def moment(value: object) -> datetime | None:
    """Return the UTC time of an RFC 3339 text or of epoch seconds; None for all else, and for the epoch itself."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        else:
            seconds = number(value)
            found = datetime.fromtimestamp(seconds or 0, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.timestamp() > 0 else None


def record(value: object, what: str = "answer") -> Mapping[str, Any]:
    """Return a JSON object; raises BadAnswer for all else."""
    if not isinstance(value, dict):
        raise BadAnswer(f"the provider's {what} is not the object that it documents")
    return value


def records(value: object, what: str = "answer") -> list[Mapping[str, Any]]:
    """Return the objects of a JSON array, leaving out what is none; raises BadAnswer for what is no array."""
    if not isinstance(value, list):
        raise BadAnswer(f"the provider's {what} is not the list that it documents")
    return [one for one in value if isinstance(one, dict)]


def inner(value: object, *path: str) -> Mapping[str, Any]:
    """Return the JSON object at the path; an empty one where any step is missing or no object."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
