// Measures the neural core on one sound: measure umx|htdemucs PLACE MIXTURE.f32 THREADS; prints one line of JSON.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "CBuskerNeural.h"

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static busker_weights *opened(const char *path)
{
    busker_neural_fault fault;
    busker_weights *weights;
    if (busker_weights_open(path, &weights, &fault)) {
        fprintf(stderr, "%s: %s\n", path, fault.words);
        exit(1);
    }
    return weights;
}

static void fail(const char *words)
{
    fprintf(stderr, "%s\n", words);
    exit(1);
}

/// Seconds of the whole sound by Open-Unmix with one round of the filter, as one segment.
static double run_umx(const char *folder, const float *sound, size_t frames, size_t threads, double *loading)
{
    static const char *const names[] = {"vocals", "drums", "bass", "other"};
    const busker_umx_config config = {4096, 1024, 2, 4};
    const double begin = seconds(CLOCK_MONOTONIC);
    busker_neural_fault fault;
    busker_umx *umx;
    busker_umx_session *session;
    if (busker_umx_create(&config, &umx))
        fail("no model");
    for (size_t i = 0; i < 4; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s.safetensors", folder, names[i]);
        busker_weights *weights = opened(path);
        if (busker_umx_load(umx, i, weights, &fault))
            fail(fault.words);
        busker_weights_close(weights);
    }
    const busker_umx_settings settings = {.samples_max = frames, .threads = threads, .iterations = 1};
    if (busker_umx_session_create(umx, &settings, &session))
        fail("no session");
    *loading = seconds(CLOCK_MONOTONIC) - begin;
    float *out = malloc(frames * sizeof *out);
    double share = 0;
    const double start = seconds(CLOCK_MONOTONIC);
    if (!out || busker_umx_begin(session, sound, 2 * frames, frames))
        fail("no begin");
    while (share < 1) {
        size_t first, count;
        if (busker_umx_step(session, &share))
            fail("a step failed");
        busker_umx_ready(session, &first, &count);
        for (size_t i = 0; count && i < 8; i++)
            if (busker_umx_read(session, i / 2, i % 2, out + first, count))
                fail("nothing to read");
    }
    return seconds(CLOCK_MONOTONIC) - start;
}

/// Seconds of the whole sound by HTDemucs: as many segments as the package would take.
static double run_htdemucs(const char *path, const float *sound, size_t frames, size_t threads, double *loading)
{
    enum { SEGMENT = 343980, STRIDE = SEGMENT * 3 / 4 };
    const double begin = seconds(CLOCK_MONOTONIC);
    busker_neural_fault fault;
    busker_htdemucs *net;
    busker_htdemucs_session *session;
    busker_weights *weights = opened(path);
    if (busker_htdemucs_create(weights, 8, &net, &fault))
        fail(fault.words);
    busker_weights_close(weights);
    if (busker_htdemucs_session_create(net, SEGMENT, threads, &session))
        fail("no session");
    *loading = seconds(CLOCK_MONOTONIC) - begin;
    float *part = calloc(2 * SEGMENT, sizeof *part);
    const double start = seconds(CLOCK_MONOTONIC);
    for (size_t first = 0; part && first < frames; first += STRIDE) {
        const size_t count = frames - first < SEGMENT ? frames - first : SEGMENT;
        for (size_t c = 0; c < 2; c++) {
            memset(part + c * SEGMENT, 0, SEGMENT * sizeof *part);
            memcpy(part + c * SEGMENT, sound + c * frames + first, count * sizeof *part);
        }
        double share = 0;
        if (busker_htdemucs_begin(session, part, 2 * SEGMENT))
            fail("no begin");
        while (share < 1)
            if (busker_htdemucs_step(session, &share))
                fail("a step failed");
        if (busker_htdemucs_read(session, 0, 0, part, SEGMENT))
            fail("nothing to read");
    }
    return seconds(CLOCK_MONOTONIC) - start;
}

int main(int count, char **words)
{
    if (count != 5)
        fail("measure umx|htdemucs PLACE MIXTURE.f32 THREADS");
    FILE *file = fopen(words[3], "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail("no mixture");
    const size_t samples = (size_t)ftell(file) / sizeof(float), threads = (size_t)atoi(words[4]);
    rewind(file);
    float *sound = malloc(samples * sizeof *sound);
    if (!sound || fread(sound, sizeof *sound, samples, file) != samples)
        fail("no mixture");
    double loading, cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double wall = (strcmp(words[1], "umx") ? run_htdemucs : run_umx)(words[2], sound, samples / 2, threads, &loading);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"name\": \"busker %s\", \"seconds\": %.3f, \"cpu\": %.3f, \"loading\": %.3f, \"rss_mb\": %.1f}\n", words[1],
           wall, cpu, loading, (double)usage.ru_maxrss / 1024);
    return 0;
}
