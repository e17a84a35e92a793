// The layers of an HTDemucs net, packed for the loops, and the memory of a separation.
#pragma once

#include "busker_htdemucs.h"
#include "fourier.h"
#include "neural.h"
#include "weights.h"

enum {
    /// Encoders of each branch, and residual layers of each of them.
    DEMUCS_DEPTH = 4,
    DEMUCS_RESIDUALS = 2,
    DEMUCS_LAYERS_MAX = 16,
    /// Kernel and stride of the convolutions that make things smaller or larger.
    DEMUCS_KERNEL = 8,
    DEMUCS_STRIDE = 4,
    DEMUCS_FFT = 4096,
    DEMUCS_HOP = 1024,
    DEMUCS_BINS = 2048,
    /// Zeros before and (at least 8) after every row, so that convolutions may look beyond its ends.
    DEMUCS_PAD = 16,
    /// Columns of a task on rows of samples, and on tokens.
    DEMUCS_CHUNK = 512,
    DEMUCS_TOKENS = 192,
    DEMUCS_CHANNELS = BUSKER_HTDEMUCS_CHANNELS,
};

/// x += scale * glu(norm(wide * gelu(norm(narrow * x)))).
typedef struct demucs_residual {
    neural_matrix narrow, wide;
    float *narrow_weight, *narrow_bias, *wide_weight, *wide_bias, *scale;
} demucs_residual;

/// An encoder (convolution, residuals, rewrite) or a decoder (rewrite, residuals, convolution) of a branch.
typedef struct demucs_stage {
    neural_matrix convolution, rewrite;
    demucs_residual residuals[DEMUCS_RESIDUALS];
    /// Channels inside, and those on the other side of the convolution.
    size_t channels, outside;
} demucs_stage;

typedef struct demucs_norm {
    float *weight, *bias;
} demucs_norm;

typedef struct demucs_layer {
    /// Of the queries, of the keys and values, of the forward part; and over everything at the end.
    demucs_norm query_norm, key_norm, forward_norm, out_norm;
    neural_matrix query, key_value, attended, widen, narrow;
} demucs_layer;

/// The transformer's part for one branch: 0 the spectrogram, 1 the waveform.
typedef struct demucs_tower {
    neural_matrix up, down;
    demucs_norm norm_in;
    demucs_layer layers[DEMUCS_LAYERS_MAX];
} demucs_tower;

struct busker_htdemucs {
    const neural_loops *loops;
    neural_fourier *fourier;
    void *memory;
    size_t bytes;
    /// Channels of the first encoder and of the transformer, sources, layers, heads, width of the forward part.
    size_t channels, width, sources, layers, heads, forward;
    bool resamples;
    demucs_stage encoders[2][DEMUCS_DEPTH], decoders[2][DEMUCS_DEPTH];
    /// 0.2 * 10 * the embedding: [bin][channel].
    float *embedding;
    demucs_tower towers[2];
};

typedef struct demucs_seat {
    float *packing, *body, *normed, *narrow, *wide, *fourier;
    const float **rows;
} demucs_seat;

/// A mean and the reciprocal of a deviation.
typedef struct demucs_level {
    double mean, scale;
} demucs_level;

/// One branch in the transformer.
typedef struct demucs_tokens {
    size_t count;
    float *x, *query, *key_value, *keys, *values;
} demucs_tokens;

struct busker_htdemucs_session {
    const busker_htdemucs *net;
    neural_pool *pool;
    void *memory;
    size_t bytes, threads, segment, frames, stage;
    demucs_seat seats[BUSKER_NEURAL_THREADS_MAX];
    /// Floats from row to row of the spectrogram branch; a row of zeros.
    size_t pitch;
    float *zeros;
    /// Samples of a row of the waveform branch at each depth (0 is the input), and floats from row to row.
    size_t lengths[DEMUCS_DEPTH + 1], pitches[DEMUCS_DEPTH + 1];
    /// The input, what each encoder made (which becomes what each decoder gets), and a place beside.
    float *spectra, *kept[DEMUCS_DEPTH], *aside;
    size_t aside_floats;
    float *wave, *kept_wave[DEMUCS_DEPTH], *aside_wave, *narrow_wave;
    /// What the last decoders made: [bin][source's channel's part][frame], and [source's channel][sample].
    float *out_spectra, *out_wave;
    double *sums;
    /// How many pairs of sums there is room for.
    size_t sums_room;
    demucs_tokens tokens[2];
    float *time_positions, *frame_positions, *bin_positions;
    /// The levels the input was brought to: of the spectrogram, of the samples.
    demucs_level spectrum_level, wave_level;
    /// That of the spectrogram branch at the end of a layer of the transformer.
    demucs_level spectrum_norm;
    /// What the present tasks work on.
    size_t depth, layer;
    demucs_level level;
    const demucs_stage *part;
    const demucs_residual *residual;
};

static inline size_t demucs_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t demucs_parts(size_t count, size_t unit)
{
    return (count + unit - 1) / unit;
}

/// Bins of the spectrogram branch at a depth.
static inline size_t demucs_bins(size_t depth)
{
    return (size_t)DEMUCS_BINS >> (2 * depth);
}

/// A row of the spectrogram branch: [bin][channel][frame], its zeros left out.
static inline float *demucs_row(const busker_htdemucs_session *s, float *tensor, size_t channels, size_t bin, size_t channel)
{
    return tensor + (bin * channels + channel) * s->pitch + DEMUCS_PAD;
}

/// A row of the waveform branch at a depth.
static inline float *demucs_wave_row(const busker_htdemucs_session *s, float *tensor, size_t depth, size_t channel)
{
    return tensor + channel * s->pitches[depth] + DEMUCS_PAD;
}

/// The level of `count` values from the sums of them and of their squares, with 1e-5 as in a group norm.
demucs_level demucs_norm_level(const double sums[2], double count);

/// Adds up the pairs of sums of `count` tasks.
void demucs_add_sums(const busker_htdemucs_session *session, size_t count, double sums[2]);

/// The parts of a residual layer, on columns first ..< first + count of rows `pitch` apart.
void demucs_narrow(const busker_htdemucs *net, const demucs_seat *seat, const demucs_residual *residual, size_t dilation,
                   const float *x, size_t pitch, size_t first, size_t count, float *out, size_t out_pitch,
                   double sums[2]);
void demucs_activate(const busker_htdemucs *net, const demucs_residual *residual, demucs_level level, float *narrow,
                     size_t pitch, size_t count);
void demucs_widen(const busker_htdemucs *net, const demucs_seat *seat, const demucs_residual *residual,
                  const float *narrow, size_t pitch, size_t count, double sums[2]);
void demucs_gate(const busker_htdemucs *net, const demucs_seat *seat, const demucs_residual *residual,
                 demucs_level level, float *x, size_t pitch, size_t count);

/// The steps of a separation.
void demucs_analyse(busker_htdemucs_session *session);
void demucs_encode(busker_htdemucs_session *session, size_t depth);
void demucs_encode_wave(busker_htdemucs_session *session, size_t depth);
void demucs_enter(busker_htdemucs_session *session);
void demucs_attend(busker_htdemucs_session *session, size_t layer);
void demucs_leave(busker_htdemucs_session *session);
void demucs_decode(busker_htdemucs_session *session, size_t depth);
void demucs_decode_wave(busker_htdemucs_session *session, size_t depth);
void demucs_synthesise(busker_htdemucs_session *session);
