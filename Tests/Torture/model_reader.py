#!/usr/bin/env python3
"""Reads through a folder's `current` all the while it is switched to and fro.

    model_reader.py RECOVER [--switches N] [--seed N]

Each version holds model.bin, whose every line is the version's name. A reader of another process
resolves current/model.bin again and again and reads it whole: each time it must find one version,
complete. Switches and rollbacks take turns at random. Prints one JSON line.
"""

import argparse
import json
import multiprocessing
import pathlib
import random
import subprocess
import sys
import tempfile

VERSIONS = [f"2026011{day}0900" for day in range(4)]
LINES = 4096


def read(path, stop, reads, wrong):
    while not stop.value:
        try:
            lines = path.read_bytes().split()
        except OSError as error:
            lines = [str(error)]
        reads.value += 1
        if len(lines) != LINES or len(set(lines)) != 1:
            wrong.value += 1


def run(recover, folder, *words):
    command = [recover, "models", *words, "--folder", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60)
    # Behind the first version there is none to go back to.
    assert made.returncode == 0 or (words[0] == "rollback" and made.returncode == 25), made.stderr


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("recover")
    arguments.add_argument("--switches", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    recover = str(pathlib.Path(options.recover).resolve())
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="recover-reader-") as name:
        source, folder = pathlib.Path(name, "source"), pathlib.Path(name, "models")
        source.mkdir()
        folder.mkdir()
        for version in VERSIONS:
            (source / "model.bin").write_text(f"{version}\n" * LINES)
            run(recover, folder, "publish", str(source), "--version", version, "--activate", "-y")
        stop, reads, wrong = (multiprocessing.Value(kind, 0) for kind in "bll")
        model = folder / "current" / "model.bin"
        reader = multiprocessing.Process(target=read, args=(model, stop, reads, wrong), daemon=True)
        reader.start()
        used = VERSIONS[-1]
        for _ in range(options.switches):
            if chance.random() < 0.3:
                run(recover, folder, "rollback", "-y")
                used = (folder / "current").readlink().name
            else:
                used = chance.choice([version for version in VERSIONS if version != used])
                run(recover, folder, "switch", used, "-y")
        stop.value = 1
        reader.join()
    print(json.dumps({"group": "models", "part": "reader", "seed": options.seed, "switches": options.switches,
                      "reads": reads.value, "failures": wrong.value}))
    sys.exit(1 if wrong.value or not reads.value else 0)


main()
