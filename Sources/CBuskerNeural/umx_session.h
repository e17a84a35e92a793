// The memory and the state of one separation by Open-Unmix.
#pragma once

#include "busker_wiener.h"
#include "umx.h"

enum {
    /// Frames a task works on at a time: three panels of columns.
    UMX_CHUNK = 96,
    /// Parts of the spectrum that are filtered beside each other; the bits do not depend on it.
    UMX_RANGES = 4,
    UMX_OUTPUTS_MAX = BUSKER_UMX_TARGETS_MAX + 1,
};

/// A thread's own room.
typedef struct umx_seat {
    float *packing, *input, *product, *gates, *fourier, *hidden, *cell;
} umx_seat;

/// One target's activations: before the recurrent layers (and after them, the input of the last layer), and two to
/// and fro between the layers.
typedef struct umx_activations {
    float *first, *turn[2];
} umx_activations;

/// A part of the spectrum in a window of the Wiener filter.
typedef struct umx_range {
    size_t begin, bins;
    float *mixture, *values, *estimates;
    busker_wiener *wiener;
} umx_range;

struct busker_umx_session {
    const busker_umx *umx;
    busker_umx_settings settings;
    neural_pool *pool;
    void *memory;
    size_t bytes, outputs, gate_pitch;
    umx_seat seats[BUSKER_NEURAL_THREADS_MAX];
    umx_activations activations[BUSKER_UMX_TARGETS_MAX];
    umx_range ranges[UMX_RANGES];
    float *peaks;
    /// Samples of each output and channel that later frames still add to, and those that are done.
    float *tails[UMX_OUTPUTS_MAX][2];
    /// The samples of the segment and what is being done with them.
    float *samples;
    size_t count, frames, stage, stages, layer, window_first, window_frames;
    float scale;
    size_t ready_first, ready_count;
    bool failed;
};

/// Plans all buffers; with an arena that only counts, how much memory they take.
void umx_plan(busker_umx_session *session, neural_arena *arena);

/// The steps of the nets: input, a recurrent layer, and what follows the layers.
void umx_run_input(busker_umx_session *session);
void umx_run_layer(busker_umx_session *session, size_t layer);
void umx_run_second(busker_umx_session *session);

/// Everything from masks to samples for one window of frames.
busker_neural_status umx_run_window(busker_umx_session *session, size_t first);
