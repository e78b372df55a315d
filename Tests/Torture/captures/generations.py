"""Ten days of a collection: each must come back as exactly itself, whatever happened on the way."""

import json
import os
import shutil

from .place import Stack, Wrong, compare, qdrant

NAME, COPY = "notes", "notes again"


class Generations:
    """A collection that changes at random, backed up after each change."""

    def __init__(self, server, folder, chance, points=600):
        self.server, self.folder, self.chance = server, folder, chance
        self.stack = Stack(f"{folder}/generations", server.url, f"collections: [{NAME}]")
        self.place = f"/collections/{NAME}"
        self.seed = chance.randrange(1 << 30)
        self.aliases = []
        server.fill("create", NAME, points=points, dimensions=12, seed=self.seed, shards=chance.choice([1, 2]), indexes=True)
        self.days = []
        self.is_restored = False
        self.archives = f"{folder}/archives"
        shutil.rmtree(self.archives, ignore_errors=True)

    # --- What happens to it ------------------------------------------------------------------

    def _changed(self, command, most=400):
        self.seed += 1
        self.server.fill(command, NAME, points=self.chance.choice([1, 7, 60, most]), seed=self.seed)

    def upsert(self):
        self._changed("update")

    def append(self):
        self._changed("append")

    def delete(self):
        # Never so many that nothing is left to compare.
        self._changed("delete", most=20)

    def payload(self):
        self._changed("payload")

    def index(self):
        field = self.chance.choice(["generation", "mark", "nothing"])
        kind = {"generation": "integer", "mark": "integer", "nothing": {"type": "text", "tokenizer": "word"}}[field]
        self.server.ask("PUT", f"{self.place}/index?wait=true", {"field_name": field, "field_schema": kind})

    def optimize(self):
        self.server.control("POST", "/optimize")

    def alias(self):
        name = f"alias-{len(self.aliases)}"
        self.aliases.append(name)
        self.server.ask("POST", "/collections/aliases", {"actions": [{"create_alias": {"collection_name": NAME, "alias_name": name}}]})

    def foreign(self):
        """Somebody brings back an earlier day and tells nobody; then people go on writing."""
        day = self.chance.randrange(len(self.days))
        folder = f"{self.archives}/{day}"
        for archive in sorted(os.listdir(folder)):
            shard = int(archive.removeprefix("shard-").removesuffix(".tar"))
            body = {"collection": NAME, "shard": shard, "file": f"{folder}/{archive}"}
            self.server.control("POST", "/foreign-restore", body)
        for _ in range(self.chance.randrange(3)):
            self.chance.choice([self.upsert, self.delete, self.payload])()

    def ours(self):
        """We bring back an earlier day, in place: the next backup must take all of each shard."""
        snapshot, wanted = self.days[self.chance.randrange(len(self.days))]
        self.stack.must("restore", "--snapshot", snapshot, "--data-only", "--confirm", "test")
        found = qdrant.dump(self.server.url, NAME)
        # Aliases that are newer than the snapshot stay.
        if not set(wanted["aliases"]) <= set(found["aliases"]):
            raise Wrong(f"{snapshot} in place: aliases {found['aliases']}, not {wanted['aliases']}")
        self._demand(found, wanted | {"aliases": found["aliases"]}, f"{snapshot} in place")
        for _ in range(self.chance.randrange(3)):
            self.chance.choice([self.upsert, self.delete, self.payload])()
        self.is_restored = True

    @staticmethod
    def _demand(found, wanted, what):
        differences = list(qdrant.differences(found, wanted, found["aliases"]))
        if differences:
            raise Wrong(f"{what}: {'; '.join(differences)}")

    def into_the_server(self, snapshot, wanted):
        """A day comes back beside what is live, and then as what was deleted: with exactly its aliases."""
        live = qdrant.dump(self.server.url, NAME)
        self.stack.must("restore", "--snapshot", snapshot, "--collection", NAME, "--as", COPY)
        self._demand(qdrant.dump(self.server.url, COPY), wanted | {"aliases": []}, f"{snapshot} as {COPY}")
        self._demand(qdrant.dump(self.server.url, NAME), live, f"what is live beside {snapshot}")
        self.server.ask("DELETE", f"/collections/{qdrant.escaped(COPY)}")
        self.server.ask("DELETE", self.place)
        self.stack.must("restore", "--snapshot", snapshot, "--data-only", "--confirm", "test")
        self._demand(qdrant.dump(self.server.url, NAME), wanted, f"{snapshot} anew")

    # --- Day by day --------------------------------------------------------------------------

    def backup(self):
        before = self.stack.snapshots()
        self.stack.must("backup")
        new, = set(self.stack.snapshots()) - set(before)
        # Aliases and schema are no part of what is restored by others: they stay as they are.
        self.days.append((new.partition(".")[0], qdrant.dump(self.server.url, NAME)))
        folder, kept = f"{self.stack.restored()}/{NAME}", f"{self.archives}/{len(self.days) - 1}"
        os.makedirs(kept)
        for name in os.listdir(folder):
            if name.endswith(".tar"):
                shutil.copy(f"{folder}/{name}", kept)
        with open(f"{folder}/state.json") as file:
            runs = json.load(file)["runs"]
        if self.is_restored and any(runs.values()):
            raise Wrong(f"{new}: runs since a full archive {runs}, and there was a restore before it")
        self.is_restored = False

    def run(self, days, returns=None):
        """So many days, of which each, or so many, come back into the server as well."""
        self.backup()
        deeds = [self.upsert, self.append, self.delete, self.payload, self.index, self.optimize, self.alias]
        restores = self.chance.sample(range(2, days), max(2, days // 2))
        foreign, ours = set(restores[::2]), set(restores[1::2])
        names = [self.index, self.optimize]
        for day in range(1, days):
            if day in foreign:
                self.foreign()
            elif day in ours:
                self.ours()
            else:
                for deed in self.chance.sample(deeds, self.chance.randrange(3)) + names[:1] * (day % 2):
                    deed()
                    names = names[1:] if deed in names else names
            self.backup()
        returning = self.chance.sample(self.days, returns or len(self.days))
        for snapshot, wanted in self.days:
            try:
                compare(self.server, f"{self.stack.restored(snapshot)}/{NAME}", wanted)
            except Wrong as error:
                raise Wrong(f"{snapshot}, one of {[day for day, _ in self.days]}: {error}") from None
            if (snapshot, wanted) in returning:
                self.into_the_server(snapshot, wanted)
        self.server.ask("DELETE", self.place)
        return {"generations": len(self.days), "foreign_restores": len(foreign), "restores": len(ours),
                "into_the_server": 2 * len(returning), "points": len(self.days[-1][1]["points"])}
