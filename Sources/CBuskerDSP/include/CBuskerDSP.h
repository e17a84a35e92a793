// The signal core: everything Busker computes on samples.
//
// Rules that hold for every function below:
//  - A handle is made by `busker_X_create` and ended by `busker_X_destroy`, which accepts NULL.
//  - Memory is taken in `create` only. No other function allocates, locks or does I/O.
//  - A handle belongs to one thread at a time; different handles are independent.
//  - Counts are `size_t`; a buffer's length stands beside it and is checked.
//  - A function that can fail returns a `busker_status`, and leaves its outputs alone unless it says otherwise.
//  - Spectra are interleaved real and imaginary parts, `2 * bins` floats a frame, frames one after another.
#pragma once

#include "busker_base.h"
#include "busker_background.h"
#include "busker_box.h"
#include "busker_centre.h"
#include "busker_hpss.h"
#include "busker_level.h"
#include "busker_loudness.h"
#include "busker_median.h"
#include "busker_mix.h"
#include "busker_ogg.h"
#include "busker_peaks.h"
#include "busker_period.h"
#include "busker_pitch.h"
#include "busker_plans.h"
#include "busker_rate.h"
#include "busker_recall.h"
#include "busker_similarity.h"
#include "busker_song.h"
#include "busker_spectrum.h"
#include "busker_stems.h"
#include "busker_stft.h"
#include "busker_wiener.h"
