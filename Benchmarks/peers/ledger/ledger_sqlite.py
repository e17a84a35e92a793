"""What a user would write instead of a ledger library: SQLite (WAL) from Python's sqlite3 module.

One operation = BEGIN IMMEDIATE; read the balance; check it stays >= 0; write it; append one ledger row with a
unique idempotency key; COMMIT.  --batch N puts N operations in one transaction (latency = the whole batch).
Several writers are separate processes.  Prints one JSON line.
"""
import argparse
import json
import multiprocessing as mp
import os
import random
import sqlite3
import time

OPENING = 10**12


def connect(args):
    db = sqlite3.connect(args.db, timeout=args.busy_s, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute(f"PRAGMA synchronous={args.sync}")
    return db


def create(args):
    for tail in ("", "-wal", "-shm"):
        if os.path.exists(args.db + tail):
            os.remove(args.db + tail)
    db = connect(args)
    db.executescript(
        """CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK(balance>=0), version INTEGER NOT NULL);
           CREATE TABLE entry(seq INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account(id), amount INTEGER NOT NULL,
             balance_after INTEGER NOT NULL, idem TEXT NOT NULL UNIQUE, created_us INTEGER NOT NULL);
           CREATE INDEX entry_by_account ON entry(account, seq);"""
    )
    db.execute("BEGIN")
    db.executemany("INSERT INTO account VALUES(?,?,0)", ((i, OPENING) for i in range(1, args.accounts + 1)))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def apply(db, account, amount, key):
    (balance,) = db.execute("SELECT balance FROM account WHERE id=?", (account,)).fetchone()
    balance += amount
    if balance < 0:
        return False
    db.execute("UPDATE account SET balance=?, version=version+1 WHERE id=?", (balance, account))
    db.execute(
        "INSERT INTO entry(account,amount,balance_after,idem,created_us) VALUES(?,?,?,?,?)",
        (account, amount, balance, key, time.time_ns() // 1000),
    )
    return True


def writer(args, seed, start, out):
    db, rng, lat, ops = connect(args), random.Random(seed), [], 0
    start.wait()
    end = time.monotonic() + args.seconds
    while time.monotonic() < end:
        work = [
            (
                1 if args.hot else rng.randint(1, args.accounts),
                rng.randint(1, 100) * (1 if rng.random() < 0.1 else -1),
                f"{rng.getrandbits(128):032x}",
            )
            for _ in range(args.batch)
        ]
        t = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        for w in work:
            apply(db, *w)
        db.execute("COMMIT")
        lat.append((time.perf_counter() - t) * 1000)
        ops += args.batch
    db.close()
    out.put((ops, lat))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--db", default="ledger_bench_py.db", help="database file, recreated")
    p.add_argument("--sync", default="full", choices=["full", "normal", "off"])
    p.add_argument("--writers", type=int, default=1, help="writer processes")
    p.add_argument("--batch", type=int, default=1, help="operations per transaction")
    p.add_argument("--accounts", type=int, default=10000)
    p.add_argument("--hot", action="store_true", help="every operation on one account")
    p.add_argument("--seconds", type=float, default=5)
    p.add_argument("--busy-s", type=float, default=30, help="busy timeout")
    args = p.parse_args()
    create(args)
    out, start = mp.Queue(), mp.Event()
    procs = [mp.Process(target=writer, args=(args, 7919 * i + time.time_ns(), start, out)) for i in range(args.writers)]
    for q in procs:
        q.start()
    time.sleep(0.3)
    t0 = time.monotonic()
    start.set()
    got = [out.get() for _ in procs]
    secs = time.monotonic() - t0
    for q in procs:
        q.join()
    ops = sum(g[0] for g in got)
    lat = sorted(x for g in got for x in g[1])
    db = connect(args)
    n, drift, low = db.execute(
        "SELECT (SELECT count(*) FROM entry), (SELECT sum(balance)-count(*)*? FROM account)-(SELECT coalesce(sum(amount),0) FROM entry),"
        " (SELECT min(balance) FROM account)",
        (OPENING,),
    ).fetchone()
    q = lambda f: round(lat[min(len(lat) - 1, int(f * (len(lat) - 1) + 0.5))], 3)
    print(
        json.dumps(
            dict(peer="sqlite-python", sqlite=sqlite3.sqlite_version, mode="naive" if args.batch == 1 else "bulk", sync=args.sync,
                 writers=args.writers, batch=args.batch, accounts=args.accounts, hot=args.hot, seconds=round(secs, 2), ops=ops,
                 ops_s=round(ops / secs), p50_ms=q(0.5), p99_ms=q(0.99), max_ms=q(1), verified=(n == ops and drift == 0 and low >= 0))
        )
    )


if __name__ == "__main__":
    main()
