"""GitHub's event types as sentences, for the payloads before and since October 2025, and for types nobody knows yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from providers import text

Payload = Mapping[str, Any]
Told = tuple[str, str | None]
SHORT_SHA = 7
MAX_TITLE = 200
# Payloads name the public site; readers are led to where the operator says.
PUBLIC_SITE = "https://github.com/"
# Actions whose past tense says more than the bare word.
VERBS = {
    "synchronize": "updated",
    "review_requested": "asked for a review of",
    "review_request_removed": "no longer asks for a review of",
    "ready_for_review": "marked as ready for review",
    "converted_to_draft": "made a draft of",
    "auto_merge_enabled": "enabled auto-merge of",
    "create": "created",
    "update": "updated",
    "fork": "forked",
    "started": "started",
}


def told(kind: str, payload: Payload, repo: str | None, site: str) -> Told:
    """Return an event as a sentence without its subject, and the link that shows most of it, if there is one."""
    place = f"{site}/{quote(repo, safe='/')}" if repo else None
    sentence, found = SENTENCES.get(kind, unknown(kind))(payload, place)
    url = f"{site}/{found.removeprefix(PUBLIC_SITE)}" if found and found.startswith(PUBLIC_SITE) else found
    if kind in NAMES_ITS_REPO:
        return sentence.replace("{repo}", repo or "a repository"), url
    head, colon, title = sentence.partition(": ")
    return (f"{head} in {repo}{colon}{title}" if repo else sentence), url


def unknown(kind: str) -> Callable[[Payload, str | None], Told]:
    """Return what tells an event of a type that is not in the table."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind.removesuffix("Event")).lower().strip() or "something new"

    def sentence(payload: Payload, _place: str | None) -> Told:
        action = word(payload.get("action"))
        return capital(f"{verb(action)} {words}" if action else f"{words} happened"), linked(payload)

    return sentence


def word(value: object) -> str:
    """Return an action's or a type's name as words."""
    return (text.clean(value) or "").replace("_", " ")[:50]


def verb(action: str, otherwise: str = "did something with") -> str:
    """Return an action in the past tense."""
    return VERBS.get(action.replace(" ", "_"), action) or otherwise


def capital(sentence: str) -> str:
    """Return the sentence with a capital letter at its start."""
    return sentence[:1].upper() + sentence[1:]


def quoted(title: object) -> str:
    """Return `: title`, or nothing where there is none (pull requests have had none since 2025)."""
    found = text.clean(title)
    if not found:
        return ""
    return f": {found}" if len(found) <= MAX_TITLE else f": {found[: MAX_TITLE - 1]}…"


def linked(payload: Payload) -> str | None:
    """Return the first web address that any object of the payload has."""
    found = (text.link(one.get("html_url")) for one in payload.values() if isinstance(one, dict))
    return next((url for url in found if url), None)


def joined(place: str | None, *steps: object) -> str | None:
    """Return an address below the repository; None where a step is not known."""
    if place is None or not all(isinstance(step, int | str) and step for step in steps):
        return None
    return "/".join([place, *(quote(str(step), safe="/.") for step in steps)])


def branch(ref: object) -> str:
    """Return a branch's or a tag's name without `refs/heads/`."""
    return re.sub(r"^refs/(heads|tags)/", "", text.clean(ref) or "")


def push(payload: Payload, place: str | None) -> Told:
    """Tell a push; since 2025 there is no list of commits and no count."""
    commits = payload.get("commits")
    count = text.whole(payload.get("size")) or (len(commits) if isinstance(commits, list) else 0)
    what = f"Pushed {count} commit{'' if count == 1 else 's'}" if count > 0 else "Pushed"
    name = branch(payload.get("ref"))
    before, head = text.clean(payload.get("before")), text.clean(payload.get("head"))
    span = f"{before}...{head}" if before and head and before.strip("0") else None
    url = joined(place, "compare", span) or joined(place, "commit", head)
    return f"{what} to {name or 'a branch'}", url


def pull_request(payload: Payload, place: str | None) -> Told:
    """Tell a pull request's change; since 2025 a merge is an action of its own, before it was a field."""
    found = text.inner(payload, "pull_request")
    number = text.whole(payload.get("number")) or text.whole(found.get("number"))
    action = word(payload.get("action"))
    done = "merged" if action == "closed" and found.get("merged") is True else verb(action)
    url = text.link(found.get("html_url")) or joined(place, "pull", number)
    return capital(f"{done} pull request{numbered(number)}{quoted(found.get('title'))}"), url


def numbered(number: int | None) -> str:
    """Return ` #12`, or nothing."""
    return f" #{number}" if number else ""


def review(payload: Payload, place: str | None) -> Told:
    """Tell a review, or a comment within one."""
    found = text.inner(payload, "pull_request")
    number = text.whole(found.get("number"))
    state = {"approved": "Approved", "changes_requested": "Asked for changes in"}.get(
        str(text.inner(payload, "review").get("state")).lower(), "Reviewed"
    )
    url = text.link(text.inner(payload, "review").get("html_url")) or joined(place, "pull", number)
    return f"{state} pull request{numbered(number)}{quoted(found.get('title'))}", url


def review_comment(payload: Payload, place: str | None) -> Told:
    """Tell a comment on the lines of a pull request."""
    found = text.inner(payload, "pull_request")
    number = text.whole(found.get("number"))
    url = text.link(text.inner(payload, "comment").get("html_url")) or joined(place, "pull", number)
    return f"Commented on the code of pull request{numbered(number)}{quoted(found.get('title'))}", url


def issue(payload: Payload, place: str | None) -> Told:
    """Tell an issue's change."""
    found = text.inner(payload, "issue")
    number = text.whole(found.get("number"))
    url = text.link(found.get("html_url")) or joined(place, "issues", number)
    return capital(f"{verb(word(payload.get('action')))} issue{numbered(number)}{quoted(found.get('title'))}"), url


def issue_comment(payload: Payload, place: str | None) -> Told:
    """Tell a comment on an issue or a pull request."""
    found = text.inner(payload, "issue")
    number = text.whole(found.get("number"))
    kind = "pull request" if text.link(text.inner(found, "pull_request").get("html_url")) else "issue"
    url = text.link(text.inner(payload, "comment").get("html_url")) or joined(place, "issues", number)
    return f"Commented on {kind}{numbered(number)}{quoted(found.get('title'))}", url


def commit_comment(payload: Payload, place: str | None) -> Told:
    """Tell a comment on a commit."""
    found = text.inner(payload, "comment")
    sha = text.clean(found.get("commit_id")) or ""
    url = text.link(found.get("html_url")) or joined(place, "commit", sha)
    return f"Commented on commit {sha[:SHORT_SHA]}".rstrip(), url


def created(payload: Payload, place: str | None) -> Told:
    """Tell a new repository, branch or tag; a repository has no ref."""
    kind, name = word(payload.get("ref_type")) or "something", branch(payload.get("ref"))
    if kind == "repository" or not name:
        whole = "Created the repository {repo}" if place else "Created a repository"
        return (whole if kind == "repository" else f"Created a {kind} in {{repo}}"), place
    return f"Created the {kind} {name} in {{repo}}", joined(place, "tree", name)


def deleted(payload: Payload, _place: str | None) -> Told:
    """Tell a branch or tag that is gone."""
    name = branch(payload.get("ref"))
    return f"Deleted the {word(payload.get('ref_type')) or 'branch'} {name}".rstrip(), None


def forked(payload: Payload, _place: str | None) -> Told:
    """Tell a fork."""
    copy = text.inner(payload, "forkee")
    name = text.clean(copy.get("full_name"))
    return f"Forked {{repo}}{f' to {name}' if name else ''}", text.link(copy.get("html_url"))


def release(payload: Payload, _place: str | None) -> Told:
    """Tell a release."""
    found = text.inner(payload, "release")
    name = text.clean(found.get("name")) or text.clean(found.get("tag_name")) or ""
    return capital(f"{verb(word(payload.get('action')), 'published')} the release {name}".rstrip()), linked(payload)


def wiki(payload: Payload, place: str | None) -> Told:
    """Tell edits of wiki pages."""
    pages = payload.get("pages")
    found = [page for page in pages if isinstance(page, dict)] if isinstance(pages, list) else []
    names = [name for page in found if (name := text.clean(page.get("title")) or text.clean(page.get("page_name")))]
    url = text.link(found[0].get("html_url")) if found else None
    return f"Edited the wiki{': ' + ', '.join(names[:3]) if names else ''}", url or joined(place, "wiki")


def member(payload: Payload, _place: str | None) -> Told:
    """Tell a new collaborator."""
    name = text.clean(text.inner(payload, "member").get("login")) or "someone"
    return capital(f"{verb(word(payload.get('action')), 'added')} {name} as a collaborator"), linked(payload)


def discussion(payload: Payload, place: str | None) -> Told:
    """Tell a discussion's change."""
    found = text.inner(payload, "discussion")
    number = text.whole(found.get("number"))
    url = text.link(found.get("html_url")) or joined(place, "discussions", number)
    return capital(f"{verb(word(payload.get('action')))} discussion{numbered(number)}{quoted(found.get('title'))}"), url


def gist(payload: Payload, _place: str | None) -> Told:
    """Tell a gist (no longer sent since 2013)."""
    about = quoted(text.inner(payload, "gist").get("description"))
    return capital(f"{verb(word(payload.get('action')), 'changed')} a gist{about}"), linked(payload)


def follow(payload: Payload, _place: str | None) -> Told:
    """Tell a follow (no longer sent since 2013)."""
    name = text.clean(text.inner(payload, "target").get("login")) or "someone"
    return f"Followed {name}", linked(payload)


def download(payload: Payload, _place: str | None) -> Told:
    """Tell an upload of a file (no longer sent since 2013)."""
    name = text.clean(text.inner(payload, "download").get("name")) or "a file"
    return f"Uploaded {name}", linked(payload)


def always(sentence: str) -> Callable[[Payload, str | None], Told]:
    """Return what tells an event that has nothing more to say, with the repository's address."""
    return lambda _payload, place: (sentence, place)


# Those that say `{repo}` themselves; to all others ` in owner/name` is added.
NAMES_ITS_REPO = frozenset({"CreateEvent", "ForkEvent", "WatchEvent", "PublicEvent", "GistEvent", "FollowEvent"})
SENTENCES: Mapping[str, Callable[[Payload, str | None], Told]] = {
    "CommitCommentEvent": commit_comment,
    "CreateEvent": created,
    "DeleteEvent": deleted,
    "DiscussionEvent": discussion,
    "DownloadEvent": download,
    "FollowEvent": follow,
    "ForkApplyEvent": always("Applied a patch from a fork"),
    "ForkEvent": forked,
    "GistEvent": gist,
    "GollumEvent": wiki,
    "IssueCommentEvent": issue_comment,
    "IssuesEvent": issue,
    "MemberEvent": member,
    "PublicEvent": always("Made {repo} public"),
    "PullRequestEvent": pull_request,
    "PullRequestReviewCommentEvent": review_comment,
    "PullRequestReviewEvent": review,
    "PushEvent": push,
    "ReleaseEvent": release,
    "WatchEvent": always("Starred {repo}"),
}
