"""Points of a command at which something is killed or cut: each question that it asks, with each thing that may happen."""

from .place import Wrong

# A question that is held so long is one at which something can be killed.
HELD_SECONDS = 0.8
FAULTS = [("tool", "stall"), ("tool", "slow"), ("server", "stall"), ("server", "slow"), ("connection", "reset")]


class Points:
    """Has `server`, `chance`, all `points`, and `try_one`, which tries one of them."""

    def is_held(self, number):
        fault, = self.server.control("GET", "/faults")
        return fault["hits"] > number

    def run(self, deadline, known=()):
        """As many points as there is time for, those first that were not tried before."""
        tried = []
        points = [point for point in self.points if list(point) not in known]
        self.chance.shuffle(points)
        for point in points:
            if deadline():
                break
            try:
                self.try_one(*point)
            except Wrong as error:
                raise Wrong(f"{point}: {error}") from None
            tried.append(list(point))
        return tried
