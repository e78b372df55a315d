#!/usr/bin/env python3
"""Writes down the arguments of all processes that it gets to see, each list once, until SIGTERM.

    arguments.py FILE      lists behind each other, words separated by spaces; then the number of looks
"""
import os
import signal
import sys
import time

seen: set[bytes] = set()
going = [True]
looks = 0
signal.signal(signal.SIGTERM, lambda *_: going.clear())
own = str(os.getpid())
while going:
    looks += 1
    # What runs for less than this is seen by chance only.
    time.sleep(0.002)
    for name in os.listdir("/proc"):
        if not name.isdigit() or name == own:
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb", buffering=0) as file:
                seen.add(file.read())
        except OSError:
            continue
with open(sys.argv[1], "wb") as file:
    for words in sorted(seen):
        file.write(words.replace(b"\0", b" ") + b"\n")
    file.write(b"looks: %d\n" % looks)
