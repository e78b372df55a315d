"""Injects one fault after the other and compares all that is said about it with one table."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

RECOVER, SCRATCH = sys.argv[1], pathlib.Path(sys.argv[2])
CAN_MOUNT = "mounts" in sys.argv[3:]
LOG = SCRATCH / "told.jsonl"

CONFIG = """version: 1
stack: demo
repository: repository
state: state
components:
  memory: {path: memory, required: true}
  rbac: security.db
metrics: metrics/recover.prom
notify:
  teams: "file:teams.url"
  slack: "file:slack.url"
  webhook: "file:webhook.url"
  ping: {backup: "file:ping.url", verify: "file:ping.url"}
"""


@dataclass
class Fault:
    """A row: what is done, and all that must be said of it."""

    name: str
    inject: Callable[["Stack"], object]
    code: int
    # How the metrics call the last run: ok, warning, failed, reverted; None where it says nothing.
    outcome: str | None
    # What the ping ends with: "", "/fail", "/log"; None where nobody is pinged.
    ping: str | None
    # What people are told: an event, or None.
    event: str | None
    # How `status --check` ends afterwards.
    status: int
    # A word among warnings, errors or concerns.
    word: str | None = None
    command: tuple[str, ...] = ("backup",)
    mounts: bool = False
    config: str = ""
    check: Callable[["Stack"], str | None] = field(default=lambda stack: None)
    before: int = 2


class Stack:
    """A small stack with some good backups, in a folder of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.undo: list[Callable[[], object]] = []

    def path(self, name: str) -> pathlib.Path:
        return self.folder / name

    def run(self, *arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [RECOVER, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False, **more
        )

    def sql(self, name: str, statements: str) -> None:
        with contextlib.closing(sqlite3.connect(self.path(name))) as database:
            database.executescript(statements)

    def append(self, text: str) -> None:
        with open(self.path("recover.yaml"), "a", encoding="utf-8") as file:
            file.write(text)

    def packs(self) -> list[pathlib.Path]:
        return sorted(path for path in self.path("repository/packs").rglob("*") if path.is_file())

    def close(self) -> None:
        for step in reversed(self.undo):
            with contextlib.suppress(Exception):
                step()


def base(port: int) -> pathlib.Path:
    folder = SCRATCH / "base"
    (folder / "memory/notes").mkdir(parents=True)
    (folder / "metrics").mkdir()
    for number in range(20):
        (folder / f"memory/notes/{number}.txt").write_text(f"note {number}\n" * 50)
    stack = Stack(folder)
    rows = "".join(f"INSERT INTO t VALUES ({number}, hex(randomblob(64)));" for number in range(200))
    stack.sql("memory/project.db", f"CREATE TABLE t(id INTEGER PRIMARY KEY, text); BEGIN; {rows} COMMIT;")
    stack.sql("memory/other.db", "CREATE TABLE t(x); INSERT INTO t VALUES (1), (2), (3);")
    stack.sql("security.db", "CREATE TABLE users(name); INSERT INTO users VALUES ('a'), ('b'), ('c');")
    (folder / "recover.yaml").write_text(CONFIG)
    for name in ("teams", "slack", "webhook", "ping"):
        (folder / f"{name}.url").write_text(f"http://127.0.0.1:{port}/{name}/s3cr3t\n")
    assert stack.run("init").returncode == 0
    return folder


# --- Faults ---------------------------------------------------------------------------------


def nothing(stack: Stack) -> None:
    pass


def remove(*names: str) -> Callable[[Stack], None]:
    def inject(stack: Stack) -> None:
        for name in names:
            path = stack.path(name)
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return inject


def empty_folder(stack: Stack) -> None:
    remove("memory")(stack)
    stack.path("memory").mkdir()


def half_the_rows(stack: Stack) -> None:
    stack.sql("memory/project.db", "DELETE FROM t WHERE id > 60;")


def half_the_files(stack: Stack) -> None:
    for number in range(16):
        stack.path(f"memory/notes/{number}.txt").unlink()


def write(name: str, content: bytes) -> Callable[[Stack], object]:
    return lambda stack: stack.path(name).write_bytes(content)


def damage_database(stack: Stack) -> None:
    path = stack.path("memory/project.db")
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xee" * 4096
    path.write_bytes(content)


def flip(pattern: str) -> Callable[[Stack], None]:
    def inject(stack: Stack) -> None:
        path = max((found for found in stack.folder.glob(pattern) if found.is_file()), key=lambda found: found.stat().st_size)
        path.chmod(0o600)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    return inject


def lose_pack(stack: Stack) -> None:
    max(stack.packs(), key=lambda path: path.stat().st_size).unlink()


def mount(stack: Stack, name: str, options: str) -> None:
    path = stack.path(name)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=True)
    stack.undo.append(lambda: subprocess.run(["umount", "-l", path], capture_output=True, check=False))


def unmount_source(stack: Stack) -> None:
    aside = stack.path("aside")
    stack.path("memory").rename(aside)
    stack.path("memory").mkdir()
    mount(stack, "memory", "size=8m")
    shutil.copytree(aside, stack.path("memory"), dirs_exist_ok=True)
    stack.run("backup")
    subprocess.run(["umount", stack.path("memory")], check=True)
    shutil.copytree(aside, stack.path("memory"), dirs_exist_ok=True)


def move_repository(stack: Stack, options: str) -> None:
    stack.path("repository").rename(stack.path("kept"))
    stack.path("repository").mkdir(mode=0o700)
    mount(stack, "repository", options)
    shutil.copytree(stack.path("kept"), stack.path("repository"), dirs_exist_ok=True)


def full_repository(stack: Stack) -> None:
    move_repository(stack, "size=2m,mode=700")
    stack.path("memory/large").write_bytes(os.urandom(6 << 20))


def readonly_repository(stack: Stack) -> None:
    move_repository(stack, "size=8m,mode=700")
    subprocess.run(["mount", "-o", "remount,ro", stack.path("repository")], check=True)
    stack.path("memory/new").write_text("new")


def hold_lock(stack: Stack) -> None:
    holder = subprocess.Popen(["flock", "-x", stack.path("state/lock"), "sleep", "60"], start_new_session=True)

    def release() -> None:
        os.killpg(holder.pid, signal.SIGKILL)
        holder.wait()

    stack.undo.append(release)
    time.sleep(0.5)


def fail_once(stack: Stack) -> None:
    stack.path("memory").rename(stack.path("aside"))
    stack.path("security.db").rename(stack.path("aside.db"))
    stack.run("backup")
    stack.path("aside").rename(stack.path("memory"))
    stack.path("aside.db").rename(stack.path("security.db"))


def slow_backup(stack: Stack, number: int) -> None:
    """A backup that waits in its hook until a signal ends it."""
    stack.append('hooks: {before_backup: [["sh", "-c", "touch waiting; sleep 30"]]}\n')
    process = subprocess.Popen([RECOVER, "backup"], cwd=stack.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(200):
        if stack.path("waiting").exists():
            break
        time.sleep(0.05)
    os.killpg(process.pid, number)
    process.wait()
    text = stack.path("recover.yaml").read_text()
    stack.path("recover.yaml").write_text(text[: text.index("hooks:")])


def killed(stack: Stack) -> None:
    slow_backup(stack, signal.SIGKILL)


def unfinished_restore(stack: Stack) -> None:
    stack.path("state/restore-20260114t021000z-x").write_bytes(str(stack.folder).encode())
    stack.path(".recover-stage-20260114t021000z-x-memory").mkdir()


def torn_journal(stack: Stack) -> None:
    with open(stack.path("state/operations.jsonl"), "a", encoding="utf-8") as journal:
        journal.write('{"record":{"half')


def point(name: str, to: str) -> Callable[[Stack], None]:
    def inject(stack: Stack) -> None:
        path = stack.path(f"{name}.url")
        path.write_text(re.sub(r"/\w+/s3cr3t", f"/{to}/s3cr3t", path.read_text()))

    return inject


def nobody_listens(name: str) -> Callable[[Stack], object]:
    return lambda stack: stack.path(f"{name}.url").write_text("http://127.0.0.1:9/s3cr3t")


def unwritable_metrics(stack: Stack) -> None:
    shutil.rmtree(stack.path("metrics"))
    stack.path("metrics").write_text("a file where a folder should be")


def has_pin(stack: Stack) -> str | None:
    pins = list(stack.path("repository/facts/pins").glob("*.json"))
    return None if len(pins) == 1 else f"{len(pins)} pins and not 1"


def metrics_are_gone(stack: Stack) -> str | None:
    return None if stack.path("metrics").is_file() else "somebody made the folder anew"


TABLE = [
    Fault("no fault", nothing, 0, "ok", "", None, 0),
    Fault("the first backup of a stack", nothing, 0, "ok", "", None, 0, before=0),
    Fault("one of two sources missing", remove("security.db"), 3, "failed", "/fail", "failed", 3, "failed"),
    Fault("all sources missing", remove("memory", "security.db"), 1, "failed", "/fail", "failed", 3, "source"),
    Fault("a source that lost its mount", unmount_source, 3, "failed", "/fail", "failed", 3, "failed", mounts=True),
    Fault("an empty source", empty_folder, 0, "warning", "", "warning", 3, "empty", check=has_pin),
    Fault("half the rows gone", half_the_rows, 0, "warning", "", "warning", 3, "shrunk", check=has_pin),
    Fault("half the files gone", half_the_files, 0, "warning", "", "warning", 3, "shrunk", check=has_pin),
    Fault("a database fewer", remove("memory/other.db"), 0, "warning", "", "warning", 3, "databases-fewer"),
    Fault("an empty database", write("memory/project.db", b""), 3, "failed", "/fail", "failed", 3, "database-lost"),
    Fault("a damaged database", damage_database, 3, "failed", "/fail", "failed", 3, None),
    Fault("a secret among the files", write("memory/server.pem", b"-----BEGIN PRIVATE KEY-----\nx\n"), 3, "failed", "/fail", "failed", 3, "secret"),
    Fault("a dead Qdrant", nothing, 3, "failed", "/fail", "failed", 3, "failed", config='  vectors: {qdrant: "http://127.0.0.1:9"}\n'),
    Fault("a Qdrant without its key", nothing, 3, "failed", "/fail", "failed", 3, "failed", config='  vectors: {qdrant: "http://127.0.0.1:9", api_key: "env:NO_SUCH"}\n'),
    Fault("a full repository", full_repository, 13, "failed", "/fail", "failed", 3, "repository-full", mounts=True),
    Fault("a repository that is read-only", readonly_repository, 1, "failed", "/fail", "failed", 3, "repository", mounts=True),
    Fault("no repository", remove("repository"), 10, "failed", "/fail", "failed", 10, "repository-missing"),
    Fault("a repository of another format", write("repository/FORMAT", b"recover-repository 9\n"), 28, "failed", "/fail", "failed", 1, "repository-unsupported"),
    Fault("damaged settings of the repository", flip("repository/config.json"), 20, "failed", "/fail", "failed", 1, "damage"),
    Fault("a damaged pack", flip("repository/packs/**/*"), 20, "failed", "/fail", "failed", 20, "damage", command=("verify", "--all")),
    Fault("a missing pack", lose_pack, 20, "failed", "/fail", "failed", 20, "damage", command=("verify", "--all")),
    Fault("a damaged snapshot", flip("repository/snapshots/*.json"), 20, "failed", "/fail", "failed", 20, "damage", command=("verify", "--all")),
    Fault("a hook that fails", nothing, 1, "failed", "/fail", "failed", 3, "hook", config='hooks: {before_backup: [["false"]]}\n'),
    Fault("a hook that puts it off", nothing, 75, "ok", "/log", None, 0, "hook-skip", config='hooks: {before_backup: [["sh", "-c", "exit 75"]]}\n'),
    Fault("another run at work", hold_lock, 11, "ok", "/log", None, 0, "locked", command=("backup", "--lock-wait", "1s")),
    Fault("a backup that was killed before", killed, 0, "ok", "", None, 0),
    Fault("a backup that was stopped before", lambda stack: slow_backup(stack, signal.SIGTERM), 0, "ok", "", "recovered", 0),
    Fault("warnings where none are allowed", half_the_rows, 3, "failed", "/fail", "failed", 3, "shrunk", command=("backup", "--strict")),
    Fault("a restore that was killed", unfinished_restore, 0, "warning", "", "warning", 24, "restore-unfinished"),
    Fault("a torn line in the journal", torn_journal, 0, "ok", "", None, 0),
    Fault("success after a failure", fail_once, 0, "ok", "", "recovered", 0),
    Fault("a snapshot that nobody has", nothing, 25, "ok", None, None, 0, "tag-not-found", command=("restore", "--tag", "1999.01.01", "--to", "out")),
    Fault("one component backed up", nothing, 0, "ok", None, None, 0, command=("backup", "rbac")),
    Fault("an unwritable metrics folder", unwritable_metrics, 0, None, "", None, 0, "metrics", check=metrics_are_gone),
    Fault("a check that is not reached", nobody_listens("ping"), 0, "ok", None, None, 0, "notify"),
    Fault("a check that answers 500", point("ping", "broken"), 0, "ok", None, None, 0, "notify"),
    Fault("and under --strict the same", point("ping", "gone"), 0, "ok", None, None, 0, "notify", command=("backup", "--strict")),
    Fault("a secret URL that is missing", remove("ping.url", "teams.url"), 0, "ok", None, None, 0, "notify"),
    Fault("no whole snapshot in time", lambda stack: time.sleep(2.2), 27, "ok", None, "overdue", 27, "stale", command=("schedule", "run", "watch"), config="schedule: {freshness: 1s}\n"),
]


# --- What is said ---------------------------------------------------------------------------


def outcome_of(metrics: str, operation: str) -> str | None:
    found = [
        re.search(r'outcome="(\w+)"', line)[1]
        for line in metrics.splitlines()
        if line.startswith("recover_operation_last_outcome{") and f'operation="{operation}"' in line and line.endswith(" 1")
    ]
    assert len(found) <= 1, found
    return found[0] if found else None


def told() -> list[dict]:
    return [json.loads(line) for line in LOG.read_text().splitlines()]


def judge(fault: Fault, stack: Stack, run: subprocess.CompletedProcess[str]) -> str | None:
    """Why something does not agree; None where all does."""
    document = json.loads(run.stdout)
    if run.returncode != fault.code:
        return f"exit code {run.returncode} and not {fault.code}: {run.stderr[-600:]}"
    if document["exit_code"] != fault.code or document["ok"] != (fault.code == 0):
        return f"the document says {document['exit_code']}, ok {document['ok']}"
    status = stack.run("status", "--check", "--json")
    standing = json.loads(status.stdout)
    words = {item["code"] for part in ("warnings", "errors") for item in document[part]}
    words |= {item["code"] for item in standing["data"]["concerns"]}
    if fault.word and fault.word not in words:
        return f"nobody says {fault.word}, but {sorted(words)}"
    if status.returncode != fault.status or standing["data"]["check_exit_code"] != fault.status:
        return f"status ends with {status.returncode} and not {fault.status}: {standing['data']['concerns']}"
    nagios = stack.run("status", "--nagios")
    critical = any(item["weight"] == "critical" for item in standing["data"]["concerns"])
    if nagios.returncode != (2 if critical else 1 if standing["data"]["concerns"] else 0):
        return f"nagios is told {nagios.returncode}: {nagios.stdout}"
    operation = "verify" if fault.command[0] == "verify" else "backup"
    if fault.outcome:
        metrics = stack.path("metrics/recover.prom")
        if metrics.stat().st_mode & 0o777 != 0o644:
            return "the metrics cannot be read by others"
        if outcome_of(metrics.read_text(), operation) != fault.outcome:
            return f"the metrics say {outcome_of(metrics.read_text(), operation)} and not {fault.outcome}"
        known = {item["operation"]: item.get("outcome") for item in standing["data"]["operations"]}
        if known.get(operation) != fault.outcome:
            return f"status says {known.get(operation)}"
    pings = [line for line in told() if line["path"].startswith("/ping/")]
    if fault.ping is None:
        if pings:
            return f"somebody was pinged: {pings}"
    else:
        ends = [line["path"].removeprefix("/ping/s3cr3t") for line in pings]
        if ends != ["/start", fault.ping]:
            return f"the pings are {ends}"
        if len({line["query"]["rid"] for line in pings}) != 1:
            return "start and end have two run ids"
        if f"exit {fault.code}" not in pings[1]["body"] or str(stack.folder) in pings[1]["body"]:
            return f"the ping says {pings[1]['body']}"
    notices = [json.loads(line["body"]) for line in told() if line["path"].startswith("/webhook/")]
    events = [notice["event"] for notice in notices]
    if events != ([fault.event] if fault.event else []):
        return f"people are told {events} and not {fault.event}"
    cards = [line for line in told() if line["path"].startswith("/teams/")]
    if len(cards) != len(events) and stack.path("teams.url").exists():
        return f"{len(cards)} cards for {len(events)} events"
    for notice, card in zip(notices, cards):
        if notice["exit_code"] != fault.code or notice["title"] not in card["body"]:
            return f"the card is not what was said: {card['body']}"
        if "AdaptiveCard" not in card["body"] or card["type"] != "application/json":
            return "the card is none"
    if "s3cr3t" in run.stdout + run.stderr + status.stdout:
        return "a secret was printed"
    if any("s3cr3t" in line["body"] for line in told()):
        return "a secret was told"
    return fault.check(stack)


def attempt(fault: Fault, number: int, start: pathlib.Path) -> str | None:
    stack = Stack(SCRATCH / f"fault-{number}")
    shutil.copytree(start, stack.folder, symlinks=True)
    try:
        for _ in range(fault.before):
            assert stack.run("backup").returncode == 0
            # Nothing alike: what comes next must not hide behind an unchanged source.
            stack.sql("security.db", "INSERT INTO users VALUES ('x');")
        if fault.config.startswith(" "):
            text = stack.path("recover.yaml").read_text()
            stack.path("recover.yaml").write_text(text.replace("metrics:", fault.config + "metrics:", 1))
        else:
            stack.append(fault.config)
        fault.inject(stack)
        # What was told of the runs before is another matter.
        LOG.write_text("")
        run = stack.run(*fault.command, "--json")
        return judge(fault, stack, run)
    finally:
        stack.close()
        shutil.rmtree(stack.folder, ignore_errors=True)


def main() -> int:
    port_file = SCRATCH / "port"
    server = subprocess.Popen([sys.executable, str(pathlib.Path(__file__).with_name("listener.py")), port_file, LOG])
    try:
        for _ in range(200):
            if port_file.exists():
                break
            time.sleep(0.05)
        LOG.write_text("")
        start = base(int(port_file.read_text()))
        for number, fault in enumerate(TABLE):
            if fault.mounts and not CAN_MOUNT:
                print(f"skipped {fault.name}: needs mounts")
                continue
            try:
                why = attempt(fault, number, start)
            except Exception as error:  # noqa: BLE001
                why = f"{type(error).__name__}: {error}"
            print(f"FAILED {fault.name}: {why}" if why else f"ok {fault.name}", flush=True)
    finally:
        server.terminate()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
