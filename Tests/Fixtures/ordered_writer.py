"""Writes many WAL databases in one global order: commit n is done before commit n + 1 begins.

usage: ordered_writer.py FOLDER READY REPORT COUNT RATE VISITS

A request writes two or three neighbours, one right after the other; for some seconds all
requests go to the same ones while the other databases idle. VISITS requests a second write one
of the idle databases first. RATE is in commits a second. Each commit stores its number and what number
every database had reached by then, so that a reader of copies can tell whether one is missing.
SIGTERM ends it; the report then says how fast it was and how long it waited for locks.
"""
import os
import random
import signal
import sqlite3
import statistics
import sys
import time

folder, ready, report = sys.argv[1:4]
count, rate, visits = int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6])
parent = os.getppid()
wanted = True


def stop(*_):
    global wanted
    wanted = False


signal.signal(signal.SIGTERM, stop)
# A process starts with the signal mask of the thread that spawned it.
signal.pthread_sigmask(signal.SIG_SETMASK, [])
random.seed(12)
databases = []
for index in range(count):
    database = sqlite3.connect(f"{folder}/{index:02d}.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE state (id INTEGER PRIMARY KEY, number, reached)")
    database.execute("CREATE TABLE log (slot INTEGER PRIMARY KEY, number, text)")
    database.execute("INSERT INTO state VALUES (0, 0, '')")
    databases.append(database)

reached = [0] * count
took, waited = [], []


def begin(database):
    """Takes the write lock; where it is held, waits as SQLite makes applications wait."""
    start = time.monotonic()
    database.execute("PRAGMA busy_timeout = 0")
    try:
        database.execute("BEGIN IMMEDIATE")
        return
    except sqlite3.OperationalError:
        database.execute("PRAGMA busy_timeout = 10000")
    database.execute("BEGIN IMMEDIATE")
    waited.append(time.monotonic() - start)


def commit(index, number):
    start = time.monotonic()
    database = databases[index]
    begin(database)
    reached[index] = number
    text = " ".join(map(str, reached))
    database.execute("UPDATE state SET number = ?, reached = ?", (number, text))
    database.execute(
        "INSERT OR REPLACE INTO log VALUES (?, ?, ?)", (number % 500, number, "x" * 200)
    )
    database.execute("COMMIT")
    took.append(time.monotonic() - start)


open(ready, "w").close()
begun = time.monotonic()
number, change = 0, 0
while wanted and os.getppid() == parent:
    if number >= change:
        first = random.randrange(count)
        hot = [(first + step) % count for step in range(random.choice((2, 3)))]
        change = number + rate * 2
    is_visit = random.random() < visits * len(hot) / rate
    for index in [random.randrange(count)] * is_visit + hot:
        number += 1
        commit(index, number)
    ahead = begun + number / rate - time.monotonic()
    if ahead > 0:
        time.sleep(ahead)
seconds = time.monotonic() - begun

with open(report, "w") as out:
    print("per_second", round(number / seconds), file=out)
    print("commit_median_us", round(statistics.median(took) * 1e6), file=out)
    print("commit_max_us", round(max(took) * 1e6), file=out)
    print("waits", len(waited), file=out)
    print("wait_median_us", round(statistics.median(waited or [0]) * 1e6), file=out)
    print("wait_max_us", round(max(waited or [0]) * 1e6), file=out)
