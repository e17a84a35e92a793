"""What a user would write instead of a ledger library: PostgreSQL.

Starts a private server (own data directory, loopback only, run as the postgres user when started as root), loads a
small ledger schema and runs pgbench against it:

  forupdate : BEGIN; SELECT balance FOR UPDATE; UPDATE; INSERT ledger row; COMMIT       five round trips
  oneshot   : one call of a PL/pgSQL function that does the same                         one round trip
  update    : UPDATE ... WHERE balance + x >= 0 RETURNING, INSERT, in one statement     one round trip
  batch     : one call of a function that takes arrays of --batch operations             one round trip per batch

Every mode runs with synchronous_commit as given.  One JSON line per run, on stdout.
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import time

BIN = os.path.dirname(sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))[-1])  # the newest that Debian installed; --bin

SCHEMA = """
DROP TABLE IF EXISTS entry; DROP TABLE IF EXISTS account;
CREATE TABLE account(id bigint PRIMARY KEY, balance bigint NOT NULL CHECK(balance>=0), version bigint NOT NULL) WITH (fillfactor=50);
CREATE TABLE entry(seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL REFERENCES account(id),
  amount bigint NOT NULL, balance_after bigint NOT NULL, idem uuid NOT NULL UNIQUE, created timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX entry_by_account ON entry(account, seq);
INSERT INTO account SELECT g, 1000000000000, 0 FROM generate_series(1,:n) g;
CREATE OR REPLACE FUNCTION post(a bigint, x bigint, k uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE b bigint;
BEGIN
  SELECT balance INTO b FROM account WHERE id=a FOR UPDATE;
  IF b + x < 0 THEN RETURN -1; END IF;
  UPDATE account SET balance=b+x, version=version+1 WHERE id=a;
  INSERT INTO entry(account,amount,balance_after,idem) VALUES(a,x,b+x,k);
  RETURN b+x;
END $$;
-- n operations in one call: accounts are locked once each, in id order (no deadlocks), running balances come from a
-- window sum, and an account whose running balance would go below zero rejects its whole group here
CREATE OR REPLACE FUNCTION post_batch(a bigint[], x bigint[], k uuid[]) RETURNS bigint LANGUAGE plpgsql SET jit = off AS $$
DECLARE n bigint;
BEGIN
  PERFORM 1 FROM account WHERE id = ANY(a) ORDER BY id FOR UPDATE;
  WITH op AS (SELECT * FROM unnest(a,x,k) WITH ORDINALITY AS t(a,x,k,i)),
  run AS (SELECT op.a, op.x, op.k, op.i, c.balance + sum(op.x) OVER (PARTITION BY op.a ORDER BY op.i) AS after
          FROM op JOIN account c ON c.id=op.a),
  good AS (SELECT * FROM run WHERE run.a NOT IN (SELECT r.a FROM run r WHERE r.after<0)),
  ins AS (INSERT INTO entry(account,amount,balance_after,idem) SELECT good.a, good.x, good.after, good.k FROM good ORDER BY good.i
          RETURNING entry.account, entry.amount),
  upd AS (UPDATE account c SET balance=c.balance+s.sx, version=version+s.cnt
          FROM (SELECT ins.account, sum(ins.amount) sx, count(*) cnt FROM ins GROUP BY 1) s WHERE c.id=s.account RETURNING s.cnt)
  SELECT coalesce(sum(upd.cnt),0) INTO n FROM upd;
  RETURN n;
END $$;
CREATE OR REPLACE FUNCTION post_random_batch(n int, accounts bigint) RETURNS bigint LANGUAGE sql AS $$
  SELECT post_batch(array_agg(1+floor(random()*accounts)::bigint),
                    array_agg(CASE WHEN random()<0.1 THEN 1 ELSE -1 END * (1+floor(random()*100))::bigint),
                    array_agg(gen_random_uuid())) FROM generate_series(1,n) $$;
"""

HEAD = "\\set a random(1, :accounts)\n\\set x random(1, 100)\n\\set s CASE WHEN random(1,10) = 1 THEN 1 ELSE -1 END\n\\set d :x * :s\n"
SCRIPTS = {
    "forupdate": HEAD
    + "BEGIN;\nSELECT balance FROM account WHERE id = :a FOR UPDATE \\gset\n\\set b :balance + :d\n"
    "UPDATE account SET balance = :b, version = version + 1 WHERE id = :a;\n"
    "INSERT INTO entry(account,amount,balance_after,idem) VALUES (:a, :d, :b, gen_random_uuid());\nCOMMIT;\n",
    "oneshot": HEAD + "SELECT post(:a, :d, gen_random_uuid());\n",
    "update": HEAD
    + "WITH u AS (UPDATE account SET balance = balance + :d, version = version + 1 WHERE id = :a AND balance + :d >= 0 RETURNING id, balance)\n"
    "INSERT INTO entry(account,amount,balance_after,idem) SELECT id, :d, balance, gen_random_uuid() FROM u;\n",
    "batch": "SELECT post_random_batch(:n, :accounts);\n",
}


class Server:
    def __init__(self, folder, port):
        self.folder, self.port, self.data = folder, port, os.path.join(folder, "data")
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def sh(self, *cmd, **kw):
        return subprocess.run(self.user + list(cmd), check=True, text=True, capture_output=True, cwd=self.folder, **kw)

    def start(self, extra):
        os.makedirs(self.folder, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        if not os.path.exists(self.data):
            self.sh(f"{BIN}/initdb", "-D", self.data, "-A", "trust", "-E", "UTF8", "--locale=C", "-U", "postgres")
        opts = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder} {extra}"
        self.sh(f"{BIN}/pg_ctl", "-D", self.data, "-w", "-l", os.path.join(self.folder, "log"), "-o", opts, "start")

    def stop(self):
        self.sh(f"{BIN}/pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def psql(self, sql, **vars):
        args = [f"{BIN}/psql", "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-qAtX", "-v", "ON_ERROR_STOP=1", "postgres"]
        for k, v in vars.items():
            args += ["-v", f"{k}={v}"]
        return self.sh(*args, input=sql).stdout.strip()


def quantile(v, f):
    return round(v[min(len(v) - 1, int(f * (len(v) - 1) + 0.5))], 3) if v else 0


def run(srv, mode, clients, accounts, seconds, batch, sync, protocol):
    srv.psql(SCHEMA, n=accounts)
    srv.psql("VACUUM ANALYZE account; CHECKPOINT;")
    script = os.path.join(srv.folder, f"{mode}.pgbench")
    with open(script, "w") as f:
        f.write(SCRIPTS[mode])
    for old in glob.glob(os.path.join(srv.folder, "lat.*")):
        os.remove(old)
    before = srv.psql("SELECT wal_sync FROM pg_stat_wal")
    cmd = [f"{BIN}/pgbench", "-h", "127.0.0.1", "-p", str(srv.port), "-U", "postgres", "-n", "-M", protocol, "-c", str(clients),
           "-j", str(min(clients, 2)), "-T", str(seconds), "-f", script, "-D", f"accounts={accounts}", "-D", f"n={batch}",
           "-l", "--log-prefix=lat", "postgres"]
    env = dict(os.environ, PGOPTIONS=f"-c synchronous_commit={sync}")
    out = srv.sh(*cmd, env=env).stdout
    syncs = int(srv.psql("SELECT pg_stat_clear_snapshot(); SELECT wal_sync FROM pg_stat_wal").split()[-1]) - int(before)
    lat = []
    for f in glob.glob(os.path.join(srv.folder, "lat.*")):
        with open(f) as fh:
            lat += [int(line.split()[2]) / 1000 for line in fh]
        os.remove(f)
    lat.sort()
    per = batch if mode == "batch" else 1
    tps = float(re.search(r"tps = ([\d.]+)", out).group(1)) * per
    check = srv.psql("SELECT (SELECT sum(balance)-count(*)*1000000000000 FROM account)=(SELECT coalesce(sum(amount),0) FROM entry)"
                     " AND (SELECT min(balance) FROM account)>=0 AND (SELECT count(*) FROM entry)=(SELECT sum(version) FROM account)")
    n = int(srv.psql("SELECT count(*) FROM entry"))
    return dict(peer="postgresql", version=srv.psql("SHOW server_version").split()[0], mode=mode, sync=sync, clients=clients, accounts=accounts,
                batch=per, protocol=protocol, seconds=seconds, ops=n, ops_s=round(tps), p50_ms=quantile(lat, 0.5), p99_ms=quantile(lat, 0.99),
                max_ms=quantile(lat, 1), wal_syncs_s=round(syncs / seconds, 1), verified=check == "t")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--folder", required=True, help="folder for the server (created, kept between runs)")
    p.add_argument("--port", type=int, default=54391)
    p.add_argument("--bin", default=BIN, help="folder of initdb, pg_ctl, psql and pgbench")
    p.add_argument("--modes", default="forupdate,oneshot,update,batch")
    p.add_argument("--clients", default="1,8,32")
    p.add_argument("--accounts", default="10000,1", help="1 = one hot account")
    p.add_argument("--batches", default="64,256,1024")
    p.add_argument("--batch-clients", default="1")
    p.add_argument("--sync", default="on", help="synchronous_commit values, comma separated")
    p.add_argument("--protocol", default="prepared", choices=["simple", "extended", "prepared"])
    p.add_argument("--seconds", type=int, default=5)
    p.add_argument("--server-options", default="-c shared_buffers=256MB -c max_wal_size=2GB -c checkpoint_timeout=15min",
                   help="extra server options (everything that matters for durability stays at its default)")
    a = p.parse_args()
    globals()["BIN"] = a.bin
    srv = Server(os.path.abspath(a.folder), a.port)
    srv.start(a.server_options)
    try:
        ints = lambda s: [int(x) for x in s.split(",") if x]
        for sync in a.sync.split(","):
            for mode in a.modes.split(","):
                for accounts in ints(a.accounts):
                    for c in ints(a.batch_clients if mode == "batch" else a.clients):
                        for b in ints(a.batches) if mode == "batch" else [1]:
                            print(json.dumps(run(srv, mode, c, accounts, a.seconds, b, sync, a.protocol)), flush=True)
                            time.sleep(0.2)
    finally:
        srv.stop()


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as e:
        sys.exit(f"{e}\n{e.stdout}\n{e.stderr}")
