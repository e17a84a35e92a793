"""Reads JSON lines of measurements and prints ours beside the peers', with ratios of the wall's and the processor's seconds."""

import json
import sys

rows = {}
for line in sys.stdin:
    row = json.loads(line)
    rows.setdefault(row["what"], []).append(row)
print(f"{'what':20}{'busker':>10}{'peer':>10}  {'unit':6}{'ratio':>7}{'cpu ratio':>11}  peer")
for what, (ours, *peers) in rows.items():
    unit = "per_second" if "per_second" in ours else "mb_per_second"
    for peer in peers:
        ratio = ours[unit] / peer[unit]
        # Work for each second of the processor, ours beside theirs.
        cpu = (ours[unit] * ours["seconds"] / ours["cpu_seconds"]) / (peer[unit] * peer["seconds"] / peer["cpu_seconds"])
        shown = "1/s" if unit == "per_second" else "MB/s"
        print(f"{what:20}{ours[unit]:10.0f}{peer[unit]:10.0f}  {shown:6}{ratio:7.2f}{cpu:11.2f}  {peer['who']}")
