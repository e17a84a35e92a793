// What the pitch tracker and its loops share.
#pragma once

#include <stdint.h>

enum {
    /// Frames whose salience is computed beside each other, and candidates of a step of the path.
    BUSKER_PITCH_LANES = 16,
};

/// A candidate's salience takes `weight` of the level at `bin`.
typedef struct busker_pitch_tap {
    uint32_t bin;
    float weight;
} busker_pitch_tap;
