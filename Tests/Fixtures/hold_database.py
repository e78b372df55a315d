"""Runs statements on a database, makes the ready file and holds the connection until killed.

usage: hold_database.py DATABASE READY STATEMENT...
"""
import os
import sqlite3
import sys
import time

path, ready, statements = sys.argv[1], sys.argv[2], sys.argv[3:]
parent = os.getppid()
connection = sqlite3.connect(path, isolation_level=None)
for statement in statements:
    connection.execute(statement).fetchall()
open(ready, "w").close()
while os.getppid() == parent:
    time.sleep(0.02)
