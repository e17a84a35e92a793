// Sessions of HTDemucs: their memory, and the order of their steps.
#include <math.h>

#include "htdemucs.h"

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t rounded(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

static void plan_seat(const busker_htdemucs_session *s, demucs_seat *seat, neural_arena *arena)
{
    const busker_htdemucs *net = s->net;
    const size_t inner = net->channels << (DEMUCS_DEPTH - 1), columns = larger(s->frames, DEMUCS_CHUNK);
    const size_t outer = 2 * DEMUCS_CHANNELS * net->sources * DEMUCS_STRIDE;
    const size_t asked = larger(s->tokens[0].count, s->tokens[1].count);
    size_t wide = larger(2 * inner, outer) * columns;
    wide = larger(wide, net->forward * DEMUCS_TOKENS);
    wide = larger(wide, asked * net->loops->nr);
    wide = larger(wide, 16 * (2 * DEMUCS_BINS + 2));
    seat->packing = neural_floats(arena, larger(NEURAL_PACKING, net->width * net->loops->nr));
    // Zeros stay around the rows of the body.
    seat->body = neural_floats(arena, inner * s->pitch);
    seat->normed = neural_floats(arena, net->width * DEMUCS_TOKENS);
    seat->narrow = neural_floats(arena, inner / 8 * columns);
    seat->wide = neural_floats(arena, wide);
    seat->fourier = neural_floats(arena, neural_fourier_room(net->fourier));
    const size_t rows = larger(larger(9 * inner, DEMUCS_KERNEL * inner), larger(net->forward, net->width));
    seat->rows = (const float **)(void *)neural_floats(arena, rows * sizeof *seat->rows / sizeof(float));
}

static void plan_tokens(const busker_htdemucs_session *s, demucs_tokens *tokens, neural_arena *arena)
{
    const busker_htdemucs *net = s->net;
    const size_t all = net->width * tokens->count, mr = net->loops->mr, size = net->width / net->heads;
    tokens->x = neural_floats(arena, all);
    tokens->query = neural_floats(arena, all);
    tokens->key_value = neural_floats(arena, 2 * all);
    tokens->keys = neural_floats(arena, net->heads * rounded(tokens->count, mr) * size);
    tokens->values = neural_floats(arena, net->heads * rounded(size, mr) * tokens->count);
}

/// What lives only while the transformer runs, and what only after it, share memory.
static void plan_shared(busker_htdemucs_session *s, neural_arena *arena)
{
    const size_t shared = arena->used, bins = demucs_bins(DEMUCS_DEPTH), width = s->net->width;
    plan_tokens(s, &s->tokens[0], arena);
    plan_tokens(s, &s->tokens[1], arena);
    const size_t end = arena->used;
    arena->used = shared;
    s->spectra = neural_floats(arena, 2 * DEMUCS_CHANNELS * DEMUCS_BINS * s->pitch);
    const size_t input = arena->used;
    arena->used = shared;
    s->out_spectra = neural_floats(arena, 2 * DEMUCS_CHANNELS * s->net->sources * DEMUCS_BINS * s->frames);
    arena->used = larger(arena->used, larger(end, input));
    s->time_positions = neural_floats(arena, width * s->tokens[1].count);
    s->frame_positions = neural_floats(arena, width / 2 * s->frames);
    s->bin_positions = neural_floats(arena, width / 2 * bins);
}

static void plan(busker_htdemucs_session *s, neural_arena *arena)
{
    const busker_htdemucs *net = s->net;
    const size_t inner = net->channels << (DEMUCS_DEPTH - 1);
    const size_t sum = rounded((s->frames + 4) * DEMUCS_HOP + DEMUCS_FFT, 16);
    for (size_t i = 0; i < s->threads; i++)
        plan_seat(s, &s->seats[i], arena);
    s->zeros = neural_floats(arena, larger(s->pitch, 64)) + (arena->base ? DEMUCS_PAD : 0);
    s->sums_room = larger(larger(demucs_parts(s->segment, DEMUCS_CHUNK), s->frames), 4096);
    s->sums = (double *)(void *)neural_floats(arena, 4 * s->sums_room);
    size_t aside = s->threads * sum, aside_wave = 0;
    for (size_t depth = 0; depth < DEMUCS_DEPTH; depth++) {
        const size_t channels = net->channels << depth;
        const size_t all = demucs_bins(depth + 1) * channels * s->pitch, wave = channels * s->pitches[depth + 1];
        s->kept[depth] = neural_floats(arena, all);
        s->kept_wave[depth] = neural_floats(arena, wave);
        aside = larger(aside, all);
        aside_wave = larger(aside_wave, wave);
    }
    s->aside = neural_floats(arena, aside);
    s->aside_floats = aside;
    s->aside_wave = neural_floats(arena, aside_wave);
    s->narrow_wave = neural_floats(arena, inner / 8 * s->pitches[1]);
    s->wave = neural_floats(arena, DEMUCS_CHANNELS * s->pitches[0]);
    s->out_wave = neural_floats(arena, DEMUCS_CHANNELS * net->sources * s->segment);
    plan_shared(s, arena);
}

/// Sines and cosines that tell the transformer where a token stands.
static void place_tokens(busker_htdemucs_session *s)
{
    const size_t width = s->net->width, half = width / 2, length = s->tokens[1].count;
    const size_t bins = demucs_bins(DEMUCS_DEPTH);
    for (size_t k = 0; k < half; k++) {
        const double rate = pow(10000, -(double)k / (double)(half - 1));
        for (size_t n = 0; n < length; n++) {
            s->time_positions[k * length + n] = (float)cos((double)n * rate);
            s->time_positions[(half + k) * length + n] = (float)sin((double)n * rate);
        }
        const double slow = exp(-(double)(k / 2 * 2) * log(10000) / (double)half);
        for (size_t n = 0; n < s->frames; n++)
            s->frame_positions[k * s->frames + n] = (float)(k % 2 ? cos((double)n * slow) : sin((double)n * slow));
        for (size_t n = 0; n < bins; n++)
            s->bin_positions[k * bins + n] = (float)(k % 2 ? cos((double)n * slow) : sin((double)n * slow));
    }
}

static void measure(busker_htdemucs_session *s)
{
    s->frames = demucs_parts(s->segment, DEMUCS_HOP);
    s->pitch = DEMUCS_PAD + rounded(s->frames + 8, 16);
    s->lengths[0] = s->segment;
    for (size_t depth = 0; depth <= DEMUCS_DEPTH; depth++) {
        if (depth)
            s->lengths[depth] = demucs_parts(s->lengths[depth - 1], DEMUCS_STRIDE);
        s->pitches[depth] = DEMUCS_PAD + rounded(s->lengths[depth] + DEMUCS_PAD, 16);
    }
    s->tokens[0].count = demucs_bins(DEMUCS_DEPTH) * s->frames;
    s->tokens[1].count = s->lengths[DEMUCS_DEPTH];
}

busker_neural_status busker_htdemucs_session_create(const busker_htdemucs *net, size_t segment, size_t threads,
                                                    busker_htdemucs_session **out)
{
    if (segment < BUSKER_HTDEMUCS_SEGMENT_MIN || segment > BUSKER_HTDEMUCS_SEGMENT_MAX || threads < 1 ||
        threads > BUSKER_NEURAL_THREADS_MAX)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    busker_htdemucs_session *s = neural_alloc(1, sizeof *s);
    if (!s)
        return BUSKER_NEURAL_NO_MEMORY;
    s->net = net;
    s->segment = segment;
    s->threads = threads;
    measure(s);
    neural_arena arena = {0};
    plan(s, &arena);
    s->bytes = arena.used;
    s->memory = arena.overflowed ? NULL : neural_alloc(arena.used, 1);
    s->pool = neural_pool_create(threads);
    if (!s->memory || !s->pool) {
        busker_htdemucs_session_destroy(s);
        return BUSKER_NEURAL_NO_MEMORY;
    }
    arena = (neural_arena){.base = s->memory};
    plan(s, &arena);
    place_tokens(s);
    s->stage = SIZE_MAX;
    *out = s;
    return BUSKER_NEURAL_OK;
}

void busker_htdemucs_session_destroy(busker_htdemucs_session *s)
{
    if (!s)
        return;
    neural_pool_destroy(s->pool);
    neural_free(s->memory);
    neural_free(s);
}

busker_neural_status busker_htdemucs_turn(busker_htdemucs_session *s, const busker_htdemucs *net)
{
    const busker_htdemucs *own = s->net;
    if (net->loops != own->loops || net->channels != own->channels || net->width != own->width ||
        net->sources != own->sources || net->layers != own->layers || net->heads != own->heads ||
        net->forward != own->forward || net->resamples != own->resamples)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    s->net = net;
    s->stage = SIZE_MAX;
    return BUSKER_NEURAL_OK;
}

size_t busker_htdemucs_session_bytes(const busker_htdemucs_session *s)
{
    return s->bytes;
}

/// Steps of a segment: both ends, two for each encoder and decoder, the layers, and the ways into and out of them.
static size_t stages_of(const busker_htdemucs_session *s)
{
    return 4 + 4 * DEMUCS_DEPTH + s->net->layers;
}

busker_neural_status busker_htdemucs_begin(busker_htdemucs_session *s, const float *samples, size_t total)
{
    if (total != DEMUCS_CHANNELS * s->segment)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    // These places were used for the output of the segment before; zeros around rows must be zeros again.
    memset(s->spectra, 0, 2 * DEMUCS_CHANNELS * DEMUCS_BINS * s->pitch * sizeof *s->spectra);
    memset(s->aside, 0, s->aside_floats * sizeof *s->aside);
    for (size_t c = 0; c < DEMUCS_CHANNELS; c++)
        memcpy(demucs_wave_row(s, s->wave, 0, c), samples + c * s->segment, s->segment * sizeof *samples);
    s->stage = 0;
    return BUSKER_NEURAL_OK;
}

/// Does one step.
static void run(busker_htdemucs_session *s, size_t stage)
{
    const size_t layers = s->net->layers, encoders = 1 + 2 * DEMUCS_DEPTH, decoders = encoders + layers + 2;
    if (stage == 0)
        demucs_analyse(s);
    else if (stage < encoders)
        (stage % 2 ? demucs_encode : demucs_encode_wave)(s, (stage - 1) / 2);
    else if (stage == encoders)
        demucs_enter(s);
    else if (stage <= encoders + layers)
        demucs_attend(s, stage - encoders - 1);
    else if (stage < decoders)
        demucs_leave(s);
    else if (stage < decoders + 2 * DEMUCS_DEPTH)
        ((stage - decoders) % 2 ? demucs_decode_wave : demucs_decode)(s, DEMUCS_DEPTH - 1 - (stage - decoders) / 2);
    else
        demucs_synthesise(s);
}

busker_neural_status busker_htdemucs_step(busker_htdemucs_session *s, double *share)
{
    if (s->stage >= stages_of(s))
        return BUSKER_NEURAL_BAD_ARGUMENT;
    run(s, s->stage++);
    *share = (double)s->stage / (double)stages_of(s);
    return BUSKER_NEURAL_OK;
}

busker_neural_status busker_htdemucs_read(const busker_htdemucs_session *s, size_t source, size_t channel, float *out,
                                          size_t count)
{
    if (source >= s->net->sources || channel >= DEMUCS_CHANNELS || count != s->segment || s->stage != stages_of(s))
        return BUSKER_NEURAL_BAD_ARGUMENT;
    memcpy(out, s->out_wave + (source * DEMUCS_CHANNELS + channel) * count, count * sizeof *out);
    return neural_is_finite(out, count) ? BUSKER_NEURAL_OK : BUSKER_NEURAL_MISFIT;
}
