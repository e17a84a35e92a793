"""What the peer scripts share: the command line, loading, timing, and one JSON line of results.

Thread counts are pinned through the environment before numpy is imported: call `parse` first, import heavy modules afterwards.
Fields of the line: name, cpu (median seconds of user and system time), best (smallest), wall (median), runs, audio (seconds), note.
"""
import argparse
import json
import os
import statistics
import sys
import time

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")


def parse(description, extra=None):
    """Reads the common options; starts the script again where the thread count is not pinned yet."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("wav", help="input file (see make_test_wav.py)")
    parser.add_argument("--runs", type=int, default=5, help="timed runs (default 5)")
    parser.add_argument("--warmup", type=int, default=1, help="untimed runs before them (default 1)")
    parser.add_argument("--threads", type=int, default=1, help="threads (default 1)")
    parser.add_argument("--max-seconds", type=float, default=0.0, help="use only the first seconds (default: all)")
    if extra:
        extra(parser)
    args = parser.parse_args()
    wanted = str(args.threads)
    if any(os.environ.get(name) != wanted for name in THREAD_VARIABLES):
        os.environ.update({name: wanted for name in THREAD_VARIABLES})
        os.execv(sys.executable, [sys.executable] + sys.argv)
    return args


def load(args):
    """The sound as float32, channels by samples, and its rate."""
    import soundfile
    y, rate = soundfile.read(args.wav, dtype="float32", always_2d=True)
    if args.max_seconds > 0:
        y = y[:int(args.max_seconds * rate)]
    return y.T.copy(order="C"), rate


def bench(name, work, args, y, rate, note=""):
    """Runs the work and prints the line."""
    for _ in range(args.warmup):
        work()
    wall, cpu = [], []
    for _ in range(max(1, args.runs)):
        started, used = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    print(json.dumps({"name": name, "cpu": statistics.median(cpu), "best": min(cpu), "wall": statistics.median(wall),
                      "runs": len(cpu), "audio": y.shape[-1] / rate, "note": note}), flush=True)
