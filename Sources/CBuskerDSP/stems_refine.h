// The Wiener refinement of stems, for the separation that owns it.
#pragma once

#include "busker_stems.h"
#include "busker_stft.h"
#include "busker_wiener.h"
#include "internal.h"

/// A segment with its masks for the mid half and the gains of the side half.
typedef struct busker_stems_segment {
    busker_stft *stft;
    const float *samples[2];
    size_t count, frames;
    const float *masks[BUSKER_STEMS];
    float gains[BUSKER_STEMS];
} busker_stems_segment;

typedef struct busker_stems_refiner busker_stems_refiner;

/// Makes a refiner of so many rounds; it holds 12 * frames_max * bins floats and a window of about 40 MB at 44.1 kHz.
busker_status busker_stems_refiner_create(size_t bins, size_t frames_max, size_t iterations,
                                          busker_stems_refiner **out);
void busker_stems_refiner_destroy(busker_stems_refiner *refiner);

/// Turns the masks of a segment into refined spectra, window by window.
busker_status busker_stems_refiner_run(busker_stems_refiner *refiner, const busker_stems_segment *segment);

/// The samples of a stem's half.
busker_status busker_stems_refiner_render(busker_stems_refiner *refiner, busker_stft *stft, size_t frames, size_t stem,
                                          size_t half, float *out, size_t count);
