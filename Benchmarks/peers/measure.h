// What the C measuring programs share: CPU clock, runs, one JSON line of results.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MEASURE_RUNS_MAX = 1000 };

typedef struct measure {
    double cpu[MEASURE_RUNS_MAX], wall[MEASURE_RUNS_MAX];
    int runs;
    double cpu_start, wall_start;
} measure;

static inline double measure_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline void measure_begin(measure *m)
{
    m->wall_start = measure_clock(CLOCK_MONOTONIC);
    m->cpu_start = measure_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static inline void measure_end(measure *m)
{
    m->cpu[m->runs] = measure_clock(CLOCK_PROCESS_CPUTIME_ID) - m->cpu_start;
    m->wall[m->runs] = measure_clock(CLOCK_MONOTONIC) - m->wall_start;
    m->runs++;
}

static inline int measure_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline void measure_print(measure *m, const char *name, double audio, const char *note)
{
    qsort(m->cpu, (size_t)m->runs, sizeof(double), measure_order);
    qsort(m->wall, (size_t)m->runs, sizeof(double), measure_order);
    printf("{\"name\": \"%s\", \"cpu\": %.5f, \"best\": %.5f, \"wall\": %.5f, \"runs\": %d, \"audio\": %.2f, "
           "\"note\": \"%s\"}\n",
           name, m->cpu[m->runs / 2], m->cpu[0], m->wall[m->runs / 2], m->runs, audio, note);
}

static inline int measure_runs(const char *text)
{
    const int runs = atoi(text);
    return runs < 1 ? 1 : runs > MEASURE_RUNS_MAX ? MEASURE_RUNS_MAX : runs;
}

static inline void measure_fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}
