"""What lies about: unfinished files, sessions and copies that dead runs left."""

import os
import time

# What the state folder remembers for good: the lock, the counts of the last run, the journal.
KEPT = ("lock", "items.json", "operations.jsonl")


def files(folder: str) -> list[str]:
    """All files below a folder, by path from it."""
    return sorted(
        os.path.relpath(f"{inner}/{name}", folder)
        for inner, _, names in os.walk(folder)
        for name in names
    )


def count(home: str) -> dict[str, int]:
    """What a machine that was at rest for years would show, and how large everything is."""
    repository = f"{home}/repository"
    sizes = [os.path.getsize(f"{repository}/{name}") for name in files(repository)]
    return {
        "sessions": len(files(f"{repository}/sessions")),
        "unfinished": len(files(f"{repository}/tmp")),
        "state": len(files(f"{home}/state")),
        "temporary": len(files(f"{home}/temporary")),
        "beside": sum(name.startswith(".recover-") for name in os.listdir(home)),
        "packs": sum(name.endswith(".tar") for name in files(repository)),
        "indexes": len(files(f"{repository}/index")),
        "snapshots": len(files(f"{repository}/snapshots")),
        "bytes": sum(sizes),
    }


def plant(home: str, number: int):
    """Leaves what runs of an old version would have left that died long ago."""
    for path, text in (
        (f"repository/sessions/20200101T000000Z-{number % 65536:04x}.json", b'{"pid":1}'),
        (f"repository/tmp/old-{number}", b"x" * 5000),
        (f"state/scratch/{number}.db", b"SQLite format 3\0"),
        (f"state/scratch/late-{number}.db-journal", b""),
    ):
        os.makedirs(os.path.dirname(f"{home}/{path}"), mode=0o700, exist_ok=True)
        with open(f"{home}/{path}", "wb") as file:
            file.write(text)
        os.utime(f"{home}/{path}", (0, 0))


def problems(home: str) -> list[str]:
    """What a completed backup must not leave behind, nor find and leave."""
    drafts = f"{home}/repository/tmp"
    found = {
        "sessions": files(f"{home}/repository/sessions"),
        # A younger one may be that of a writer who has not locked it yet.
        "unfinished files": [name for name in files(drafts) if time.time() - os.path.getmtime(f"{drafts}/{name}") > 70],
        "state": [name for name in files(f"{home}/state") if name not in KEPT],
        "temporary files": files(f"{home}/temporary"),
    }
    return [f"{what}: {names[:5]}" for what, names in found.items() if names]
