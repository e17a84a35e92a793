"""Runs Busker's jobs and the Python loop in turns on one server and prints both rates and their ratio."""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

BARS = {1: 500, 20: 3500}


def run(command):
    line = json.loads(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout)
    if not line["verified"]:
        sys.exit(f"Not every job was done once: {line}")
    return line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=4000)
    parser.add_argument("--json")
    options = parser.parse_args()
    peer = str(Path(__file__).with_name("skip_locked.py"))
    results = []
    for batch, workers in ((1, 8), (1, 16), (20, 4)):
        jobs = options.jobs * (5 if batch > 1 else 1)
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(run([options.program, options.url, f"workers={workers}", f"batch={batch}", f"jobs={jobs}"]))
            theirs.append(run([sys.executable, peer, options.url, "--workers", str(workers), "--batch", str(batch),
                               "--jobs", str(jobs)]))
        mine = statistics.median(line["jobs_s"] for line in ours)
        other = statistics.median(line["jobs_s"] for line in theirs)
        print(f"{workers} workers, {batch} at once: busker {mine:.0f}/s, psycopg {other:.0f}/s, "
              f"ratio {mine / other:.2f}; the bar is {BARS[batch]}/s", flush=True)
        results += ours + theirs
    if options.json:
        Path(options.json).write_text("\n".join(json.dumps(line) for line in results) + "\n")


if __name__ == "__main__":
    main()
