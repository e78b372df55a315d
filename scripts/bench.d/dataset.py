#!/usr/bin/env python3
"""The benchmark's data set: the same bytes on every machine, from fixed seeds.

    dataset.py make  DIR full|quick    models/ memory/ texts/ churn/ as on day 1
    dataset.py rows  DIR               day 2: 200 updates, 200 inserts, 20 deletes
    dataset.py churn DIR               day 2: files rewritten, grown, moved, removed and new
    dataset.py pages OLD NEW           number of 4 KiB pages in which two databases differ
    dataset.py compare DIR RESTORED    bit for bit, databases by content; exit 1 on a difference
"""

import array
import concurrent.futures
import filecmp
import hashlib
import os
import random
import sqlite3
import statistics
import sys

MIB = 1 << 20
PIECE = 16 * MIB
COMPONENTS = ("models", "memory", "texts", "churn")
INSERT = "INSERT INTO memory VALUES (?, ?, ?, ?, ?)"
SIZES = {
    # random and bf16 in pieces of 16 MiB, rows of about 1 KiB, churn files of 4 MiB
    "full": {"random": 64, "bf16": 32, "rows": 197_000, "texts": 10_000, "churn": 75},
    "quick": {"random": 3, "bf16": 2, "rows": 14_000, "texts": 1_000, "churn": 5},
}


def words(seed, size):
    """Text whose words follow Zipf's law, so that it compresses as prose does."""
    source = random.Random(seed)
    endings = ("a", "e", "i", "o", "u", "an", "er", "is")
    syllables = [letter + ending for letter in "bcdfghklmnprstvw" for ending in endings]
    vocabulary = ["".join(source.choices(syllables, k=source.randint(1, 4))) for _ in range(20_000)]
    total, weights = 0.0, []
    for rank in range(1, len(vocabulary) + 1):
        total += 1 / rank
        weights.append(total)
    parts, length = [], 0
    while length < size:
        line = " ".join(source.choices(vocabulary, cum_weights=weights, k=4096)) + ".\n"
        parts.append(line)
        length += len(line)
    return "".join(parts)


def write_random(path, pieces):
    source = random.Random(path.rsplit("/", 1)[-1])
    with open(path, "wb") as file:
        for _ in range(pieces):
            file.write(source.randbytes(PIECE))


def write_bf16(path, first, pieces):
    """Normally distributed weights: a table of quantiles, indexed by random 16-bit numbers."""
    normal = statistics.NormalDist(0, 0.02)
    floats = array.array("f", (normal.inv_cdf((i + 0.5) / 65536) for i in range(65536)))
    table = array.array("H", memoryview(floats).cast("B").cast("H")[1::2])
    with open(path, "r+b") as file:
        for piece in range(first, first + pieces):
            index = array.array("H", random.Random(f"bf16 {piece}").randbytes(PIECE))
            file.seek(piece * PIECE)
            array.array("H", map(table.__getitem__, index)).tofile(file)


def write_database(path, rows):
    """A WAL database whose index lies in random order; the file is left without its writer."""
    source, text = random.Random("memory"), words("memory", 32 * MIB)
    database = connect(path)
    database.execute("PRAGMA page_size = 4096")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(
        "CREATE TABLE memory"
        " (id INTEGER PRIMARY KEY, key TEXT, project TEXT, created INTEGER, content TEXT)"
    )
    database.execute("CREATE UNIQUE INDEX memory_by_key ON memory (key)")
    with database:
        database.executemany(INSERT, (row(source, text, i) for i in range(1, rows + 1)))
    database.close()


def connect(path):
    """Syncs are left out while making the data: the benchmark syncs before it times."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    return database


def row(source, text, number):
    start, length = source.randrange(len(text) - 2000), source.randint(800, 1250)
    key, content = f"{source.getrandbits(128):032x}", text[start : start + length]
    return number, key, f"project-{number % 40}", 1_760_000_000 + number, content


def change_rows(path):
    source, text = random.Random("day 2"), words("day 2", MIB)
    database = connect(path)
    last = database.execute("SELECT max(id) FROM memory").fetchone()[0]
    chosen = source.sample(range(1, last + 1), 220)
    with database:
        for number in chosen[:200]:
            old = database.execute("SELECT content FROM memory WHERE id = ?", (number,)).fetchone()
            start, length = source.randrange(len(text) - 2000), len(old[0])
            new = text[start : start + length]
            database.execute("UPDATE memory SET content = ? WHERE id = ?", (new, number))
        for number in range(last + 1, last + 201):
            database.execute(INSERT, row(source, text, number))
        for number in chosen[200:]:
            database.execute("DELETE FROM memory WHERE id = ?", (number,))
    database.close()


def write_texts(folder, count):
    source, text = random.Random("texts"), words("texts", 32 * MIB)
    for number in range(count):
        if number % 100 == 0:
            part = os.path.join(folder, f"{number // 100:03d}")
            os.makedirs(part)
        start = source.randrange(len(text) - 16_384)
        length = int(source.lognormvariate(7.9, 0.7)) % 16_384
        with open(os.path.join(part, f"note-{number:05d}.md"), "w", encoding="ascii") as file:
            file.write(text[start : start + length])


def churn_bytes(name):
    """Every second file is incompressible, the others compress by a quarter as base64 does."""
    data = random.Random(f"churn {name}").randbytes(4 * MIB)
    if name % 2:
        return data
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return data.translate(letters * 4)


def churn_path(folder, name):
    return os.path.join(folder, f"segment-{name:04d}.bin")


def put(path, data, mode="wb"):
    with open(path, mode) as file:
        file.write(data)


def change_churn(folder):
    """A fifth of the files each: kept, rewritten, grown, shifted, removed or moved."""
    names = sorted(int(name[8:12]) for name in os.listdir(folder))
    for name in names:
        path, extra = churn_path(folder, name), random.Random(f"extra {name}").randbytes(MIB)
        match name % 5:
            case 1:
                put(path, churn_bytes(name + 1000))
            case 2:
                put(path, extra, "ab")
            case 3:
                with open(path, "rb") as file:
                    data = file.read()
                put(path, data[: len(data) // 2] + extra[:65536] + data[len(data) // 2 :])
            case 4 if name % 2:
                os.remove(path)
            case 4:
                os.rename(path, churn_path(folder, name + 5000))
    for name in range(2000, 2000 + len(names) // 5):
        put(churn_path(folder, name), churn_bytes(name))


def make(folder, kind):
    sizes = SIZES[kind]
    for component in COMPONENTS:
        os.makedirs(os.path.join(folder, component))
    models, churn = os.path.join(folder, "models"), os.path.join(folder, "churn")
    weights = os.path.join(models, "weights-bf16.bin")
    put(weights, b"")
    with concurrent.futures.ProcessPoolExecutor() as pool:
        database = os.path.join(folder, "memory", "memory.db")
        random_weights = os.path.join(models, "weights-random.bin")
        jobs = [
            pool.submit(write_bf16, weights, first, min(8, sizes["bf16"] - first))
            for first in range(0, sizes["bf16"], 8)
        ]
        jobs += [
            pool.submit(write_database, database, sizes["rows"]),
            pool.submit(write_random, random_weights, sizes["random"]),
            pool.submit(write_texts, os.path.join(folder, "texts"), sizes["texts"]),
        ]
        for job in jobs:
            job.result()
    for name in range(sizes["churn"]):
        put(churn_path(churn, name), churn_bytes(name))


def pages(old, new):
    with open(old, "rb") as first, open(new, "rb") as second:
        changed = 0
        while True:
            one, two = first.read(4096), second.read(4096)
            if not one and not two:
                return changed
            changed += one != two


def content(path):
    """A digest of schema and rows, and the verdict of SQLite's own check."""
    database, digest = sqlite3.connect(path), hashlib.sha256()
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
    for query in (schema, "SELECT * FROM memory ORDER BY id"):
        for line in database.execute(query):
            digest.update(repr(line).encode())
    verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
    database.close()
    return digest.hexdigest(), verdict


def listing(folder):
    """Every file under a folder, without the sidecars that an open database leaves."""
    found = set()
    for root, _, names in os.walk(folder):
        found |= {os.path.relpath(os.path.join(root, name), folder) for name in names}
    return {path for path in found if not path.endswith(("-wal", "-shm"))}


def compare(folder, restored):
    differences = []
    for component in COMPONENTS:
        one, two = os.path.join(folder, component), os.path.join(restored, component)
        names, others = listing(one), listing(two)
        differences += [f"{component}/{name}: only on one side" for name in names ^ others]
        for name in sorted(names & others):
            left, right = os.path.join(one, name), os.path.join(two, name)
            if filecmp.cmp(left, right, shallow=False):
                continue
            if not name.endswith(".db"):
                differences.append(f"{component}/{name}: bytes differ")
            elif content(left) != content(right):
                differences.append(f"{component}/{name}: content differs or is damaged")
    return differences


def main(arguments):
    match arguments:
        case ["make", folder, kind] if kind in SIZES:
            make(folder, kind)
        case ["rows", folder]:
            change_rows(os.path.join(folder, "memory", "memory.db"))
        case ["churn", folder]:
            change_churn(os.path.join(folder, "churn"))
        case ["pages", old, new]:
            print(pages(old, new))
        case ["compare", folder, restored]:
            differences = compare(folder, restored)
            print("\n".join(differences[:20]), end="\n" if differences else "")
            return 1 if differences else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
