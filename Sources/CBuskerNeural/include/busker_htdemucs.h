// HTDemucs: a spectrogram branch and a waveform branch, joined by a transformer.
//
// After Rouard, Massa, Defossez: Hybrid Transformers for Music Source Separation (2023), as in PyPI's demucs 4.1.0.
#pragma once

#include "busker_neural_base.h"
#include "busker_weights.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The channels a net hears.
    BUSKER_HTDEMUCS_CHANNELS = 2,
    /// The most sources of a net.
    BUSKER_HTDEMUCS_SOURCES_MAX = 12,
    /// The samples of a segment, at least and at most.
    BUSKER_HTDEMUCS_SEGMENT_MIN = 8192,
    BUSKER_HTDEMUCS_SEGMENT_MAX = 44100 * 60,
};

/// A net; sessions on any threads share it.
typedef struct busker_htdemucs busker_htdemucs;

/// Takes all weights of a net, of any width and number of sources and layers, for the instruction set of this thread.
///
/// `heads` is that of the attention, 8 in published nets. The file may be closed afterwards. Returns
/// BUSKER_NEURAL_MISFIT with words where it does not hold this architecture.
busker_neural_status busker_htdemucs_create(const busker_weights *weights, size_t heads, busker_htdemucs **out,
                                            busker_neural_fault *fault) BUSKER_MUST_USE;
void busker_htdemucs_destroy(busker_htdemucs *net);

/// The sources of a net, and the bytes of its weights in memory.
size_t busker_htdemucs_sources(const busker_htdemucs *net);
size_t busker_htdemucs_bytes(const busker_htdemucs *net);

/// Separates one segment after another; belongs to one thread at a time and has its own helpers.
typedef struct busker_htdemucs_session busker_htdemucs_session;

/// Makes a session for segments of exactly `segment` samples with all the memory it will need.
///
/// Published nets were trained on 343980. The net must live longer.
busker_neural_status busker_htdemucs_session_create(const busker_htdemucs *net, size_t segment, size_t threads,
                                                    busker_htdemucs_session **out) BUSKER_MUST_USE;
void busker_htdemucs_session_destroy(busker_htdemucs_session *session);

/// Lets the next segment be separated by another net of the same shape, such as one of a bag.
///
/// Returns BUSKER_NEURAL_BAD_ARGUMENT for one of another shape. The net must live as long as the session uses it.
busker_neural_status busker_htdemucs_turn(busker_htdemucs_session *session, const busker_htdemucs *net) BUSKER_MUST_USE;

/// Bytes that a session holds.
size_t busker_htdemucs_session_bytes(const busker_htdemucs_session *session);

/// Begins a segment of two channels, one after the other; `total` is twice the segment.
busker_neural_status busker_htdemucs_begin(busker_htdemucs_session *session,
                                           const float *__counted_by(total) samples __noescape,
                                           size_t total) BUSKER_MUST_USE;

/// Does the next part of the work; `share` is what is done then, 1 when the segment can be read.
busker_neural_status busker_htdemucs_step(busker_htdemucs_session *session, double *share) BUSKER_MUST_USE;

/// Copies a source's channel, of the whole segment.
///
/// Returns BUSKER_NEURAL_MISFIT where the net's numbers grew beyond what floats hold.
busker_neural_status busker_htdemucs_read(const busker_htdemucs_session *session, size_t source, size_t channel,
                                          float *__counted_by(count) out __noescape, size_t count) BUSKER_MUST_USE;

#ifdef __cplusplus
}
#endif
