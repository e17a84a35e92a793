// The weights of the cue fusion, laid out for the loops.
#pragma once

#include <stddef.h>

/// What the loops that fuse cues need to know of each bin.
typedef struct busker_fusion_tables {
    /// Sums of the cues that depend on frequency alone: first voice estimate, voice, drums, bass.
    float *first, *vocals, *drums, *bass;
} busker_fusion_tables;

/// One frame of levels and what becomes of them; see fuse_frame.
typedef struct busker_fusion_frame {
    /// Mid and whole levels of the frame before, the frame itself and the one after.
    const float *mid[3], *whole[3];
    /// The repeated part of each low bin in percussive events, for the first `low` bins.
    const float *struck;
    size_t low, bins;
    /// How wide the sound is here: 0 takes the neutral value for the centre cue, 1 the measured one.
    float width;
    /// In: medians over time and over frequency, the repeated mid level.
    /// Out: logits of voice and drums, and the first estimate of the voice's mask.
    float *brief, *across, *repeated;
    /// Out: the bass's logit; it may stand where `whole[1]` does.
    float *bass;
    /// Out: the level in which the bass is tracked, of the first `tracked` bins.
    float *bass_level;
    size_t tracked;
    /// Room for bins + 2 floats each.
    float *mid_energy, *side_energy;
} busker_fusion_frame;

/// One frame of logits and what becomes of them; see fuse_masks.
typedef struct busker_fusion_masks {
    /// In: logits of voice, drums and bass. Out: their masks in the mid half.
    float *logits[3];
    /// Teeth of the voice's and the bass's pitch, `bins` values each.
    const float *voice_teeth, *bass_teeth;
    size_t bins;
    /// What the frame adds to every logit of the voice, and what a tooth adds to the voice's and the bass's.
    float presence, voice_tooth, bass_tooth;
} busker_fusion_masks;

/// Fills the tables of cues that depend on frequency alone.
void busker_fusion_fill(busker_fusion_tables *tables, size_t bins, double bin_width);
