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
CLOCK, OFFSET = SCRATCH / "clock.so", SCRATCH / "clock"
# What is found out after the record was made, and so stands in the document alone.
LATE = {"notify", "metrics", "journal"}

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
    # What a person must find in the message that is told first.
    says: str | None = None
    command: tuple[str, ...] = ("backup",)
    mounts: bool = False
    config: str = ""
    check: Callable[["Stack"], str | None] = field(default=lambda stack: None)
    before: int = 2
    # How long after the good runs it happens: nothing of it can be mistaken for one of theirs.
    hours: int = 1


class Stack:
    """A small stack with some good backups, in a folder of its own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.undo: list[Callable[[], object]] = []

    def path(self, name: str) -> pathlib.Path:
        return self.folder / name

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [RECOVER, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False,
            env=os.environ | {"LD_PRELOAD": str(CLOCK), "LIVE_CLOCK": str(OFFSET)},
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


def set_clock(hours: int) -> None:
    OFFSET.write_bytes((hours * 3600).to_bytes(8, "little", signed=True))


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


def says_overdue(stack: Stack) -> str | None:
    metrics = samples(stack.path("metrics/recover.prom").read_text())
    limits = {key: value for (name, key), value in metrics.items() if name == "recover_proof_allowed_age_seconds"}
    lasts = {key for name, key in metrics if name == "recover_proof_last_success_timestamp_seconds"}
    age = time.time() + 960 * 3600 - metrics["recover_oldest_snapshot_timestamp_seconds", ""]
    late = {key for key, limit in limits.items() if age > limit}
    return None if late == {"quick", "full", "deep", "drill"} and not lasts else f"the metrics say {limits}, {lasts}"


def health_is_down(stack: Stack) -> str | None:
    metrics = samples(stack.path("metrics/recover.prom").read_text())
    checks = {key: value for (name, key), value in metrics.items() if name == "recover_health_check_up"}
    down = [key for key, value in checks.items() if value == 0]
    return None if len(down) == 1 and "api" in down[0] and len(checks) > 1 else f"the metrics say {checks}"


def audit_once(stack: Stack) -> None:
    stack.run("audit")


def full_metrics(stack: Stack) -> None:
    text = stack.path("metrics/recover.prom").read_text()
    mount(stack, "metrics", "size=64k,mode=755")
    stack.path("metrics/recover.prom").write_text(text)
    fill(stack.path("metrics/filling"))


def full_state(stack: Stack) -> None:
    stack.path("state").rename(stack.path("kept-state"))
    stack.path("state").mkdir(mode=0o700)
    mount(stack, "state", "size=512k,mode=700")
    shutil.copytree(stack.path("kept-state"), stack.path("state"), dirs_exist_ok=True)
    fill(stack.path("state/filling"))


def fill(path: pathlib.Path) -> None:
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def old_metrics(stack: Stack) -> str | None:
    text = stack.path("metrics/recover.prom").read_text()
    return None if samples(text)["recover_snapshots", "unverified"] == 2 else "the old file was not kept whole"


HEALTH = 'health: {api: "http://127.0.0.1:9/health"}\ngate: {retry: 0s}\n'

TABLE = [
    Fault("no fault", nothing, 0, "ok", "", None, 0),
    Fault("the first backup of a stack", nothing, 0, "ok", "", None, 0, before=0),
    Fault("one of two sources missing", remove("security.db"), 3, "failed", "/fail", "failed", 3, "failed", "security.db: No such file"),
    Fault("all sources missing", remove("memory", "security.db"), 1, "failed", "/fail", "failed", 3, "source"),
    Fault("a source that lost its mount", unmount_source, 3, "failed", "/fail", "failed", 3, "failed", "was a mount point", mounts=True),
    Fault("an empty source", empty_folder, 0, "warning", "", "warning", 3, "empty", check=has_pin),
    Fault("half the rows gone", half_the_rows, 0, "warning", "", "warning", 3, "shrunk", "from 203 to 64 rows", check=has_pin),
    Fault("half the files gone", half_the_files, 0, "warning", "", "warning", 3, "shrunk", check=has_pin),
    Fault("a database fewer", remove("memory/other.db"), 0, "warning", "", "warning", 3, "databases-fewer"),
    Fault("an empty database", write("memory/project.db", b""), 3, "failed", "/fail", "failed", 3, "database-lost", "project.db: it was a database"),
    Fault("a damaged database", damage_database, 3, "failed", "/fail", "failed", 3, None),
    Fault("a secret among the files", write("memory/server.pem", b"-----BEGIN PRIVATE KEY-----\nx\n"), 3, "failed", "/fail", "failed", 3, "secret"),
    Fault("a dead Qdrant", nothing, 3, "failed", "/fail", "failed", 3, "failed", "http://127.0.0.1:9", config='  vectors: {qdrant: "http://127.0.0.1:9"}\n'),
    Fault("a Qdrant without its key", nothing, 3, "failed", "/fail", "failed", 3, "failed", "NO_SUCH", config='  vectors: {qdrant: "http://127.0.0.1:9", api_key: "env:NO_SUCH"}\n'),
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
    Fault("nobody verified or practised for 40 days", nothing, 0, "ok", "", None, 3, "drill-overdue", hours=960, check=says_overdue),
    Fault("a service that does not answer", nothing, 1, "ok", None, None, 0, "http", command=("health",), config=HEALTH, check=health_is_down),
    Fault("an audit that finds a risk", nothing, 27, "failed", None, "failed", 3, "same-disk", command=("audit",)),
    Fault("an audit that finds the same again", audit_once, 27, "failed", None, None, 3, "same-disk", command=("audit",)),
    Fault("a drill of a damaged pack", flip("repository/packs/**/*"), 20, "failed", None, "failed", 3, "drill-restore", command=("drill", "--no-servers")),
    Fault("a full disk below the metrics", full_metrics, 0, None, "", None, 0, "metrics", mounts=True, check=old_metrics),
    Fault("a full disk below the state", full_state, 3, None, "/fail", "failed", 3, "database-full", "No space left", mounts=True),
    Fault("no whole snapshot in time", nothing, 27, "ok", None, "overdue", 27, "stale", command=("schedule", "run", "watch"), config="schedule: {freshness: 1s}\n"),
]


# --- What is said ---------------------------------------------------------------------------


def samples(metrics: str) -> dict[tuple[str, str], float]:
    """Every sample by its name and the value of its last label."""
    found = {}
    for line in metrics.splitlines():
        if match := re.fullmatch(r'(\w+)\{.*?(?:(\w+)="((?:[^"\\]|\\.)*)")?\} (\S+)', line):
            labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', line))
            key = ",".join(value for name, value in labels.items() if name != "stack")
            assert (match[1], key) not in found, f"{line} stands there twice"
            found[match[1], key] = float(match[4])
    return found


def told() -> list[dict]:
    return [json.loads(line) for line in LOG.read_text().splitlines()]


def keys(problems: list[dict]) -> list[str]:
    return [" ".join(filter(None, (item["code"], item.get("component")))) for item in problems]


def judge(fault: Fault, stack: Stack, run: subprocess.CompletedProcess[str]) -> str | None:
    """Why something does not agree; None where all does."""
    document = json.loads(run.stdout)
    if run.returncode != fault.code:
        return f"exit code {run.returncode} and not {fault.code}: {run.stderr[-600:]}"
    if document["exit_code"] != fault.code or document["ok"] != (fault.code == 0):
        return f"the document says {document['exit_code']}, ok {document['ok']}"
    heard = told()
    status = stack.run("status", "--check", "--json")
    standing = json.loads(status.stdout)
    if "s3cr3t" in run.stdout + run.stderr + status.stdout:
        return "a secret was printed"
    if any("s3cr3t" in line["body"] for line in heard):
        return "a secret was told"
    problems = [item for item in document["errors"] + document["warnings"] if item["code"] not in LATE]
    words = {item["code"] for part in ("warnings", "errors") for item in document[part]}
    words |= {item["code"] for item in standing["data"]["concerns"]}
    if fault.word and fault.word not in words:
        return f"nobody says {fault.word}, but {sorted(words)}"
    if fault.says and fault.says not in (problems or [{"message": ""}])[0]["message"]:
        return f"the first message does not say {fault.says}: {problems[:1]}"
    return (
        judge_standing(fault, stack, standing, status.returncode)
        or judge_metrics(fault, stack, standing)
        or judge_pings(fault, stack, problems, heard)
        or judge_notices(fault, stack, problems, standing, heard)
        or fault.check(stack)
    )


def judge_standing(fault: Fault, stack: Stack, standing: dict, code: int) -> str | None:
    concerns = standing["data"]["concerns"]
    if code != fault.status or standing["data"]["check_exit_code"] != fault.status:
        return f"status ends with {code} and not {fault.status}: {concerns}"
    weights = {item["weight"] for item in concerns}
    nagios = stack.run("status", "--nagios")
    wanted = 2 if "critical" in weights else 1 if concerns else 0
    if nagios.returncode != wanted or not nagios.stdout.startswith(("RECOVER OK", "RECOVER WARNING", "RECOVER CRITICAL")[wanted]):
        return f"nagios is told {nagios.returncode}: {nagios.stdout}"
    if fault.outcome:
        known = {item["operation"]: item.get("outcome") for item in standing["data"]["operations"]}
        if known.get(operation(fault)) != fault.outcome:
            return f"status says {known.get(operation(fault))} and not {fault.outcome}"
    if fault.outcome is None:
        return None
    failed = f"{operation(fault)}-failed" in {item["code"] for item in concerns}
    if failed != (fault.outcome == "failed"):
        return f"the last run {'is' if failed else 'is not'} among the concerns: {concerns}"
    return None


def judge_metrics(fault: Fault, stack: Stack, standing: dict) -> str | None:
    if fault.outcome is None:
        return None
    if [path.name for path in stack.path("metrics").iterdir()] != ["recover.prom"]:
        return "something else lies beside the metrics"
    file = stack.path("metrics/recover.prom")
    if file.stat().st_mode & 0o777 != 0o644:
        return "the metrics cannot be read by others"
    metrics, name = samples(file.read_text()), operation(fault)
    outcomes = {
        key.removeprefix(f"{name},"): value
        for (metric, key), value in metrics.items()
        if metric == "recover_operation_last_outcome" and key.startswith(f"{name},")
    }
    if [key for key, value in outcomes.items() if value] != [fault.outcome] or len(outcomes) != 4:
        return f"the metrics say {outcomes} and not {fault.outcome}"
    success = metrics.get(("recover_operation_last_success_timestamp_seconds", name))
    attempt = metrics["recover_operation_last_attempt_timestamp_seconds", name]
    if (success == attempt) != (fault.outcome in ("ok", "warning")):
        return f"by the metrics the last success was {success}, the last attempt {attempt}"
    if (metrics.get(("recover_verify_errors", "full"), metrics.get(("recover_verify_errors", "none"), 0)) > 0) != (fault.status == 20):
        return "metrics and status do not agree on damage"
    if (metrics["recover_operation_unfinished", ""] == 1) != bool(standing["data"]["unfinished"]):
        return "metrics and status do not agree on what is unfinished"
    for component in standing["data"]["components"]:
        seen = ("recover_component_last_success_timestamp_seconds", component["name"]) in metrics
        if seen != bool(component.get("last_good_at")):
            return f"metrics and status do not agree on {component['name']}"
    return None


def judge_pings(fault: Fault, stack: Stack, problems: list[dict], heard: list[dict]) -> str | None:
    pings = [line for line in heard if line["path"].startswith("/ping/")]
    if fault.ping is None:
        return f"somebody was pinged: {pings}" if pings else None
    ends = [line["path"].removeprefix("/ping/s3cr3t") for line in pings]
    if ends != ["/start", fault.ping]:
        return f"the pings are {ends}"
    if len({line["query"]["rid"] for line in pings}) != 1:
        return "start and end have two run ids"
    body = pings[1]["body"]
    if not re.search(rf"^result: \w+, exit {fault.code}$", body, re.M) or str(stack.folder) in body:
        return f"the ping says {body}"
    codes = re.findall(r"^- (.*)$", body, re.M)
    if codes != (keys(problems) or ([f"exit-{fault.code}"] if fault.code else [])):
        return f"the ping says {codes}, the document {keys(problems)}"
    return None


def judge_notices(fault: Fault, stack: Stack, problems: list[dict], standing: dict, heard: list[dict]) -> str | None:
    """The webhook has all fields by name; Teams and Slack must say the same."""
    notices = [json.loads(line["body"]) for line in heard if line["path"].startswith("/webhook/")]
    events = [notice["event"] for notice in notices]
    if events != ([fault.event] if fault.event else []):
        return f"people are told {events} and not {fault.event}"
    cards = [line for line in heard if line["path"].startswith("/teams/")]
    slack = [line for line in heard if line["path"].startswith("/slack/")]
    if len(cards) != (len(events) if stack.path("teams.url").exists() else 0) or len(slack) != len(events):
        return f"{len(cards)} cards and {len(slack)} messages for {len(events)} events"
    if not notices:
        return None
    notice, concerns = notices[0], standing["data"]["concerns"]
    of_run = fault.event != "overdue"
    codes, first = (keys(problems), problems[:1]) if of_run else (keys(concerns), concerns[:1])
    if notice["exit_code"] != fault.code or notice["codes"] != codes:
        return f"people are told {notice['exit_code']} {notice['codes']} and not {fault.code} {codes}"
    if notice["first_error"] != (first[0]["message"] if first else None):
        return f"people are told {notice['first_error']} and not {first}"
    if notice["alarm"] != (fault.event not in ("recovered", "restored")):
        return f"{fault.event} is said to be an alarm: {notice['alarm']}"
    card = json.loads(cards[0]["body"])
    content = card["attachments"][0]["content"]
    facts = {fact["title"]: fact["value"] for fact in content["body"][1]["facts"]}
    result = fault.event + (f", exit {fault.code}" if fault.code else "")
    if content["type"] != "AdaptiveCard" or cards[0]["type"] != "application/json":
        return "the card is none"
    if content["body"][0]["text"] != notice["title"] or facts["Result"] != result:
        return f"the card is not what was said: {card}"
    if facts.get("What", "") != ", ".join(codes[:8]) or facts.get("First error") != (first[0]["message"][:600] if first else None):
        return f"the card is not what was said: {facts}"
    text = json.loads(slack[0]["body"])["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if notice["title"] not in text or f"*Result*: {result}" not in text:
        return f"Slack is told something else: {text}"
    return None


def operation(fault: Fault) -> str:
    """The kind of run whose standing the row is about."""
    return fault.command[0] if fault.command[0] in ("verify", "audit", "drill") else "backup"


def attempt(fault: Fault, number: int, start: pathlib.Path) -> str | None:
    stack = Stack(SCRATCH / f"fault-{number}")
    set_clock(0)
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
        set_clock(fault.hours)
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
        source = pathlib.Path(__file__).parent.parent / "Torture/live/clock.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", CLOCK, source], check=True)
        set_clock(0)
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
