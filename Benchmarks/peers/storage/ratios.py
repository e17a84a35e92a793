"""Reads JSON lines of measurements and prints ours beside the peers', with ratios."""

import json
import sys

rows = {}
for line in sys.stdin:
    row = json.loads(line)
    rows.setdefault(row["what"], []).append(row)
print(f"{'what':22}{'busker':>12}{'peer':>12}  {'unit':10}{'ratio':>8}  peer")
for what, (ours, *peers) in rows.items():
    unit = "per_second" if "per_second" in ours else "mb_per_second"
    for peer in peers:
        ratio = ours[unit] / peer[unit]
        shown = "1/s" if unit == "per_second" else "MB/s"
        print(f"{what:22}{ours[unit]:12.0f}{peer[unit]:12.0f}  {shown:10}{ratio:8.2f}  {peer['who']}")
