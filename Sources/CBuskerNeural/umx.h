// The nets of an Open-Unmix model, packed for the loops.
#pragma once

#include "busker_umx.h"
#include "fourier.h"
#include "neural.h"
#include "weights.h"

enum {
    UMX_LAYERS = 3,
};

/// One direction of one layer.
typedef struct umx_direction {
    neural_matrix input;
    /// The recurrent weights in blocks of rows: [block][unit][row of the block].
    float *recurrent;
} umx_direction;

typedef struct umx_target {
    neural_matrix first, second, third;
    umx_direction layers[UMX_LAYERS][2];
    void *memory;
    size_t bytes;
} umx_target;

struct busker_umx {
    const neural_loops *loops;
    neural_fourier *fourier;
    busker_umx_config config;
    /// Bins of a frame, bins the nets look at, and the width of the nets; the last two are 0 before the first target.
    size_t bins, seen, width;
    umx_target targets[BUSKER_UMX_TARGETS_MAX];
};
