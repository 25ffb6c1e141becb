#!/usr/bin/env python3
"""Tells a Prefect server that the taxonomy has a new commit: ``post_event.py COMMIT [REPOSITORY]``.

Needs Python and nothing else; a Git hook and a CI job call it (post-merge, github_workflow.yaml). From the environment:

    PREFECT_API_URL            https://labflow.example.org/api
    PREFECT_API_AUTH_STRING    user:password of the server
    SSL_CERT_FILE              the server's certificate, where a public authority does not vouch for it

The event is ``taxonomy.merged`` on the resource ``labflow.taxonomy.REPOSITORY`` with the commit as payload; the automation "run
on a merge to the taxonomy" starts a run on that commit. The event's id is made of repository and commit: told twice, it counts
once.
"""

import base64
import json
import os
import re
import sys
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone  # not UTC: whoever merges may have an older Python


def event_of(commit: str, repository: str) -> dict:
    """The event, as Prefect's API takes it."""
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{repository}@{commit}")),
        "occurred": datetime.now(timezone.utc).isoformat(),  # noqa: UP017
        "event": "taxonomy.merged",
        "resource": {"prefect.resource.id": f"labflow.taxonomy.{repository}", "prefect.resource.name": repository},
        "related": [],
        "payload": {"commit": commit},
    }


def main() -> int:
    """Exit code 0 told, 1 the server did not take it, 2 bad usage."""
    if len(sys.argv) not in (2, 3) or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", sys.argv[1]):
        print("usage: post_event.py COMMIT [REPOSITORY], the commit with all its hex digits", file=sys.stderr)
        return 2
    url = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        print("set PREFECT_API_URL to the server's https:// address; a password does not go over plain http", file=sys.stderr)
        return 2
    repository = re.sub(r"[^A-Za-z0-9._-]", "-", sys.argv[2] if len(sys.argv) == 3 else "taxonomy")
    body = json.dumps([event_of(sys.argv[1], repository)]).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/events", data=body, headers=headers)  # noqa: S310  http(s) only, checked above
    login = os.environ.get("PREFECT_API_AUTH_STRING")
    if login:
        request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass
    except urllib.error.HTTPError as error:
        print(f"{url} answers {error.code}", file=sys.stderr)
        return 1
    except (urllib.error.URLError, OSError) as error:
        print(f"cannot reach {url}: {getattr(error, 'reason', error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
