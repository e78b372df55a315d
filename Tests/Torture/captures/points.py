"""Points of a command at which something is killed or cut: each question that it asks, with each thing that may happen."""

import os

from .place import Wrong

# A question that is held so long is one at which something can be killed.
HELD_SECONDS = 0.8
FAULTS = [("tool", "stall"), ("tool", "slow"), ("server", "stall"), ("server", "slow"), ("connection", "reset")]
# The tool dies with the server: as where a machine loses power that has both.
BOTH = [("both", "stall"), ("both", "slow")]


class Points:
    """Has `server`, `chance`, all `points`, and `try_one`, which tries one of them."""

    def is_held(self, number):
        fault, = self.server.control("GET", "/faults")
        return fault["hits"] > number

    def run(self, deadline, known, tried):
        """As many points as there is time for, those first that were not tried before; each is told when it is done."""
        share, shares = (int(number) for number in os.environ.get("TORTURE_SHARE", "0/1").split("/"))
        points = [point for point in self.points[share::shares] if list(point) not in known]
        self.chance.shuffle(points)
        for point in points:
            if deadline():
                break
            try:
                self.try_one(*point)
            except Exception as error:
                raise Wrong(f"{list(point)}: {error if isinstance(error, Wrong) else repr(error)}", point) from error
            tried(list(point))
