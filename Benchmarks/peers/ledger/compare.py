"""Runs ledgers that people write themselves and Busker's, on the same disk in the same rounds, and prints the ratios."""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True, help="folder of the compiled programs")
    parser.add_argument("--work", required=True, help="folder for databases")
    parser.add_argument("--rounds", type=int, default=3, help="rounds through the whole list (default 3)")
    parser.add_argument("--seconds", type=int, default=4, help="seconds of each measurement (default 4)")
    parser.add_argument("--sync-us", type=int, default=0, help="every sync of the disk takes at least so long, for all")
    parser.add_argument("--only", default="sqlite,postgres,balance,memory", help="comma list of groups")
    parser.add_argument("--callers", default="1,8,64,256", help="numbers of waiting callers")
    parser.add_argument("--json", help="also write all results into this file")
    return parser.parse_args()


class Bench:
    """Runs programs and keeps what they print."""

    def __init__(self, args):
        self.args, self.results = args, {}
        self.url = None

    def environment(self):
        slow = {"SYNC_US": str(self.args.sync_us), "LD_PRELOAD": os.path.join(self.args.programs, "slow_sync.so")}
        return dict(os.environ, **(slow if self.args.sync_us else {}))

    def run(self, cell, command):
        print("running " + " ".join(os.path.basename(word) for word in command), file=sys.stderr)
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=self.environment())
        result = json.loads(done.stdout.strip().splitlines()[-1])
        if not result.get("verified", True):
            raise SystemExit("%s does not add up: %s" % (cell, result))
        self.results.setdefault(cell, []).append(result)

    def file(self, name):
        return os.path.join(self.args.work, name)

    def c(self, cell, *options):
        program = os.path.join(self.args.programs, "ledger_sqlite")
        self.run(cell, [program, "--db", self.file("c.db"), "--seconds", str(self.args.seconds), *options])

    def python(self, cell, *options):
        script = os.path.join(HERE, "ledger_sqlite.py")
        self.run(cell, [sys.executable, script, "--db", self.file("py.db"), "--seconds", str(self.args.seconds), *options])

    def busker(self, cell, operation, place, **settings):
        program = os.path.join(self.args.programs, "busker-ledger-measure")
        words = ["%s=%s" % pair for pair in dict({"seconds": self.args.seconds}, **settings).items()]
        self.run(cell, [program, operation, place, *words])

    def for_update(self, clients, accounts):
        script = os.path.join(HERE, "ledger_pg.py")
        folder = self.file("pg")
        self.run(("pg for update", clients, accounts), [
            sys.executable, script, "--folder", folder, "--modes", "forupdate", "--clients", str(clients), "--accounts",
            str(accounts), "--seconds", str(self.args.seconds)])

    def median(self, cell, key="ops_s"):
        return statistics.median(result[key] for result in self.results[cell])


def sqlite_round(bench):
    bench.c("c naive", "--mode", "naive", "--writers", "1")
    bench.c("c naive 8", "--mode", "naive", "--writers", "8")
    bench.python("python naive", "--sync", "full", "--writers", "1")
    for callers in bench.args.callers.split(","):
        group = ("--mode", "group", "--writers", callers, "--batch", "256", "--double")
        bench.c(("c group", callers), *group)
        bench.c(("c group hot", callers), *group, "--hot", "--aggregate")
        bench.busker(("busker", callers), "post", bench.file("busker.db"), callers=callers)
        bench.busker(("busker hot", callers), "post", bench.file("busker.db"), callers=callers, accounts=1)
    bench.busker("busker hold", "hold", bench.file("busker.db"), callers=64)
    bench.busker("busker own", "own", bench.file("busker.db"), callers=64)


def postgres_round(bench):
    bench.for_update(32, 10000)
    bench.for_update(32, 1)
    environment = dict(bench.environment(), BUSKER_POSTGRES_NAME="bench")
    script = os.path.join(ROOT, "Scripts", "postgres")
    settings = ["shared_buffers=256MB", "max_wal_size=2GB", "checkpoint_timeout=15min"]
    started = subprocess.run([script, "start", *settings], check=True, env=environment, stdout=subprocess.PIPE, text=True)
    url = started.stdout.strip().splitlines()[-1]
    try:
        for callers in sorted({*bench.args.callers.split(","), "32"}, key=int):
            bench.busker(("busker pg", callers), "post", url, callers=callers)
            bench.busker(("busker pg hot", callers), "post", url, callers=callers, accounts=1)
        bench.busker("busker pg own", "own", url, callers=32)
    finally:
        subprocess.run([script, "stop"], check=True, env=environment)


def balance_round(bench):
    bench.busker("balance", "balance", bench.file("busker.db"), callers=64)


def memory_round(bench):
    bench.busker("million", "post", bench.file("busker.db"), callers=64, count=1_000_000)


def table(titles, rows):
    print("\n| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def rates(bench):
    rows = []
    for cell, results in bench.results.items():
        name = cell if isinstance(cell, str) else ", ".join(str(part) for part in cell)
        speeds = [result["ops_s"] for result in results]
        rows.append((name, "%.0f" % statistics.median(speeds), "%.0f-%.0f" % (min(speeds), max(speeds)),
                     "%.2f" % bench.median(cell, "p50_ms"), "%.1f" % bench.median(cell, "p99_ms"),
                     "%.1f" % bench.median(cell, "max_ms")))
    table(("ledger, waiting callers", "operations/s", "range", "p50 ms", "p99 ms", "max ms"), rows)


def ratio(bench, text, ours, theirs, bar):
    if ours in bench.results and theirs in bench.results:
        value = bench.median(ours) / bench.median(theirs)
        return [(text, "%.2f" % value, ">= %g" % bar, "pass" if value >= bar else "**fail**")]
    return []


def checks(bench):
    rows = ratio(bench, "64 callers / naive transactions in C", ("busker", "64"), "c naive", 25)
    rows += ratio(bench, "64 callers / naive transactions in Python", ("busker", "64"), "python naive", 25)
    rows += ratio(bench, "64 callers / group commit in C, two entries", ("busker", "64"), ("c group", "64"), 0.7)
    rows += ratio(bench, "one hot account / many accounts, 64 callers", ("busker hot", "64"), ("busker", "64"), 1)
    rows += ratio(bench, "PostgreSQL, hot, 32 callers / SELECT FOR UPDATE", ("busker pg hot", "32"), ("pg for update", 32, 1), 10)
    rows += ratio(bench, "PostgreSQL, hot / many, 32 callers", ("busker pg hot", "32"), ("busker pg", "32"), 1)
    if "balance" in bench.results:
        value = bench.median("balance")
        rows.append(("balance reads/s, SQLite", "%.0f" % value, ">= 50000", "pass" if value >= 50000 else "**fail**"))
    if "million" in bench.results:
        memory = bench.results["million"][-1]["rss_mib"]
        flat = memory[-1] <= memory[0] * 1.2 + 8
        rows.append(("1 M operations, MiB at each tenth", memory, "flat", "pass" if flat else "**fail**"))
    return rows


def main():
    args = arguments()
    os.makedirs(args.work, exist_ok=True)
    os.chmod(args.work, 0o755)
    bench = Bench(args)
    groups = {"sqlite": sqlite_round, "postgres": postgres_round, "balance": balance_round, "memory": memory_round}
    for turn in range(args.rounds):
        for name in args.only.split(","):
            if turn == 0 or name != "memory":
                groups[name](bench)
    slow = ", every sync at least %d us" % args.sync_us if args.sync_us else ""
    print("Medians of %d rounds of %d s, load %.1f%s." % (args.rounds, args.seconds, os.getloadavg()[0], slow))
    rates(bench)
    table(("check", "value", "bar", ""), checks(bench))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump([{"cell": str(cell), "results": results} for cell, results in bench.results.items()], file, indent=1)


if __name__ == "__main__":
    main()
