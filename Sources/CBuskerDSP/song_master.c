// The last stage of a song: a limiter that sees what lies between the samples.
#include "song.h"

enum { PHASES = 4 };

struct song_master {
    busker_limiter *limiter;
    /// Interpolating low-pass filters (sinc under a Hann window), one for each place between two frames.
    float filter[PHASES][SONG_TAPS];
    /// The newest frames, each side twice in a row so that a window never wraps.
    float seen[2][2 * SONG_TAPS];
    size_t at;
    /// The highest value between the frame that is handed on and the one before it.
    float before;
};

busker_status song_master_create(song_master **out)
{
    song_master *master = busker_alloc(1, sizeof *master);
    if (!master)
        return BUSKER_NO_MEMORY;
    const busker_limiter_config config = {
        .sample_rate = BUSKER_SONG_RATE, .channels = 2, .ceiling = 1, .look_ahead = 0.004f, .release = 0.12f};
    const busker_status status = busker_limiter_create(&config, &master->limiter);
    if (status) {
        busker_free(master);
        return status;
    }
    for (size_t p = 0; p < PHASES; p++) {
        double sum = 0, taps[SONG_TAPS];
        for (size_t n = 0; n < SONG_TAPS; n++) {
            const double t = (double)n - (SONG_TAPS / 2 - 1) - (double)p / (double)PHASES;
            const double sinc = t == 0 ? 1 : song_sine(t / 2) / (3.14159265358979323846 * t);
            taps[n] = sinc * (0.5 + 0.5 * song_cosine(t / (double)(SONG_TAPS + 1)));
            sum += taps[n];
        }
        for (size_t n = 0; n < SONG_TAPS; n++)
            master->filter[p][n] = (float)(taps[n] / sum);
    }
    *out = master;
    return BUSKER_OK;
}

void song_master_destroy(song_master *master)
{
    if (!master)
        return;
    busker_limiter_destroy(master->limiter);
    busker_free(master);
}

void song_master_reset(song_master *master, float ceiling)
{
    busker_limiter_reset(master->limiter);
    busker_limiter_ceiling(master->limiter, ceiling);
    memset(master->seen, 0, sizeof master->seen);
    master->at = 0;
    master->before = 0;
}

size_t song_master_latency(const song_master *master)
{
    return busker_limiter_latency(master->limiter) + SONG_TAPS / 2;
}

/// The largest magnitude at and between the two frames in the middle of the window.
static float highest(const song_master *master)
{
#pragma STDC FP_CONTRACT OFF
    float most = 0;
    for (size_t side = 0; side < 2; side++) {
        const float *window = master->seen[side] + master->at;
        for (size_t p = 0; p < PHASES; p++) {
            float sum = 0;
            for (size_t n = 0; n < SONG_TAPS; n++)
                sum += master->filter[p][n] * window[n];
            sum = sum < 0 ? -sum : sum;
            most = sum > most ? sum : most;
        }
    }
    return most;
}

void song_master_play(song_master *master, float (*block)[SONG_BLOCK], float drive, float trim)
{
#pragma STDC FP_CONTRACT OFF
    for (size_t i = 0; i < SONG_BLOCK; i++) {
        for (size_t side = 0; side < 2; side++) {
            float *seen = master->seen[side];
            seen[master->at] = seen[master->at + SONG_TAPS] = block[side][i] * drive;
        }
        master->at = (master->at + 1) % SONG_TAPS;
        // The window is the oldest frame first; the frame in its middle goes on.
        const size_t middle = master->at + SONG_TAPS / 2 - 1;
        float frame[2] = {master->seen[0][middle], master->seen[1][middle]};
        const float after = highest(master);
        busker_limiter_step(master->limiter, frame, after > master->before ? after : master->before);
        master->before = after;
        block[0][i] = frame[0] * trim;
        block[1][i] = frame[1] * trim;
    }
}
