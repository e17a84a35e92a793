// What a user would write instead of a ledger library: SQLite (WAL) from plain C.
//
// One operation = look the account up, check that the balance stays >= 0, write the new balance,
// append one ledger row that carries a unique idempotency key.  Three ways to commit:
//   naive : every writer thread owns a connection; one transaction per operation
//   bulk  : one thread, --batch operations per transaction (latency = the whole batch)
//   group : --writers closed-loop clients hand single operations to ONE committer thread, which
//           takes whatever is queued (at most --batch) into one transaction and then answers all
//
// Build: cc -O2 -o ledger_sqlite ledger_sqlite.c -lsqlite3 -lpthread
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    const char *db, *sync, *mode, *keys, *label;
    int writers, batch, accounts, seconds, busy_ms;
    bool hot, aggregate, doubled, probe;
} Opt;
static Opt opt = {"ledger_bench.db", "full", "naive", "random", "", 1, 64, 10000, 5, 10000, false, false, false, true};

static const int64_t OPENING = 1000000000000LL;
static volatile bool stop_flag = false;

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}
static void die(const char *what, sqlite3 *db) {
    fprintf(stderr, "ledger_sqlite: %s: %s\n", what, db ? sqlite3_errmsg(db) : strerror(errno));
    exit(1);
}
static uint64_t xorshift(uint64_t *s) {
    uint64_t x = *s;
    x ^= x << 13; x ^= x >> 7; x ^= x << 17;
    return *s = x;
}

// ---- latencies -------------------------------------------------------------------------------
typedef struct { uint32_t *us; size_t n, cap; } Lat;
static void lat_add(Lat *l, uint64_t us) {
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 4096;
        l->us = realloc(l->us, l->cap * sizeof *l->us);
        if (!l->us) die("memory", NULL);
    }
    l->us[l->n++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}
static int cmp_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}
static double quantile(const Lat *l, double q) {
    if (!l->n) return 0;
    size_t i = (size_t)(q * (double)(l->n - 1) + 0.5);
    return l->us[i] / 1000.0;
}

// ---- fdatasync probe: what the disk gives right now (it is shared) ----------------------------
static double fsync_rate(const char *near, double secs) {
    char path[1024], block[4096];
    snprintf(path, sizeof path, "%s.probe", near);
    memset(block, 7, sizeof block);
    int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (fd < 0) die(path, NULL);
    for (int i = 0; i < 64; i++)
        if (write(fd, block, sizeof block) < 0) die("probe write", NULL);
    fsync(fd);
    uint64_t t0 = now_us(), t1 = t0;
    int n = 0;
    while (t1 - t0 < secs * 1e6) {
        if (pwrite(fd, block, sizeof block, (n % 64) * 4096) < 0) die("probe write", NULL);
        fdatasync(fd);
        n++;
        t1 = now_us();
    }
    close(fd);
    unlink(path);
    return n / ((t1 - t0) / 1e6);
}

// ---- a connection ----------------------------------------------------------------------------
typedef struct { sqlite3 *db; sqlite3_stmt *begin, *commit, *sel, *upd, *ins; } Conn;
static void run(sqlite3 *db, const char *sql) {
    char *e = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &e) != SQLITE_OK) { fprintf(stderr, "%s: %s\n", sql, e); exit(1); }
}
static void step_done(Conn *c, sqlite3_stmt *s) {
    if (sqlite3_step(s) != SQLITE_DONE) die(sqlite3_sql(s), c->db);
    sqlite3_reset(s);
}
static void conn_open(Conn *c) {
    char pragma[128];
    if (sqlite3_open(opt.db, &c->db) != SQLITE_OK) die("open", c->db);
    sqlite3_busy_timeout(c->db, opt.busy_ms);
    run(c->db, "PRAGMA journal_mode=WAL");
    snprintf(pragma, sizeof pragma, "PRAGMA synchronous=%s", opt.sync);
    run(c->db, pragma);
    const char *q[] = {"BEGIN IMMEDIATE", "COMMIT", "SELECT balance FROM account WHERE id=?1",
                       "UPDATE account SET balance=?2, version=version+1 WHERE id=?1",
                       "INSERT INTO entry(account,amount,balance_after,idem,created_us) VALUES(?1,?2,?3,?4,?5)"};
    sqlite3_stmt **s[] = {&c->begin, &c->commit, &c->sel, &c->upd, &c->ins};
    for (int i = 0; i < 5; i++)
        if (sqlite3_prepare_v3(c->db, q[i], -1, SQLITE_PREPARE_PERSISTENT, s[i], NULL) != SQLITE_OK) die(q[i], c->db);
}
static void conn_close(Conn *c) {
    sqlite3_finalize(c->begin); sqlite3_finalize(c->commit); sqlite3_finalize(c->sel);
    sqlite3_finalize(c->upd); sqlite3_finalize(c->ins);
    sqlite3_close(c->db);
}
static void schema(void) {
    Conn c;
    char p[1024];
    const char *tail[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) { snprintf(p, sizeof p, "%s%s", opt.db, tail[i]); unlink(p); }
    sqlite3 *db;
    if (sqlite3_open(opt.db, &db) != SQLITE_OK) die("open", db);
    run(db, "PRAGMA journal_mode=WAL");
    run(db, "CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK(balance>=0), version INTEGER NOT NULL)");
    run(db, "CREATE TABLE entry(seq INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account(id), amount INTEGER NOT NULL,"
            " balance_after INTEGER NOT NULL, idem TEXT NOT NULL UNIQUE, created_us INTEGER NOT NULL)");
    run(db, "CREATE INDEX entry_by_account ON entry(account, seq)");
    sqlite3_close(db);
    conn_open(&c);
    run(c.db, "BEGIN");
    sqlite3_stmt *s;
    sqlite3_prepare_v2(c.db, "INSERT INTO account VALUES(?1,?2,0)", -1, &s, NULL);
    for (int i = 0; i <= opt.accounts; i++) {  // account 0 is the house account for --double
        sqlite3_bind_int(s, 1, i); sqlite3_bind_int64(s, 2, OPENING);
        sqlite3_step(s); sqlite3_reset(s);
    }
    sqlite3_finalize(s);
    run(c.db, "COMMIT");
    run(c.db, "PRAGMA wal_checkpoint(TRUNCATE)");
    conn_close(&c);
}

// ---- one operation ---------------------------------------------------------------------------
typedef struct { int64_t account, amount; char key[37]; } Op;
static void make_op(Op *op, uint64_t *rng, uint64_t serial, int who) {
    op->account = opt.hot ? 1 : 1 + (int64_t)(xorshift(rng) % (uint64_t)opt.accounts);
    op->amount = (int64_t)(1 + xorshift(rng) % 100);
    if (xorshift(rng) % 10) op->amount = -op->amount;  // nine charges to one top-up
    if (!strcmp(opt.keys, "random"))
        snprintf(op->key, sizeof op->key, "%016" PRIx64 "%016" PRIx64, xorshift(rng), xorshift(rng));
    else
        snprintf(op->key, sizeof op->key, "%016" PRIx64 "-%04x-%010" PRIx64, now_us(), who, serial);
}
static int64_t balance_of(Conn *c, int64_t id) {
    sqlite3_bind_int64(c->sel, 1, id);
    if (sqlite3_step(c->sel) != SQLITE_ROW) die("select", c->db);
    int64_t b = sqlite3_column_int64(c->sel, 0);
    sqlite3_reset(c->sel);
    return b;
}
static void put_balance(Conn *c, int64_t id, int64_t b) {
    sqlite3_bind_int64(c->upd, 1, id); sqlite3_bind_int64(c->upd, 2, b);
    step_done(c, c->upd);
}
static void put_entry(Conn *c, int64_t id, int64_t amount, int64_t after, const char *key) {
    sqlite3_bind_int64(c->ins, 1, id); sqlite3_bind_int64(c->ins, 2, amount); sqlite3_bind_int64(c->ins, 3, after);
    sqlite3_bind_text(c->ins, 4, key, -1, SQLITE_STATIC); sqlite3_bind_int64(c->ins, 5, (int64_t)now_us());
    step_done(c, c->ins);
}
static void apply(Conn *c, const Op *op) {
    int64_t b = balance_of(c, op->account) + op->amount;
    if (b < 0) return;
    put_balance(c, op->account, b);
    put_entry(c, op->account, op->amount, b, op->key);
    if (opt.doubled) {  // the house side of a double entry
        char k[40];
        int64_t h = balance_of(c, 0) - op->amount;
        put_balance(c, 0, h);
        snprintf(k, sizeof k, "h%s", op->key);
        put_entry(c, 0, -op->amount, h, k);
    }
}

// --aggregate: read and write each touched account once per batch
typedef struct { int64_t id, bal; bool used; } Slot;
static Slot *slots; static size_t slot_mask; static size_t *touched; static size_t n_touched;
static Slot *slot_of(Conn *c, int64_t id) {
    size_t h = ((uint64_t)id * 0x9E3779B97F4A7C15ull >> 20) & slot_mask;
    while (slots[h].used && slots[h].id != id) h = (h + 1) & slot_mask;
    if (!slots[h].used) {
        slots[h] = (Slot){id, balance_of(c, id), true};
        touched[n_touched++] = h;
    }
    return &slots[h];
}
static void apply_batch(Conn *c, Op **ops, int n) {
    step_done(c, c->begin);
    if (!opt.aggregate) {
        for (int i = 0; i < n; i++) apply(c, ops[i]);
    } else {
        for (int i = 0; i < n; i++) {
            Slot *s = slot_of(c, ops[i]->account);
            if (s->bal + ops[i]->amount < 0) continue;
            s->bal += ops[i]->amount;
            put_entry(c, s->id, ops[i]->amount, s->bal, ops[i]->key);
            if (opt.doubled) {
                char k[40];
                Slot *h = slot_of(c, 0);
                h->bal -= ops[i]->amount;
                snprintf(k, sizeof k, "h%s", ops[i]->key);
                put_entry(c, 0, -ops[i]->amount, h->bal, k);
            }
        }
        for (size_t i = 0; i < n_touched; i++) {
            put_balance(c, slots[touched[i]].id, slots[touched[i]].bal);
            slots[touched[i]].used = false;
        }
        n_touched = 0;
    }
    step_done(c, c->commit);
}

// ---- naive and bulk --------------------------------------------------------------------------
typedef struct { int id; Lat lat; uint64_t ops; pthread_t th; } Writer;
static void *naive_main(void *p) {
    Writer *w = p;
    Conn c;
    uint64_t rng = 88172645463325252ull ^ ((uint64_t)w->id + 1) * 0x9E3779B97F4A7C15ull ^ now_us();
    conn_open(&c);
    while (!stop_flag) {
        Op op;
        make_op(&op, &rng, w->ops, w->id);
        uint64_t t = now_us();
        if (sqlite3_step(c.begin) != SQLITE_DONE) die("begin immediate", c.db);
        sqlite3_reset(c.begin);
        apply(&c, &op);
        step_done(&c, c.commit);
        lat_add(&w->lat, now_us() - t);
        w->ops++;
    }
    conn_close(&c);
    return NULL;
}
static void *bulk_main(void *p) {
    Writer *w = p;
    Conn c;
    uint64_t rng = 362436069ull ^ now_us();
    Op *ops = calloc((size_t)opt.batch, sizeof *ops), **ptr = calloc((size_t)opt.batch, sizeof *ptr);
    conn_open(&c);
    while (!stop_flag) {
        for (int i = 0; i < opt.batch; i++) { make_op(&ops[i], &rng, w->ops + (uint64_t)i, 0); ptr[i] = &ops[i]; }
        uint64_t t = now_us();
        apply_batch(&c, ptr, opt.batch);
        lat_add(&w->lat, now_us() - t);
        w->ops += (uint64_t)opt.batch;
    }
    conn_close(&c);
    free(ops); free(ptr);
    return NULL;
}

// ---- group commit: many closed-loop clients, one committer -------------------------------------
typedef struct Job { Op op; bool done; pthread_cond_t cv; struct Job *next; } Job;
static pthread_mutex_t q_mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t q_cv = PTHREAD_COND_INITIALIZER;
static Job *q_head, *q_tail;
static uint64_t group_commits;
static void *client_main(void *p) {
    Writer *w = p;
    Job j;
    uint64_t rng = 2463534242ull ^ ((uint64_t)w->id + 1) * 0x9E3779B97F4A7C15ull ^ now_us();
    pthread_cond_init(&j.cv, NULL);
    while (!stop_flag) {
        make_op(&j.op, &rng, w->ops, w->id);
        uint64_t t = now_us();
        pthread_mutex_lock(&q_mu);
        j.done = false; j.next = NULL;
        if (q_tail) q_tail->next = &j; else { q_head = &j; pthread_cond_signal(&q_cv); }
        q_tail = &j;
        while (!j.done) pthread_cond_wait(&j.cv, &q_mu);
        pthread_mutex_unlock(&q_mu);
        lat_add(&w->lat, now_us() - t);
        w->ops++;
    }
    return NULL;
}
static volatile bool committer_stop = false;
static void *committer_main(void *p) {
    (void)p;
    Conn c;
    Job **jobs = calloc((size_t)opt.batch, sizeof *jobs);
    Op **ops = calloc((size_t)opt.batch, sizeof *ops);
    conn_open(&c);
    for (;;) {
        int n = 0;
        pthread_mutex_lock(&q_mu);
        while (!q_head && !committer_stop) pthread_cond_wait(&q_cv, &q_mu);
        while (q_head && n < opt.batch) {
            jobs[n] = q_head; ops[n] = &q_head->op; n++;
            q_head = q_head->next;
            if (!q_head) q_tail = NULL;
        }
        pthread_mutex_unlock(&q_mu);
        if (!n) break;
        apply_batch(&c, ops, n);
        group_commits++;
        pthread_mutex_lock(&q_mu);
        for (int i = 0; i < n; i++) { jobs[i]->done = true; pthread_cond_signal(&jobs[i]->cv); }
        pthread_mutex_unlock(&q_mu);
    }
    conn_close(&c);
    free(jobs); free(ops);
    return NULL;
}

static void usage(FILE *f) {
    fputs("usage: ledger_sqlite [options]        one JSON line on stdout\n"
          "  --db PATH          database file, recreated (ledger_bench.db)\n"
          "  --mode naive|bulk|group              (naive)\n"
          "  --sync full|normal|off               PRAGMA synchronous (full)\n"
          "  --writers N        threads: naive writers, or group clients (1)\n"
          "  --batch N          largest transaction in bulk and group (64)\n"
          "  --accounts N       accounts (10000)\n"
          "  --hot              every operation on one account\n"
          "  --aggregate        bulk/group: read and write each account once per batch\n"
          "  --double           also write the house side of every entry\n"
          "  --keys random|ordered                idempotency keys (random)\n"
          "  --seconds S        measured time (5)\n"
          "  --busy-ms N        busy timeout of the naive writers (10000)\n"
          "  --no-probe         skip the fdatasync probes before and after\n"
          "  --label TEXT       copied to the output\n", f);
}
int main(int argc, char **argv) {
    static const struct option lo[] = {
        {"db", 1, 0, 'd'}, {"mode", 1, 0, 'm'}, {"sync", 1, 0, 's'}, {"writers", 1, 0, 'w'}, {"batch", 1, 0, 'b'},
        {"accounts", 1, 0, 'a'}, {"hot", 0, 0, 'H'}, {"aggregate", 0, 0, 'g'}, {"double", 0, 0, 'D'}, {"keys", 1, 0, 'k'},
        {"seconds", 1, 0, 't'}, {"busy-ms", 1, 0, 'u'}, {"no-probe", 0, 0, 'n'}, {"label", 1, 0, 'l'}, {"help", 0, 0, 'h'}, {0, 0, 0, 0}};
    int o;
    while ((o = getopt_long(argc, argv, "h", lo, NULL)) != -1) switch (o) {
        case 'd': opt.db = optarg; break;
        case 'm': opt.mode = optarg; break;
        case 's': opt.sync = optarg; break;
        case 'w': opt.writers = atoi(optarg); break;
        case 'b': opt.batch = atoi(optarg); break;
        case 'a': opt.accounts = atoi(optarg); break;
        case 'H': opt.hot = true; break;
        case 'g': opt.aggregate = true; break;
        case 'D': opt.doubled = true; break;
        case 'k': opt.keys = optarg; break;
        case 't': opt.seconds = atoi(optarg); break;
        case 'u': opt.busy_ms = atoi(optarg); break;
        case 'n': opt.probe = false; break;
        case 'l': opt.label = optarg; break;
        case 'h': usage(stdout); return 0;
        default: usage(stderr); return 2;
    }
    bool bulk = !strcmp(opt.mode, "bulk"), group = !strcmp(opt.mode, "group"), naive = !strcmp(opt.mode, "naive");
    if (!(bulk || group || naive) || opt.writers < 1 || opt.batch < 1 || opt.accounts < 1 || opt.seconds < 1) { usage(stderr); return 2; }
    if (bulk) opt.writers = 1;
    for (slot_mask = 64; slot_mask < (size_t)opt.batch * 4; slot_mask *= 2) {}
    slots = calloc(slot_mask, sizeof *slots);
    touched = calloc((size_t)opt.batch + 2, sizeof *touched);
    slot_mask--;
    schema();
    double f0 = opt.probe ? fsync_rate(opt.db, 0.7) : 0;

    Writer *w = calloc((size_t)opt.writers, sizeof *w);
    pthread_t committer;
    pthread_attr_t at;
    pthread_attr_init(&at);
    pthread_attr_setstacksize(&at, 256 * 1024);
    uint64_t t0 = now_us();
    if (group) pthread_create(&committer, NULL, committer_main, NULL);
    for (int i = 0; i < opt.writers; i++) {
        w[i].id = i;
        if (pthread_create(&w[i].th, &at, naive ? naive_main : bulk ? bulk_main : client_main, &w[i])) die("thread", NULL);
    }
    while (now_us() - t0 < (uint64_t)opt.seconds * 1000000u) usleep(20000);
    stop_flag = true;
    for (int i = 0; i < opt.writers; i++) pthread_join(w[i].th, NULL);
    double secs = (double)(now_us() - t0) / 1e6;
    if (group) {
        pthread_mutex_lock(&q_mu); committer_stop = true; pthread_cond_signal(&q_cv); pthread_mutex_unlock(&q_mu);
        pthread_join(committer, NULL);
    }
    double f1 = opt.probe ? fsync_rate(opt.db, 0.7) : 0;

    Lat all = {0};
    uint64_t ops = 0;
    for (int i = 0; i < opt.writers; i++) { ops += w[i].ops; for (size_t k = 0; k < w[i].lat.n; k++) lat_add(&all, w[i].lat.us[k]); }
    qsort(all.us, all.n, sizeof *all.us, cmp_u32);

    // every acknowledged operation must be there, and the money must add up
    Conn c;
    conn_open(&c);
    sqlite3_stmt *s;
    sqlite3_prepare_v2(c.db, "SELECT (SELECT count(*) FROM entry WHERE account<>0), (SELECT sum(balance)-count(*)*?1 FROM account)"
                             " - (SELECT coalesce(sum(amount),0) FROM entry), (SELECT min(balance) FROM account)", -1, &s, NULL);
    sqlite3_bind_int64(s, 1, OPENING);
    sqlite3_step(s);
    bool ok = (uint64_t)sqlite3_column_int64(s, 0) == ops && sqlite3_column_int64(s, 1) == 0 && sqlite3_column_int64(s, 2) >= 0;
    sqlite3_finalize(s);
    conn_close(&c);
    printf("{\"peer\":\"sqlite-c\",\"label\":\"%s\",\"sqlite\":\"%s\",\"mode\":\"%s\",\"sync\":\"%s\",\"writers\":%d,\"batch\":%d,"
           "\"accounts\":%d,\"hot\":%s,\"aggregate\":%s,\"double\":%s,\"keys\":\"%s\",\"seconds\":%.2f,\"ops\":%" PRIu64 ",\"ops_s\":%.0f,"
           "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"mean_batch\":%.1f,\"fsync_before\":%.0f,\"fsync_after\":%.0f,\"verified\":%s}\n",
           opt.label, sqlite3_libversion(), opt.mode, opt.sync, opt.writers, opt.batch, opt.accounts, opt.hot ? "true" : "false",
           opt.aggregate ? "true" : "false", opt.doubled ? "true" : "false", opt.keys, secs, ops, (double)ops / secs, quantile(&all, .5),
           quantile(&all, .99), quantile(&all, 1), group && group_commits ? (double)ops / (double)group_commits : bulk ? opt.batch : 1.0,
           f0, f1, ok ? "true" : "false");
    return ok ? 0 : 1;
}
