"""Writes to two WAL databases in turn until it is stopped: writer.py FIRST SECOND

Row n goes into FIRST and only then into SECOND. A copy of one instant therefore never has a row
in SECOND that FIRST lacks, and is never more than one row behind.
"""

import signal
import sqlite3
import sys
import time

running = True


def stop(*_):
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
connections = [sqlite3.connect(path, isolation_level=None, timeout=30) for path in sys.argv[1:3]]
for connection in connections:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, text TEXT)")
number = connections[0].execute("SELECT coalesce(max(id), 0) FROM entry").fetchone()[0]
print("ready", flush=True)
while running:
    number += 1
    for connection in connections:
        connection.execute("INSERT INTO entry VALUES (?, ?)", (number, f"row {number} " * 20))
    time.sleep(0.0005)
