// Real Fourier transforms of frames, forward and back, for any thread with room of its own.
#pragma once

#include <stddef.h>

/// Plans and window of one frame size.
typedef struct neural_fourier neural_fourier;

/// A periodic Hann window of `size` samples, frames `hop` apart; NULL where FFTW or memory fails.
neural_fourier *neural_fourier_create(size_t size, size_t hop);
void neural_fourier_destroy(neural_fourier *fourier);

/// Floats of a thread's room.
size_t neural_fourier_room(const neural_fourier *fourier);

/// The spectrum of the frame around sample `centre` of a signal that is reflected at both ends: size + 2 floats in `room`.
const float *neural_fourier_frame(const neural_fourier *fourier, const float *samples, size_t count, ptrdiff_t centre,
                                  float *room);

/// Adds the windowed inverse of a spectrum of size + 2 floats to `size` samples.
void neural_fourier_back(const neural_fourier *fourier, const float *spectrum, float scale, float *samples, float *room);

/// The sum of squared windows at a sample, of frames 0 ..< frames centred on multiples of hop.
float neural_fourier_weight(const neural_fourier *fourier, ptrdiff_t sample, size_t frames);
