// The inside of a four-stem separation, shared by its steps.
#pragma once

#include "busker_median.h"
#include "busker_pitch.h"
#include "busker_recall.h"
#include "busker_stems.h"
#include "busker_stft.h"
#include "internal.h"
#include "stems_refine.h"

enum {
    /// Frames that are analysed at a time.
    FUSION_BLOCK = 32,
};

struct busker_stems {
    const busker_kernels *kernels;
    busker_stft *stft;
    busker_median *brief_median, *across_median;
    busker_bands *repeat_bands, *drum_bands;
    busker_recall *repeat, *drums;
    busker_pitch *voice, *bass;
    /// NULL where nothing is refined.
    busker_stems_refiner *refiner;
    busker_fusion_tables tables;

    double bin_width, frame_rate;
    size_t bins, hop, samples_max, frames_max;
    /// Bins of the voice's tracking level, of the bass's, below the kick's limit; frames of the widest window.
    size_t voice_bins, bass_bins, low, window;

    /// The samples of the segment, mid and side, where they are refined.
    float *mid, *side;
    size_t samples, frames, step;
    bool has_side;

    /// Mid levels; whole levels, then logits and masks of the bass; medians over time, then of the voice; medians over
    /// frequency, then of the drums; repeated mid levels, then the first mask of the voice.
    float *level, *whole, *brief, *across, *repeated;
    /// Whole levels of the frame before, twice in turn, because their place is taken by logits.
    float *before;
    /// Spectra of a block, levels of percussive events of a block, features, what is repeated in low bins.
    float *spectra, *struck, *features, *lagged, *low_struck;
    /// Levels in which pitches are tracked and what whitening makes of them; pitches; teeth of one frame.
    float *voice_level, *bass_level, *white, *voice_pitch, *bass_pitch, *voice_teeth, *bass_teeth, *ones;
    /// One value a frame: energies (two), width, presence, support, and room for smoothing.
    float *energies, *width, *presence, *support, *series;
    /// Room for the box sums of fuse_frame.
    float *mid_energy, *side_energy;
};

/// The mask of a stem for the mid or the side half of the whole segment; the side's is good until the next is asked for.
const float *busker_stems_mask(busker_stems *stems, size_t stem, size_t half);

/// The odd number of frames or bins next to a width: 2 floor(width / 2) + 1, at most BUSKER_MEDIAN_WIDTH_MAX.
static inline uint32_t busker_fusion_odd(double width)
{
    const double most = width < BUSKER_MEDIAN_WIDTH_MAX - 1 ? width : BUSKER_MEDIAN_WIDTH_MAX - 1;
    return most > 1 ? 2 * (uint32_t)(most / 2) + 1 : 1;
}

/// Turns the samples of a segment, `side` being NULL for one channel, into levels.
busker_status busker_stems_analyse(busker_stems *stems, const float *mid, const float *side);

/// What a stem's odds are multiplied by in the side half.
void busker_stems_side_gains(float gains[BUSKER_STEMS]);

/// The steps of a segment, in order; the last one is NULL.
typedef busker_status (*busker_stems_part)(busker_stems *stems);
extern const busker_stems_part busker_stems_parts[];
