"""Which snapshots stay: docs/retention.md in Python, written from that page alone.

As a program it draws random cases and prints each with the decisions, one JSON object a line.
"""

import argparse
import json
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

PERIODS = ("hourly", "daily", "weekly", "monthly", "yearly")


def period(kind: str, seconds: int, zone: ZoneInfo):
    local = datetime.fromtimestamp(seconds, zone)
    if kind == "hourly":
        return local.date(), local.hour, local.utcoffset()
    if kind == "daily":
        return local.date()
    if kind == "weekly":
        return tuple(local.isocalendar())[:2]
    return (local.year, local.month) if kind == "monthly" else local.year


def decide(policy: dict, snapshots: list[dict], now: int, zone: ZoneInfo, deployed) -> dict[str, set[str]]:
    """The rules that keep each snapshot; an empty set means that it goes."""
    keeping: dict[str, set[str]] = {one["id"]: set() for one in snapshots}
    floor = policy["keep_verified"]
    newest_first = sorted(snapshots, key=lambda one: (one["seq"], one["id"]), reverse=True)

    def is_safety(one):
        return one["reason"] == "pre-rollback"

    def is_sound(one):
        return one["complete"] and not one["damaged"]

    def is_whole(one):
        return is_sound(one) and one["full"]

    for one in newest_first:
        for word, holds in (
            ("pinned", one["pinned"]),
            ("in-use", one["in_use"]),
            ("import", one["reason"] == "import"),
            ("future", one["reason"] != "import" and one["taken_at"] > now),
        ):
            if holds:
                keeping[one["id"]].add(word)
    for tag in deployed:
        of_tag = [one for one in newest_first if one["tag"] == tag and one["reason"] != "import"]
        for choice in (
            [one for one in of_tag if is_whole(one) and not is_safety(one)],
            [one for one in of_tag if is_sound(one)],
            of_tag,
        ):
            if choice:
                keeping[choice[0]["id"]].add("deployed")
                break

    counted = [one for one in newest_first if one["reason"] != "import" and one["taken_at"] <= now]
    ordinary = [one for one in counted if not is_safety(one)]
    whole = [one for one in ordinary if is_whole(one)]
    for rank, one in enumerate(whole):
        if rank < floor:
            keeping[one["id"]].add("newest")
    for rank, one in enumerate([one for one in whole if one["verified"]]):
        if rank < floor:
            keeping[one["id"]].add("verified")

    def apply(rule: dict, name: str, group: list[dict], covered: list[dict]):
        for one in group[: rule.get("last", 0)]:
            keeping[one["id"]].add(f"{name}.last")
        for kind in PERIODS:
            named = [(period(kind, one["taken_at"], zone), one) for one in group]
            places = list(dict.fromkeys(place for place, _ in named))[: rule.get(kind, 0)]
            for place in places:
                first = next(one for its, one in named if its == place)
                keeping[first["id"]].add(f"{name}.{kind}")
        for one in covered:
            if now - one["taken_at"] < rule.get("within", 0):
                keeping[one["id"]].add(f"{name}.within")

    apply(policy["keep"], "keep", whole, ordinary)
    rank = {one["id"]: position for position, one in enumerate(newest_first)}
    others = [
        one
        for one in ordinary
        if not is_whole(one) and sum(rank[other["id"]] < rank[one["id"]] for other in whole) < floor
    ]
    apply(policy["keep"], "keep", others, [])
    for reason, rule in policy["per_reason"].items():
        group = [one for one in counted if one["reason"] == reason]
        apply(rule, f"per_reason.{reason}", [one for one in group if is_sound(one)], group)
    for tag in {one["tag"] for one in ordinary if one["tag"] is not None}:
        group = [one for one in ordinary if one["tag"] == tag]
        apply(policy["per_tag"], "per_tag", [one for one in group if is_whole(one)], group)
    guards = [one for one in counted if is_safety(one)]
    apply(policy["safety"], "safety", [one for one in guards if is_sound(one)], guards)
    return keeping


# --- Random cases -------------------------------------------------------------------------------

ZONES = (
    "UTC", "Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/St_Johns", "Pacific/Auckland", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca",
    "America/Sao_Paulo", "Asia/Tehran", "Pacific/Apia", "Europe/Dublin", "Antarctica/Troll",
)
# Around which a calendar does something: leap days, ISO weeks 53 and 1, clocks moved, a day left out.
CENTRES = (
    (2024, 2, 29), (2023, 2, 28), (2000, 2, 29), (2021, 1, 3), (2020, 12, 31), (2027, 1, 1), (2026, 3, 29),
    (2026, 10, 25), (2026, 11, 1), (2026, 3, 8), (2011, 12, 30), (2026, 4, 5), (2026, 10, 4), (2026, 1, 1), (1999, 12, 31),
)
REASONS = ("nightly",) * 6 + ("manual", "pre-deploy", "pre-migration", "pre-rollback", "import")


def draw_rule(chance: random.Random, density: float) -> dict:
    rule = {kind: chance.choice((1, 2, 3, 5, 7, 12)) for kind in ("last", *PERIODS) if chance.random() < density}
    if chance.random() < density:
        rule["within"] = chance.choice((1, 60, 3600, 90_000, 86_400 * 2, 86_400 * 14, 86_400 * 400))
    return rule


def draw_policy(chance: random.Random) -> dict:
    keep = draw_rule(chance, 0.4) or {"last": 1}
    reasons = [reason for reason in ("nightly", "manual", "pre-deploy", "pre-rollback") if chance.random() < 0.2]
    safety = draw_rule(chance, 0.2)
    return {
        "keep": keep,
        "per_reason": {reason: draw_rule(chance, 0.4) for reason in reasons},
        "per_tag": draw_rule(chance, 0.3) if chance.random() < 0.5 else {},
        "safety": safety | {"last": max(3, safety.get("last", 0)), "within": max(86_400 * 14, safety.get("within", 0))},
        "keep_verified": chance.choice((3, 3, 3, 4, 8)),
    }


def draw_times(chance: random.Random, count: int, zone: ZoneInfo) -> list[int]:
    centre = datetime(*chance.choice(CENTRES), chance.randrange(24), tzinfo=zone).timestamp()
    kind = chance.choice(("nights", "hours", "burst", "years", "any"))
    step = {"nights": 86_400, "hours": 1800, "burst": 1, "years": 86_400 * 40, "any": 7 * 86_400}[kind]
    times = []
    for number in range(count):
        time = centre + (number - count // 2) * step + chance.randrange(-step, step + 1) // chance.choice((1, 10, 1000))
        times.append(int(time))
    if chance.random() < 0.3:
        # A clock that was put wrong for a while.
        start = chance.randrange(count)
        shift = chance.choice((-1, 1)) * chance.choice((3600, 86_400, 86_400 * 365))
        for number in range(start, min(count, start + chance.randrange(1, 6))):
            times[number] += shift
    if chance.random() < 0.3:
        times[chance.randrange(count)] = times[chance.randrange(count)]
    return times


def draw_case(chance: random.Random) -> dict:
    name = chance.choice(ZONES)
    count = chance.choice((0, 1, 2, 5, 12, 30, 60))
    times = draw_times(chance, count, ZoneInfo(name)) if count else []
    tags = [None, "2026.01.14", "2026.01.15", "v3"]
    snapshots = []
    seq = 0
    for number, taken_at in enumerate(times):
        # Two runs at once may use one number.
        seq += chance.random() > 0.05
        snapshots.append({
            "id": f"{number:04d}-{chance.randrange(1 << 16):04x}", "seq": seq, "taken_at": taken_at,
            "reason": chance.choice(REASONS), "tag": chance.choice(tags) if chance.random() < 0.4 else None,
            "complete": chance.random() < 0.85, "full": chance.random() < 0.85, "damaged": chance.random() < 0.05,
            "verified": chance.random() < 0.3, "pinned": chance.random() < 0.03, "in_use": chance.random() < 0.02,
        })
    chance.shuffle(snapshots)
    last = max(times, default=0)
    now = last + chance.choice((0, 0, 1, 3600, 86_400 * 3, 86_400 * 500, -1, -86_400 * 2))
    deployed = [tag for tag in tags[1:] + ["none"] if chance.random() < 0.2]
    return {"policy": draw_policy(chance), "zone": name, "now": now, "deployed": deployed, "snapshots": snapshots}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    for _ in range(options.cases):
        case = draw_case(chance)
        kept = decide(case["policy"], case["snapshots"], case["now"], ZoneInfo(case["zone"]), case["deployed"])
        case["expected"] = {one: sorted(rules) for one, rules in kept.items()}
        print(json.dumps(case, separators=(",", ":")))


if __name__ == "__main__":
    main()
