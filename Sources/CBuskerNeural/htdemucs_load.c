// Takes the weights of HTDemucs from a file: packs them, with scales folded in where they can be.
#include <math.h>
#include <stdio.h>

#include "htdemucs.h"

typedef struct loader {
    busker_htdemucs *net;
    /// Plans while it has no base; then the weights are read too.
    neural_arena arena;
    weights_taker taker;
    /// Room for one tensor as it is in the file.
    float *room;
    size_t largest;
} loader;

static size_t dimension(const busker_weights *weights, const char *name, size_t at)
{
    const ptrdiff_t index = busker_weights_find(weights, name);
    return index < 0 ? 0 : busker_weights_dimension(weights, (size_t)index, at);
}

/// A tensor of this shape, row-major in the room; false while planning and after a failure.
static bool tensor(loader *l, const char *prefix, const char *suffix, const size_t *shape, size_t rank)
{
    char name[128];
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    if (count > l->largest)
        l->largest = count;
    if (!l->arena.base)
        return false;
    snprintf(name, sizeof name, "%s%s", prefix, suffix);
    return weights_take(&l->taker, name, l->room, count, shape, rank);
}

static void vector(loader *l, const char *prefix, const char *suffix, size_t count, float **out)
{
    *out = neural_floats(&l->arena, count);
    if (tensor(l, prefix, suffix, &count, 1))
        memcpy(*out, l->room, count * sizeof **out);
}

static void plan_matrix(loader *l, neural_matrix *matrix, size_t rows, size_t columns)
{
    matrix->rows = rows;
    matrix->columns = columns;
    matrix->panels = neural_floats(&l->arena, neural_panel_floats(l->net->loops, rows, columns));
    matrix->bias = neural_floats(&l->arena, neural_bias_floats(l->net->loops, rows));
}

/// Rows `first` to `first + rows` of a layer's weight and bias, each row times its scale and `factor`.
static void rows_of(loader *l, const char *prefix, const char *const suffixes[2], const size_t *shape, size_t rank,
                    size_t first, neural_matrix *matrix, const float *scale, float factor)
{
    if (tensor(l, prefix, suffixes[0], shape, rank)) {
        float *values = l->room + first * matrix->columns;
        for (size_t r = 0; r < matrix->rows; r++)
            for (size_t k = 0; k < matrix->columns; k++)
                values[r * matrix->columns + k] *= factor * (scale ? scale[r] : 1);
        neural_pack(l->net->loops, matrix, values, matrix->columns);
    }
    if (tensor(l, prefix, suffixes[1], shape, 1))
        for (size_t r = 0; r < matrix->rows; r++)
            matrix->bias[r] = l->room[first + r] * factor * (scale ? scale[r] : 1);
}

static const char *const usual[2] = {".weight", ".bias"};

/// A convolution whose kernel has `kernel` places, in `dimensions` dimensions.
static void convolution(loader *l, const char *prefix, neural_matrix *matrix, size_t out, size_t in, const size_t *kernel,
                        size_t dimensions)
{
    size_t shape[4] = {out, in}, places = 1;
    for (size_t i = 0; i < dimensions; i++) {
        shape[2 + i] = kernel[i];
        places *= kernel[i];
    }
    plan_matrix(l, matrix, out, in * places);
    rows_of(l, prefix, usual, shape, 2 + dimensions, 0, matrix, NULL, 1);
}

/// A transposed convolution: rows are [place of four][channel], columns what is here and what is one before.
static void enlargement(loader *l, const char *prefix, neural_matrix *matrix, size_t in, size_t out, size_t dimensions)
{
    const size_t shape[4] = {in, out, DEMUCS_KERNEL, 1}, columns = 2 * in;
    plan_matrix(l, matrix, DEMUCS_STRIDE * out, columns);
    // Behind the tensor there is room for the matrix, which is as large.
    if (2 * in * out * DEMUCS_KERNEL > l->largest)
        l->largest = 2 * in * out * DEMUCS_KERNEL;
    if (tensor(l, prefix, ".weight", shape, 2 + dimensions)) {
        float *values = l->room + in * out * DEMUCS_KERNEL;
        for (size_t p = 0; p < DEMUCS_STRIDE; p++)
            for (size_t c = 0; c < out; c++)
                for (size_t k = 0; k < columns; k++)
                    values[(p * out + c) * columns + k] =
                        l->room[(k % in * out + c) * DEMUCS_KERNEL + p + k / in * DEMUCS_STRIDE];
        neural_pack(l->net->loops, matrix, values, columns);
    }
    if (tensor(l, prefix, ".bias", &out, 1))
        for (size_t r = 0; r < matrix->rows; r++)
            matrix->bias[r] = l->room[r % out];
}

static void residual(loader *l, const char *stage, size_t at, size_t channels, demucs_residual *residual)
{
    const size_t hidden = channels / 8, three = 3, one = 1;
    char prefix[96];
    const char *const parts = "%s.dconv.layers.%zu.%u";
    snprintf(prefix, sizeof prefix, parts, stage, at, 0u);
    convolution(l, prefix, &residual->narrow, hidden, channels, &three, 1);
    snprintf(prefix, sizeof prefix, parts, stage, at, 1u);
    vector(l, prefix, ".weight", hidden, &residual->narrow_weight);
    vector(l, prefix, ".bias", hidden, &residual->narrow_bias);
    snprintf(prefix, sizeof prefix, parts, stage, at, 3u);
    convolution(l, prefix, &residual->wide, 2 * channels, hidden, &one, 1);
    snprintf(prefix, sizeof prefix, parts, stage, at, 4u);
    vector(l, prefix, ".weight", 2 * channels, &residual->wide_weight);
    vector(l, prefix, ".bias", 2 * channels, &residual->wide_bias);
    snprintf(prefix, sizeof prefix, parts, stage, at, 6u);
    vector(l, prefix, ".scale", channels, &residual->scale);
}

static void stages(loader *l, size_t branch)
{
    busker_htdemucs *net = l->net;
    const size_t dimensions = branch ? 1 : 2, own = (branch ? 1 : 2) * DEMUCS_CHANNELS;
    static const size_t kernel[2] = {DEMUCS_KERNEL, 1}, ones[2] = {1, 1}, threes[2] = {3, 3};
    char stage[64], part[80];
    for (size_t depth = 0; depth < DEMUCS_DEPTH; depth++) {
        const size_t channels = net->channels << depth;
        demucs_stage *encoder = &net->encoders[branch][depth], *decoder = &net->decoders[branch][depth];
        encoder->channels = decoder->channels = channels;
        encoder->outside = depth ? channels / 2 : own;
        decoder->outside = depth ? channels / 2 : own * net->sources;
        snprintf(stage, sizeof stage, "%sencoder.%zu", branch ? "t" : "", depth);
        snprintf(part, sizeof part, "%s.conv", stage);
        convolution(l, part, &encoder->convolution, channels, encoder->outside, kernel, dimensions);
        snprintf(part, sizeof part, "%s.rewrite", stage);
        convolution(l, part, &encoder->rewrite, 2 * channels, channels, ones, dimensions);
        for (size_t d = 0; d < DEMUCS_RESIDUALS; d++)
            residual(l, stage, d, channels, &encoder->residuals[d]);
        // Decoders are counted from the inside.
        snprintf(stage, sizeof stage, "%sdecoder.%zu", branch ? "t" : "", DEMUCS_DEPTH - 1 - depth);
        snprintf(part, sizeof part, "%s.conv_tr", stage);
        enlargement(l, part, &decoder->convolution, channels, decoder->outside, dimensions);
        snprintf(part, sizeof part, "%s.rewrite", stage);
        convolution(l, part, &decoder->rewrite, 2 * channels, channels, threes, dimensions);
        for (size_t d = 0; d < DEMUCS_RESIDUALS; d++)
            residual(l, stage, d, channels, &decoder->residuals[d]);
    }
}

static void norm(loader *l, const char *prefix, const char *name, demucs_norm *out)
{
    char whole[96];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    vector(l, whole, ".weight", l->net->width, &out->weight);
    vector(l, whole, ".bias", l->net->width, &out->bias);
}

static void layer(loader *l, size_t branch, size_t at, demucs_layer *layer)
{
    const busker_htdemucs *net = l->net;
    const size_t width = net->width, packed[2] = {3 * width, width}, square[2] = {width, width};
    const size_t wide[2] = {net->forward, width}, narrow[2] = {width, net->forward};
    const bool crosses = at % 2;
    char prefix[64], attention[80];
    float *first_scale, *second_scale;
    snprintf(prefix, sizeof prefix, "crosstransformer.layers%s.%zu.", branch ? "_t" : "", at);
    snprintf(attention, sizeof attention, "%s%s", prefix, crosses ? "cross_attn" : "self_attn");
    norm(l, prefix, "norm1", &layer->query_norm);
    norm(l, prefix, crosses ? "norm2" : "norm1", &layer->key_norm);
    norm(l, prefix, crosses ? "norm3" : "norm2", &layer->forward_norm);
    norm(l, prefix, "norm_out", &layer->out_norm);
    vector(l, prefix, "gamma_1.scale", width, &first_scale);
    vector(l, prefix, "gamma_2.scale", width, &second_scale);
    static const char *const in[2] = {".in_proj_weight", ".in_proj_bias"};
    plan_matrix(l, &layer->query, width, width);
    rows_of(l, attention, in, packed, 2, 0, &layer->query, NULL, 1 / sqrtf((float)(width / net->heads)));
    plan_matrix(l, &layer->key_value, 2 * width, width);
    rows_of(l, attention, in, packed, 2, width, &layer->key_value, NULL, 1);
    static const char *const out[2] = {".out_proj.weight", ".out_proj.bias"};
    plan_matrix(l, &layer->attended, width, width);
    rows_of(l, attention, out, square, 2, 0, &layer->attended, first_scale, 1);
    static const char *const one[2] = {"linear1.weight", "linear1.bias"};
    plan_matrix(l, &layer->widen, net->forward, width);
    rows_of(l, prefix, one, wide, 2, 0, &layer->widen, NULL, 1);
    static const char *const two[2] = {"linear2.weight", "linear2.bias"};
    plan_matrix(l, &layer->narrow, width, net->forward);
    rows_of(l, prefix, two, narrow, 2, 0, &layer->narrow, second_scale, 1);
}

static void everything(loader *l)
{
    busker_htdemucs *net = l->net;
    const size_t inner = net->channels << (DEMUCS_DEPTH - 1), one = 1;
    const size_t embedding[2] = {DEMUCS_BINS / DEMUCS_STRIDE, net->channels};
    net->embedding = neural_floats(&l->arena, embedding[0] * embedding[1]);
    if (tensor(l, "freq_emb.embedding", ".weight", embedding, 2))
        for (size_t i = 0; i < embedding[0] * embedding[1]; i++)
            net->embedding[i] = 2 * l->room[i];
    for (size_t branch = 0; branch < 2; branch++) {
        demucs_tower *tower = &net->towers[branch];
        stages(l, branch);
        if (net->resamples) {
            convolution(l, branch ? "channel_upsampler_t" : "channel_upsampler", &tower->up, net->width, inner, &one, 1);
            convolution(
                l, branch ? "channel_downsampler_t" : "channel_downsampler", &tower->down, inner, net->width, &one, 1);
        }
        norm(l, "crosstransformer.", branch ? "norm_in_t" : "norm_in", &tower->norm_in);
        for (size_t at = 0; at < net->layers; at++)
            layer(l, branch, at, &tower->layers[at]);
    }
}

/// Reads the sizes that differ between nets off the shapes of some tensors.
static bool learn_shape(busker_htdemucs *net, const busker_weights *weights, busker_neural_fault *fault)
{
    char name[64];
    const size_t out = dimension(weights, "tdecoder.3.conv_tr.bias", 0);
    net->channels = dimension(weights, "encoder.0.conv.weight", 0);
    net->sources = out / DEMUCS_CHANNELS;
    net->width = dimension(weights, "channel_upsampler.weight", 0);
    net->resamples = net->width > 0;
    if (!net->resamples)
        net->width = net->channels << (DEMUCS_DEPTH - 1);
    net->forward = dimension(weights, "crosstransformer.layers.0.linear1.weight", 0);
    do
        snprintf(name, sizeof name, "crosstransformer.layers.%zu.linear1.weight", net->layers);
    while (dimension(weights, name, 0) && ++net->layers <= DEMUCS_LAYERS_MAX);
    const bool fits = net->channels >= 8 && net->channels <= 1024 && net->channels % 8 == 0 && net->sources >= 1 &&
                      net->sources <= BUSKER_HTDEMUCS_SOURCES_MAX && out % DEMUCS_CHANNELS == 0 && net->layers >= 1 &&
                      net->layers <= DEMUCS_LAYERS_MAX && net->width % 4 == 0 && net->width <= 8192 &&
                      net->width % net->heads == 0 && net->forward >= 1 && net->forward <= 65536;
    if (!fits)
        weights_blame(fault, "it holds no HTDemucs net (version 4, two channels) of a size that is supported");
    return fits;
}

/// The tensors that are taken once; a self attention's norm is taken twice.
static bool is_complete(const loader *l)
{
    const size_t selves = (l->net->layers + 1) / 2;
    // In a layer the packed projection's weight and bias are taken twice; in a self attention also norm1.
    const size_t again = 2 * (2 * l->net->layers + 2 * selves);
    return l->taker.taken - again == busker_weights_count(l->taker.weights);
}

static busker_neural_status load(busker_htdemucs *net, const busker_weights *weights, busker_neural_fault *fault)
{
    loader l = {.net = net, .taker = {.weights = weights, .fault = fault}};
    everything(&l);
    net->bytes = l.arena.used;
    if (!weights_suffice(weights, net->bytes, fault))
        return BUSKER_NEURAL_MISFIT;
    net->memory = l.arena.overflowed ? NULL : neural_alloc(l.arena.used, 1);
    l.room = neural_alloc(l.largest, sizeof *l.room);
    if (!net->memory || !l.room) {
        neural_free(l.room);
        return BUSKER_NEURAL_NO_MEMORY;
    }
    l.arena = (neural_arena){.base = net->memory};
    everything(&l);
    neural_free(l.room);
    if (!l.taker.status && !is_complete(&l)) {
        weights_blame(fault, "it holds more tensors than an HTDemucs net of this shape has");
        return BUSKER_NEURAL_MISFIT;
    }
    if (!l.taker.status && !weights_are_sound(net->memory, net->bytes, fault))
        return BUSKER_NEURAL_MISFIT;
    return l.taker.status;
}

busker_neural_status busker_htdemucs_create(const busker_weights *weights, size_t heads, busker_htdemucs **out,
                                            busker_neural_fault *fault)
{
    *fault = (busker_neural_fault){{0}};
    if (heads < 1 || heads > 256)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    busker_htdemucs *net = neural_alloc(1, sizeof *net);
    if (!net)
        return BUSKER_NEURAL_NO_MEMORY;
    net->loops = neural_current_loops();
    net->heads = heads;
    net->fourier = neural_fourier_create(DEMUCS_FFT, DEMUCS_HOP);
    busker_neural_status status = net->fourier ? BUSKER_NEURAL_OK : BUSKER_NEURAL_NO_MEMORY;
    if (!status)
        status = learn_shape(net, weights, fault) ? load(net, weights, fault) : BUSKER_NEURAL_MISFIT;
    if (status)
        busker_htdemucs_destroy(net);
    else
        *out = net;
    return status;
}

void busker_htdemucs_destroy(busker_htdemucs *net)
{
    if (!net)
        return;
    neural_fourier_destroy(net->fourier);
    neural_free(net->memory);
    neural_free(net);
}

size_t busker_htdemucs_sources(const busker_htdemucs *net)
{
    return net->sources;
}

size_t busker_htdemucs_bytes(const busker_htdemucs *net)
{
    return net->bytes;
}
