// Open-Unmix: magnitudes of targets by recurrent nets, and the multichannel Wiener filter.
//
// After Stoeter, Uhlich, Liutkus, Mitsufuji: Open-Unmix (2019), as in PyPI's openunmix 1.3.0.
#pragma once

#include "busker_neural_base.h"
#include "busker_weights.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The most targets of a model, the residual not among them.
    BUSKER_UMX_TARGETS_MAX = 7,
    /// Frames on which the Wiener filter works at a time.
    BUSKER_UMX_WINDOW = 300,
};

/// What all targets of a model share.
typedef struct busker_umx_config {
    /// Samples of a frame, 64 to 65536 and a multiple of 32; and from one frame to the next, a quarter or half of it.
    size_t fft_size, hop;
    /// 1 or 2.
    size_t channels;
    /// 1 to BUSKER_UMX_TARGETS_MAX.
    size_t targets;
} busker_umx_config;

/// The nets of all targets; sessions on any threads share it.
typedef struct busker_umx busker_umx;

/// Makes a model without weights for the instruction set of this thread.
busker_neural_status busker_umx_create(const busker_umx_config *config, busker_umx **out) BUSKER_MUST_USE;
void busker_umx_destroy(busker_umx *umx);

/// Takes the weights of a target, which may be closed afterwards; all targets before the first session.
///
/// Returns BUSKER_NEURAL_MISFIT with words where a tensor is missing or has another shape.
busker_neural_status busker_umx_load(busker_umx *umx, size_t target, const busker_weights *weights,
                                     busker_neural_fault *fault) BUSKER_MUST_USE;

/// Bytes of the weights in memory, and the width of the nets (512 or 1024 in published ones).
size_t busker_umx_bytes(const busker_umx *umx);
size_t busker_umx_width(const busker_umx *umx);

typedef struct busker_umx_settings {
    /// The most samples of a channel in a segment.
    size_t samples_max;
    /// Threads of a session, 1 to BUSKER_NEURAL_THREADS_MAX.
    size_t threads;
    /// Rounds of the Wiener filter, 0 to 32; none is done where there is one output only.
    size_t iterations;
    /// Whether the first estimate is a share of the mixture, and whether what the targets leave is one more output.
    bool softmask, residual;
} busker_umx_settings;

/// Separates one segment after another; belongs to one thread at a time and has its own helpers.
typedef struct busker_umx_session busker_umx_session;

/// Makes a session with all the memory it will need. The model must live longer.
busker_neural_status busker_umx_session_create(const busker_umx *umx, const busker_umx_settings *settings,
                                               busker_umx_session **out) BUSKER_MUST_USE;
void busker_umx_session_destroy(busker_umx_session *session);

/// Bytes that a session holds.
size_t busker_umx_session_bytes(const busker_umx_session *session);

/// Begins a segment of `count` samples for each of the model's channels, channel after channel.
busker_neural_status busker_umx_begin(busker_umx_session *session,
                                      const float *__counted_by(total) samples __noescape, size_t total,
                                      size_t count) BUSKER_MUST_USE;

/// Does the next part of the work; `share` is what is done then, 1 at the end.
busker_neural_status busker_umx_step(busker_umx_session *session, double *share) BUSKER_MUST_USE;

/// The samples of all outputs that the last step has finished: the first and how many; none for most steps.
void busker_umx_ready(const busker_umx_session *session, size_t *first, size_t *count);

/// Copies those samples of an output (the targets, then the residual) and channel.
///
/// Returns BUSKER_NEURAL_MISFIT where the nets' numbers grew beyond what floats hold.
busker_neural_status busker_umx_read(const busker_umx_session *session, size_t output, size_t channel,
                                     float *__counted_by(count) out __noescape, size_t count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
