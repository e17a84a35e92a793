"""The loop that people write instead: FOR UPDATE SKIP LOCKED through psycopg; prints one JSON line of the rate."""

import argparse
import json
import multiprocessing
import time

import psycopg

SCHEMA = """
DROP TABLE IF EXISTS peer_job;
CREATE TABLE peer_job (
    id bigserial PRIMARY KEY, state text NOT NULL DEFAULT 'pending', kind text NOT NULL, args jsonb NOT NULL,
    owner text NOT NULL, run_at timestamptz NOT NULL DEFAULT now(), attempt int NOT NULL DEFAULT 0, worker text,
    started_at timestamptz, ended_at timestamptz) WITH (fillfactor = 50);
CREATE INDEX ON peer_job (run_at, id) WHERE state = 'pending';
"""

CLAIM = """
WITH c AS MATERIALIZED (
    SELECT id FROM peer_job WHERE state = 'pending' AND run_at <= now() ORDER BY run_at, id
    LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE peer_job j SET state = 'processing', attempt = attempt + 1, worker = %s, started_at = now()
FROM c WHERE j.id = c.id RETURNING j.id, j.kind, j.args
"""

FINISH = "UPDATE peer_job SET state = 'completed', ended_at = now() WHERE id = ANY(%s) AND state = 'processing'"


def work(url, name, batch, ready, go, counts):
    with psycopg.connect(url, autocommit=False) as connection:
        ready.release()
        go.wait()
        done = 0
        while True:
            rows = connection.execute(CLAIM, (batch, name)).fetchall()
            connection.commit()
            if not rows:
                break
            done += connection.execute(FINISH, ([row[0] for row in rows],)).rowcount
            connection.commit()
        counts.put(done)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=4000)
    options = parser.parse_args()
    with psycopg.connect(options.url, autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute(
            "INSERT INTO peer_job (kind, args, owner) SELECT 'work', jsonb_build_object('song', n), 'user:' || n %% 100 "
            "FROM generate_series(1, %s) n", (options.jobs,))
    ready, go, counts = multiprocessing.Semaphore(0), multiprocessing.Event(), multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=work, args=(options.url, f"w{n}", options.batch, ready, go, counts))
        for n in range(options.workers)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        ready.acquire()
    begin = time.monotonic()
    go.set()
    done = sum(counts.get() for _ in workers)
    seconds = time.monotonic() - begin
    for worker in workers:
        worker.join()
    print(json.dumps({
        "peer": "psycopg", "version": psycopg.__version__, "workers": options.workers, "batch": options.batch,
        "jobs": done, "jobs_s": int(done / seconds), "verified": done == options.jobs}))


if __name__ == "__main__":
    main()
