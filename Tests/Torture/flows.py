"""The changing commands, and what must hold after each, whatever happened in the middle of it."""

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from typing import Callable

import tree
from stack import COMPONENTS, Run, Stack

DONE = (0, 3)


@dataclass(frozen=True)
class Flow:
    """One command on one template; `check` says what is wrong afterwards."""

    name: str
    template: str
    arguments: Callable[[Stack], tuple[str, ...]]
    check: Callable[[Stack, Run], list[str]]
    # What the file system does not have.
    refused: str = ""


def make_templates(stack: Stack):
    """bare: no configuration; fresh: no repository; empty: an empty one; parent: a snapshot, and data that changed since;
    aged: snapshots of which the policy keeps three; pruned: the same after a prune."""
    os.makedirs(stack.home)
    stack.make()
    stack.remember("one")
    stack.save("template-fresh")
    os.rename(stack.at("recover.yaml"), stack.at("..", "recover.yaml"))
    with open(stack.at("compose.yaml"), "w") as file:
        file.write("services: {app: {image: 'example/app:1', volumes: ['./data/memory:/memory']}}\n")
    stack.save("template-bare")
    os.unlink(stack.at("compose.yaml"))
    os.rename(stack.at("..", "recover.yaml"), stack.at("recover.yaml"))
    assert stack.run("init").code == 0
    stack.save("template-empty")
    stack.first = stack.backup()
    archive = stack.run("export", stack.first, "notes", "-o", stack.at("notes.tar.gz"))
    assert archive.code == 0, archive
    stack.change()
    stack.remember("two")
    stack.save("template-parent")
    stack.load("template-empty")
    with open(stack.at("recover.yaml"), "a") as file:
        file.write("retention: {keep: {last: 1}}\n")
    stack.aged = {}
    for number in range(5):
        stack.age(number)
        stack.remember(f"day {number}")
        stack.aged[stack.backup()] = f"day {number}"
    stack.save("template-aged")
    pruned = stack.run("prune", "--yes")
    assert pruned.code == 0 and stack.snapshots() == set(list(stack.aged)[2:]), pruned
    stack.save("template-pruned")


# --- What holds after every command ------------------------------------------------------------


def honest(run: Run) -> list[str]:
    """A failure has a code of ours and says what state things are in."""
    if run.code < 0 and run.code != -9:
        return [f"it crashed: signal {-run.code}: {run.errors[-600:]}"]
    if run.code > 0 and run.code != 3 and "State now: " not in run.errors:
        return [f"exit {run.code} does not say what state things are in: {run.errors[-600:]}"]
    return []


def complete(stack: Stack, snapshot: str) -> tuple[str, ...]:
    with open(stack.at("repository", "snapshots", snapshot + ".json")) as file:
        document = json.load(file)
    return tuple(name for name in COMPONENTS if document["components"].get(name, {}).get("complete"))


def kept(stack: Stack, known: dict[str, str], new: str) -> list[str]:
    """Every snapshot there is restores: those known as they were, any other as the state `new`."""
    wrong = []
    there = stack.snapshots()
    for snapshot in set(known) - there:
        wrong.append(f"snapshot {snapshot} is gone")
    for snapshot in sorted(there):
        names = complete(stack, snapshot)
        wrong += stack.restored(snapshot, known.get(snapshot, new), names)
    return wrong


def goes_on(stack: Stack, state: str = "two") -> list[str]:
    """The next backup succeeds, restores, and leaves nothing unfinished of its own."""
    run = stack.run("--no-progress", "backup")
    if run.code != 0:
        return [f"the next backup fails: {run.code} {run.out[-300:]} {run.errors[-600:]}"]
    wrong = stack.restored(stack.named(run), state)
    if os.path.exists(stack.at("state", "scratch")):
        wrong.append("the next backup leaves its scratch folder")
    return wrong


# --- Each command -------------------------------------------------------------------------------


def after_init(stack: Stack, run: Run) -> list[str]:
    wrong = honest(run)
    if run.code == 0 and not os.path.exists(stack.at("repository", "FORMAT")):
        wrong.append("init says it is done and there is no repository")
    if run.code != 0:
        backup = stack.run("--no-progress", "backup")
        if backup.code not in (0, 10):
            wrong.append(f"backup after a failed init: {backup.code} {backup.errors[-400:]}")
        if backup.code == 10 and "recover init" not in backup.errors:
            wrong.append("backup does not say that init is to be run again")
        again = stack.run("init")
        if again.code != 0:
            wrong.append(f"init cannot be run again: {again.code} {again.errors[-400:]}")
    return wrong + goes_on(stack, "one")


def after_detection(stack: Stack, run: Run) -> list[str]:
    wrong, written = honest(run), os.path.exists(stack.at("recover.yaml"))
    if run.code == 0 and not written:
        wrong.append("init says it is done and there is no configuration")
    if written and "no configuration was written" in run.errors:
        wrong.append("it says that no configuration was written, and there is one")
    for arguments in (("init",), ("config", "validate"), ("--no-progress", "backup")):
        again = stack.run(*arguments)
        if again.code != 0:
            wrong.append(f"{arguments} afterwards: {again.code} {again.errors[-400:]}")
    run = stack.run("restore", "--snapshot", "latest", "--to", stack.at("out"))
    return wrong if run.code == 0 else wrong + [f"its snapshot does not restore: {run.errors[-400:]}"]


def after_backup(known: Callable[[Stack], dict[str, str]], state: str) -> Callable[[Stack, Run], list[str]]:
    def check(stack: Stack, run: Run) -> list[str]:
        wrong, before = honest(run), known(stack)
        new = stack.snapshots() - set(before)
        if run.code in DONE:
            if not new:
                wrong.append(f"exit {run.code} and no snapshot")
            elif stack.named(run) not in new:
                wrong.append(f"it says {stack.named(run)!r} and made {new}")
            elif run.code == 0 and complete(stack, stack.named(run)) != COMPONENTS:
                wrong.append("exit 0 and its snapshot is incomplete")
        elif run.code > 0 and new and "no snapshot was published" in run.errors:
            wrong.append(f"it says that no snapshot was published, and {new} is there")
        return wrong + kept(stack, before, state) + goes_on(stack, state)

    return check


def known_first(stack: Stack) -> dict[str, str]:
    return {stack.first: "one"}


def after_restore_to(stack: Stack, run: Run) -> list[str]:
    wrong = honest(run)
    if run.code == 0:
        for component in COMPONENTS:
            found = tree.describe(stack.at("out", component), folder_times=False)
            if component == "rbac":
                found.pop("", None)
            wrong += tree.differences(stack.expected["one"][component], found)
    if stack.live() != stack.expected["two"]:
        wrong.append("a restore elsewhere changed live data")
    return wrong + stack.restored(stack.first, "one")


def aside(stack: Stack, component: str) -> dict:
    """What a killed restore moved away while nothing has its name."""
    live = stack.at("data", component)
    if component == "rbac" or os.path.exists(live) and os.listdir(live):
        return {}
    found = [name for name in os.listdir(stack.at("data")) if name.startswith(".recover-prev-") and name.endswith("-" + component)]
    return stack.described(stack.at("data", found[0])) if found else {}


def timeless(entries: dict) -> dict:
    """Without the times of databases: before one is replaced its log is folded into it."""
    return {path: entry[:-1] if entry[0] == "database" else entry for path, entry in entries.items()}


def after_restore_in_place(stack: Stack, run: Run, has_exchange: bool = True) -> list[str]:
    wrong, live, away = honest(run), stack.live(), []
    for component in COMPONENTS:
        old, new = stack.expected["two"][component], stack.expected["one"][component]
        if run.result == 0 and live[component] != new:
            wrong += [f"exit 0, {component}: {line}" for line in tree.differences(new, live[component])]
        elif run.result in (1, 13, 20) and timeless(live[component]) != timeless(old):
            wrong += [f"exit {run.code}, {component}: {line}" for line in tree.differences(old, live[component])]
        elif run.code == -9 and not has_exchange and aside(stack, component) == old:
            # A folder cannot change its name in one step there: killed between two, the next run puts it back.
            away.append(component)
        elif live[component] != new and timeless(live[component]) != timeless(old):
            wrong.append(
                f"{component} is neither old nor new: {tree.differences(old, live[component])} "
                f"{tree.differences(new, live[component])}"
            )
    if not stack.has_kept() and "notes" not in away:
        wrong.append("what no snapshot holds is gone from its place")
    left = [name for name in os.listdir(stack.at("data")) if name.startswith(".recover-stage-")]
    if run.code != -9:
        wrong += [f"exit {run.code} leaves {name}, unsaid" for name in left if name not in run.errors]
    wrong += kept(stack, known_first(stack), "two")
    again = stack.run(*in_place(stack))
    if again.code != 0:
        wrong.append(f"the restore cannot be run again: {again.code} {again.errors[-600:]}")
    if stack.live() != stack.expected["one"] or not stack.has_kept():
        wrong.append("run again it does not put the data back")
    wrong += [f"nobody mentions {name}" for name in left if name not in again.out + again.errors]
    return wrong + goes_on(stack, "one")


def after_two_steps(stack: Stack, run: Run) -> list[str]:
    return after_restore_in_place(stack, run, has_exchange=False)


def in_place(stack: Stack) -> tuple[str, ...]:
    return ("restore", "--snapshot", stack.first, "--data-only", "--confirm", "test")


def after_export(stack: Stack, run: Run) -> list[str]:
    wrong, archive = honest(run), stack.at("out.tar.gz")
    there = [os.path.exists(archive), os.path.exists(archive + ".sha256")]
    if run.result == 0 and there != [True, True]:
        wrong.append(f"exit 0, archive and sidecar: {there}")
    if run.result > 0 and there != [False, False]:
        wrong.append(f"exit {run.result}, archive and sidecar: {there}")
    if run.result > 0 and any(name.startswith(".recover-export-") for name in os.listdir(stack.home)):
        wrong.append(f"exit {run.result} leaves its unfinished archive")
    if there[0]:
        with open(archive, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        if there[1] and digest not in open(archive + ".sha256").read():
            wrong.append("the archive does not have the digest beside it")
        os.makedirs(stack.at("unpacked"))
        if subprocess.run(["tar", "xpzf", archive, "-C", stack.at("unpacked")], capture_output=True).returncode:
            wrong.append("the archive cannot be unpacked")
        found = tree.describe(stack.at("unpacked", "notes"), folder_times=False)
        # A hole is tar's own business.
        plain = lambda entries: {path: entry[:5] for path, entry in entries.items()}
        wrong += tree.differences(plain(stack.expected["one"]["notes"]), plain(found))
    again = stack.run("export", stack.first, "notes", "-o", stack.at("again.tar.gz"))
    if again.code != 0:
        wrong.append(f"the export cannot be run again: {again.errors[-400:]}")
    return wrong


def after_import(stack: Stack, run: Run) -> list[str]:
    wrong = honest(run)
    new = stack.snapshots() - {stack.first}
    if run.code == 0 and not new:
        wrong.append("exit 0 and no snapshot")
    for snapshot in new:
        wrong += stack.restored(snapshot, "one", ("notes",))
    return wrong + stack.restored(stack.first, "one") + goes_on(stack)


def after_verify(stack: Stack, run: Run) -> list[str]:
    wrong = honest(run)
    if run.code == 20:
        wrong.append(f"it calls a sound repository damaged: {run.out[-400:]} {run.errors[-400:]}")
    again = stack.run("verify", "--all", "--level", "deep")
    if again.code != 0:
        wrong.append(f"verify afterwards: {again.code} {again.out[-300:]} {again.errors[-300:]}")
    return wrong + kept(stack, known_first(stack), "two") + goes_on(stack)


def whole(stack: Stack, days: list[str]) -> list[str]:
    """Everything that must be there is, restores and is proven; the next run goes on."""
    wrong = [f"snapshot {one} is gone" for one in days if one not in stack.snapshots()]
    for snapshot in sorted(stack.snapshots() & set(stack.aged)):
        wrong += stack.restored(snapshot, stack.aged[snapshot])
    proof = stack.run("verify", "--all", "--level", "deep")
    if proof.code != 0:
        wrong.append(f"verify afterwards: {proof.code} {proof.out[-400:]} {proof.errors[-400:]}")
    return wrong + goes_on(stack, "day 4")


def after_prune(stack: Stack, run: Run) -> list[str]:
    wrong, kept_days = honest(run), list(stack.aged)[2:]
    if run.code == 0 and stack.snapshots() != set(kept_days):
        wrong.append(f"exit 0 and there is {stack.snapshots()}")
    wrong += [f"snapshot {one} is gone" for one in kept_days if one not in stack.snapshots()]
    again = stack.run("prune", "--now", "--confirm", "test/prune")
    if again.code != 0 or stack.snapshots() - set(kept_days) - tombstones(stack):
        wrong.append(f"it cannot be run again: {again.code} {again.errors[-600:]}")
    left = os.listdir(stack.at("repository", "condemned"))
    if left:
        wrong.append(f"lists are left that wait for nobody: {left}")
    return wrong + whole(stack, kept_days)


def tombstones(stack: Stack) -> set[str]:
    folder = stack.at("repository", "snapshots")
    return {one for one in stack.snapshots() if os.path.getsize(os.path.join(folder, one + ".json")) == 16}


def after_undelete(stack: Stack, run: Run) -> list[str]:
    wrong, days, back = honest(run), list(stack.aged)[2:], forgotten(stack)
    if run.code == 0 and back not in stack.snapshots():
        wrong.append("exit 0 and the snapshot is not back")
    if back not in stack.snapshots():
        again = stack.run("undelete", back)
        if again.code != 0:
            wrong.append(f"it cannot be run again: {again.code} {again.errors[-600:]}")
    return wrong + whole(stack, days + [back])


def forgotten(stack: Stack) -> str:
    return list(stack.aged)[1]


def nothing(stack: Stack) -> dict[str, str]:
    return {}


FLOWS = (
    Flow("init", "template-fresh", lambda s: ("init",), after_init),
    Flow("init-detect", "template-bare", lambda s: ("init",), after_detection),
    Flow("backup-first", "template-empty", lambda s: ("--no-progress", "backup"), after_backup(nothing, "one")),
    Flow("backup-changed", "template-parent", lambda s: ("--no-progress", "backup"), after_backup(known_first, "two")),
    Flow("restore-to", "template-parent", lambda s: ("restore", "--snapshot", s.first, "--to", s.at("out")), after_restore_to),
    Flow("restore-in-place", "template-parent", in_place, after_restore_in_place),
    Flow("export", "template-parent", lambda s: ("export", s.first, "notes", "-o", s.at("out.tar.gz")), after_export),
    Flow("import", "template-parent", lambda s: ("import", s.at("notes.tar.gz"), "--component", "notes"), after_import),
    Flow("backup-nfs", "template-parent", lambda s: ("--no-progress", "backup"), after_backup(known_first, "two"), "renameat2"),
    Flow("restore-nfs", "template-parent", in_place, after_two_steps, "renameat2"),
    Flow("prune", "template-aged", lambda s: ("prune", "--yes"), after_prune),
    Flow("prune-now", "template-aged", lambda s: ("prune", "--now", "--confirm", "test/prune"), after_prune),
    Flow("undelete", "template-pruned", lambda s: ("undelete", forgotten(s)), after_undelete),
    Flow("verify", "template-parent", lambda s: ("verify", "--all", "--level", "deep"), after_verify),
)
