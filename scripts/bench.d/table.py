#!/usr/bin/env python3
"""Medians, ratios to ours and the targets, from the figures that `bench` recorded.

    table.py FIGURES [JSON]     a figure is: tool, step, unit and value, separated by tabs
"""

import collections
import json
import os
import statistics
import sys

MB, OURS = 1e6, "recover"
BOTH = ("warm", "cold")
ROWS = [
    # title, step, unit, temperatures
    ("first backup", "first", "seconds", BOTH),
    ("unchanged run", "unchanged", "seconds", BOTH),
    ("day 2: 420 rows changed", "rows", "seconds", BOTH),
    ("day 2: files churned", "churn", "seconds", BOTH),
    ("verify all data", "verify", "seconds", BOTH),
    ("restore", "restore", "seconds", BOTH),
    ("repository, day 1", "first", "size_bytes", BOTH[:1]),
    ("growth, unchanged run", "unchanged", "growth_bytes", BOTH[:1]),
    ("growth, 420 rows", "rows", "growth_bytes", BOTH[:1]),
    ("growth, files churned", "churn", "growth_bytes", BOTH[:1]),
]
FACTORS = [
    ("first backup", "first", 3),
    ("unchanged run", "unchanged", 3),
    ("restore", "restore", 2),
]
FORMATS = {"seconds": "{:.2f} s", "size_bytes": "{:.1f} MB", "growth_bytes": "{:.2f} MB"}


def read(path):
    figures = collections.defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for line in file:
            tool, step, unit, value = line.rstrip("\n").split("\t")
            figures[tool, step, unit].append(value if unit == "text" else float(value))
    return figures


def medians(figures):
    return {key: statistics.median(values) for key, values in figures.items() if key[2] != "text"}


def peaks(median, tools):
    """The highest median of any step: what a machine must have free."""
    return {
        tool: max(v for key, v in median.items() if key[::2] == (tool, "peak_bytes"))
        for tool in tools
    }


def lines(median, tools):
    """Every row of the table: title, format and one value a tool."""
    for title, step, unit, temperatures in ROWS:
        for temperature in temperatures:
            values = {tool: median.get((tool, f"{step}.{temperature}", unit)) for tool in tools}
            if any(value is not None for value in values.values()):
                yield title if temperature == "warm" else f"{title}, cold", unit, values
    yield "peak memory", "size_bytes", peaks(median, tools)


def cell(value, unit, ours):
    if value is None:
        return "-", ""
    text = FORMATS[unit].format(value if unit == "seconds" else value / MB)
    return text, f"{value / ours:.1f}x" if ours else ""


def table(rows, names):
    head = ["medians"]
    for tool, name in names.items():
        head += [name] if tool == OURS else [name, ""]
    body = []
    for title, unit, values in rows:
        line = [title]
        for tool in names:
            text, ratio = cell(values[tool], unit, values.get(OURS))
            line += [text] if tool == OURS else [text, ratio]
        body.append(line)
    widths = [max(len(line[i]) for line in [head] + body) for i in range(len(head))]
    for line in [head, ["-" * width for width in widths]] + body:
        cells = [part.rjust(width) for part, width in zip(line, widths)]
        cells[0] = line[0].ljust(widths[0])
        print("  ".join(cells).rstrip())


def targets(median, peak, tools):
    """What we promise, with the figure; peers that did not run are left out."""

    def seconds(tool, step):
        return median[tool, f"{step}.warm", "seconds"]

    def least(step):
        return min(seconds(tool, step) / seconds(OURS, step) for tool in tools if tool != OURS)

    speed = median[OURS, "first.warm", "size_bytes"] / seconds(OURS, "verify") / 1e9
    growth = median[OURS, "rows.warm", "growth_bytes"]
    unchanged = seconds(OURS, "unchanged")
    if len(tools) > 1:
        yield "verify faster than every other", least("verify") > 1, f"{least('verify'):.2f}x"
        for title, step, factor in FACTORS:
            goal, times = f"{title} at least {factor}x as fast as every other", least(step)
            yield goal, times >= factor, f"{times:.2f}x"
    yield "unchanged run at most 0.25 s", unchanged <= 0.25, f"{unchanged:.3f} s"
    yield "verify at least 1.0 GB/s of stored data", speed >= 1, f"{speed:.2f} GB/s"
    yield "420 rows add at most 2 MB", growth <= 2 * MB, f"{growth / MB:.2f} MB"
    yield "peak memory at most 300 MB", peak[OURS] <= 300 * MB, f"{peak[OURS] / MB:.0f} MB"


def main(source, target=None):
    figures = read(source)
    median = medians(figures)
    names = {tool: text[-1] for (tool, step, _), text in figures.items() if step == "version"}
    runs = len(figures[next(iter(names)), "first.warm", "seconds"])
    size, pages = median["data", "made", "bytes"], median["data", "rows", "changed_pages"]
    print(f"{runs} run(s), {size / MB:.0f} MB of data, {pages:.0f} pages changed by the 420 rows;")
    print(f"{os.cpu_count()} processors, sync in every timing, ratios are theirs to ours.\n")
    table(lines(median, names), names)
    print(f"\nRestored trees are identical to their source: {', '.join(names)}.")
    for tool, step, unit in figures:
        if step.startswith("day2.") and unit == "seconds":
            took = median[tool, step, unit]
            print(f"Day 2 restored bit for bit without recover by {step[5:]}: {took:.1f} s.")
    noise = [v for key, values in figures.items() if key[2] == "foreign_percent" for v in values]
    disturbed = [value for value in noise if value > 10]
    if disturbed:
        print(
            f"Not a quiet machine: {len(disturbed)} of {len(noise)} timings began beside other load"
            f" (up to {max(disturbed):.0f} %)."
        )
    verdicts = []
    if OURS in names and size > 1e9:
        verdicts = list(targets(median, peaks(median, names), names))
        print()
        for title, met, figure in verdicts:
            print(f"{'met   ' if met else 'MISSED'}  {title}: {figure}")
    if target:
        report = {
            "runs": runs,
            "processors": os.cpu_count(),
            "versions": names,
            "targets": [
                {"target": title, "met": met, "figure": figure} for title, met, figure in verdicts
            ],
            "figures": [
                dict(zip(("tool", "step", "unit"), key), median=value, all=figures[key])
                for key, value in median.items()
            ],
        }
        with open(target, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
