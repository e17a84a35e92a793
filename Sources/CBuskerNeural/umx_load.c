// Takes the weights of Open-Unmix from files: folds norms and scales into the layers, packs them.
#include <math.h>
#include <stdio.h>

#include "umx.h"

busker_neural_status busker_umx_create(const busker_umx_config *config, busker_umx **out)
{
    if (config->fft_size < 64 || config->fft_size > 65536 || config->fft_size % 32 ||
        (config->hop != config->fft_size / 4 && config->hop != config->fft_size / 2) || config->channels < 1 ||
        config->channels > 2 || config->targets < 1 || config->targets > BUSKER_UMX_TARGETS_MAX)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    busker_umx *umx = neural_alloc(1, sizeof *umx);
    if (!umx)
        return BUSKER_NEURAL_NO_MEMORY;
    umx->loops = neural_current_loops();
    umx->config = *config;
    umx->bins = config->fft_size / 2 + 1;
    umx->fourier = neural_fourier_create(config->fft_size, config->hop);
    if (!umx->fourier) {
        busker_umx_destroy(umx);
        return BUSKER_NEURAL_NO_MEMORY;
    }
    *out = umx;
    return BUSKER_NEURAL_OK;
}

void busker_umx_destroy(busker_umx *umx)
{
    if (!umx)
        return;
    for (size_t i = 0; i < BUSKER_UMX_TARGETS_MAX; i++)
        neural_free(umx->targets[i].memory);
    neural_fourier_destroy(umx->fourier);
    neural_free(umx);
}

size_t busker_umx_width(const busker_umx *umx)
{
    return umx->width;
}

size_t busker_umx_bytes(const busker_umx *umx)
{
    size_t bytes = 0;
    for (size_t i = 0; i < umx->config.targets; i++)
        bytes += umx->targets[i].bytes;
    return bytes;
}

static neural_matrix plan_matrix(const neural_loops *loops, neural_arena *arena, size_t rows, size_t columns)
{
    neural_matrix matrix = {.rows = rows, .columns = columns};
    matrix.panels = neural_floats(arena, neural_panel_floats(loops, rows, columns));
    matrix.bias = neural_floats(arena, neural_bias_floats(loops, rows));
    return matrix;
}

static size_t recurrent_floats(const neural_loops *loops, size_t units)
{
    return (4 * units + loops->block - 1) / loops->block * loops->block * units;
}

static void plan_target(const busker_umx *umx, umx_target *target, neural_arena *arena)
{
    const size_t width = umx->width, units = width / 2, channels = umx->config.channels;
    target->first = plan_matrix(umx->loops, arena, width, channels * umx->seen);
    for (size_t layer = 0; layer < UMX_LAYERS; layer++)
        for (size_t back = 0; back < 2; back++) {
            target->layers[layer][back].input = plan_matrix(umx->loops, arena, 4 * units, width);
            target->layers[layer][back].recurrent = neural_floats(arena, recurrent_floats(umx->loops, units));
        }
    target->second = plan_matrix(umx->loops, arena, width, 2 * width);
    target->third = plan_matrix(umx->loops, arena, channels * umx->bins, width);
}

/// Room for one tensor as it is in the file, and for the norms beside it.
typedef struct umx_room {
    float *values;
    float *norm[4];
    float *offset, *scale;
} umx_room;

static void plan_room(const busker_umx *umx, umx_room *room, neural_arena *arena)
{
    const size_t out = umx->config.channels * umx->bins, width = umx->width;
    const size_t tall = out > 2 * width ? out : 2 * width;
    room->values = neural_floats(arena, width * tall);
    for (size_t i = 0; i < 4; i++)
        room->norm[i] = neural_floats(arena, tall);
    room->offset = neural_floats(arena, umx->bins);
    room->scale = neural_floats(arena, umx->bins);
}

static bool take(weights_taker *taker, const char *name, float *out, size_t rows, size_t columns)
{
    const size_t shape[2] = {rows, columns};
    return weights_take(taker, name, out, rows * (columns ? columns : 1), shape, columns ? 2 : 1);
}

/// Multiplies each row by its norm's scale and gives it the norm's shift: y = (x - mean) / sqrt(var + eps) * w + b.
static bool fold_norm(weights_taker *taker, umx_room *room, const char *norm, neural_matrix *matrix)
{
    static const char *const parts[4] = {"weight", "bias", "running_mean", "running_var"};
    char name[64];
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s.%s", norm, parts[i]);
        if (!take(taker, name, room->norm[i], matrix->rows, 0))
            return false;
    }
    for (size_t r = 0; r < matrix->rows; r++) {
        const double scale = room->norm[0][r] / sqrt((double)room->norm[3][r] + 1e-5);
        matrix->bias[r] = (float)((matrix->bias[r] - (double)room->norm[2][r]) * scale + room->norm[1][r]);
        for (size_t k = 0; k < matrix->columns; k++)
            room->values[r * matrix->columns + k] *= (float)scale;
    }
    return true;
}

static bool load_first(busker_umx *umx, weights_taker *taker, umx_room *room, neural_matrix *matrix)
{
    if (!take(taker, "input_mean", room->offset, umx->seen, 0) || !take(taker, "input_scale", room->scale, umx->seen, 0) ||
        !take(taker, "fc1.weight", room->values, matrix->rows, matrix->columns))
        return false;
    for (size_t r = 0; r < matrix->rows; r++) {
        double sum = 0;
        for (size_t k = 0; k < matrix->columns; k++) {
            float *value = &room->values[r * matrix->columns + k];
            const size_t bin = k % umx->seen;
            sum += (double)*value * room->scale[bin] * room->offset[bin];
            *value *= room->scale[bin];
        }
        matrix->bias[r] = (float)sum;
    }
    return fold_norm(taker, room, "bn1", matrix);
}

static bool load_third(busker_umx *umx, weights_taker *taker, umx_room *room, neural_matrix *matrix)
{
    if (!take(taker, "fc3.weight", room->values, matrix->rows, matrix->columns) ||
        !fold_norm(taker, room, "bn3", matrix) || !take(taker, "output_scale", room->scale, umx->bins, 0) ||
        !take(taker, "output_mean", room->offset, umx->bins, 0))
        return false;
    for (size_t r = 0; r < matrix->rows; r++) {
        const size_t bin = r % umx->bins;
        for (size_t k = 0; k < matrix->columns; k++)
            room->values[r * matrix->columns + k] *= room->scale[bin];
        matrix->bias[r] = matrix->bias[r] * room->scale[bin] + room->offset[bin];
    }
    return true;
}

static bool load_direction(busker_umx *umx, weights_taker *taker, umx_room *room, umx_direction *direction,
                           size_t layer, bool back)
{
    const size_t units = umx->width / 2, rows = 4 * units, block = umx->loops->block;
    const char *const suffix = back ? "_reverse" : "";
    char name[64];
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "lstm.bias_%s_l%zu%s", i ? "hh" : "ih", layer, suffix);
        if (!take(taker, name, room->norm[i], rows, 0))
            return false;
    }
    for (size_t r = 0; r < rows; r++)
        direction->input.bias[r] = room->norm[0][r] + room->norm[1][r];
    snprintf(name, sizeof name, "lstm.weight_ih_l%zu%s", layer, suffix);
    if (!take(taker, name, room->values, rows, umx->width))
        return false;
    neural_pack(umx->loops, &direction->input, room->values, umx->width);
    snprintf(name, sizeof name, "lstm.weight_hh_l%zu%s", layer, suffix);
    if (!take(taker, name, room->values, rows, units))
        return false;
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0; k < units; k++)
            direction->recurrent[(r / block * units + k) * block + r % block] = room->values[r * units + k];
    return true;
}

static bool load_all(busker_umx *umx, weights_taker *taker, umx_room *room, umx_target *target)
{
    const neural_loops *loops = umx->loops;
    if (!load_first(umx, taker, room, &target->first))
        return false;
    neural_pack(loops, &target->first, room->values, target->first.columns);
    for (size_t layer = 0; layer < UMX_LAYERS; layer++)
        for (size_t back = 0; back < 2; back++)
            if (!load_direction(umx, taker, room, &target->layers[layer][back], layer, back))
                return false;
    if (!take(taker, "fc2.weight", room->values, target->second.rows, target->second.columns) ||
        !fold_norm(taker, room, "bn2", &target->second))
        return false;
    neural_pack(loops, &target->second, room->values, target->second.columns);
    if (!load_third(umx, taker, room, &target->third))
        return false;
    neural_pack(loops, &target->third, room->values, target->third.columns);
    return true;
}

/// The width and the bins of the first target's tensors, which the others must share.
static busker_neural_status learn_shape(busker_umx *umx, const busker_weights *weights, busker_neural_fault *fault)
{
    const ptrdiff_t mean = busker_weights_find(weights, "input_mean"), first = busker_weights_find(weights, "fc1.weight");
    const size_t seen = mean < 0 ? 0 : busker_weights_values(weights, (size_t)mean);
    const size_t width = first < 0 ? 0 : busker_weights_dimension(weights, (size_t)first, 0);
    if (seen < 1 || seen > umx->bins || width < 2 || width > 4096 || width % 2) {
        weights_blame(fault, "it holds no Open-Unmix net for frames of %zu samples", umx->config.fft_size);
        return BUSKER_NEURAL_MISFIT;
    }
    if (umx->width && (umx->width != width || umx->seen != seen)) {
        weights_blame(fault, "its net is %zu wide and that of the first target %zu", width, umx->width);
        return BUSKER_NEURAL_MISFIT;
    }
    umx->width = width;
    umx->seen = seen;
    return BUSKER_NEURAL_OK;
}

busker_neural_status busker_umx_load(busker_umx *umx, size_t index, const busker_weights *weights,
                                     busker_neural_fault *fault)
{
    *fault = (busker_neural_fault){{0}};
    if (index >= umx->config.targets || umx->targets[index].memory)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    const busker_neural_status status = learn_shape(umx, weights, fault);
    if (status)
        return status;
    umx_target *target = &umx->targets[index];
    umx_room room;
    neural_arena arena = {0}, aside = {0};
    plan_target(umx, target, &arena);
    plan_room(umx, &room, &aside);
    if (!weights_suffice(weights, arena.used, fault))
        return BUSKER_NEURAL_MISFIT;
    char *memory = neural_alloc(arena.used, 1), *beside = neural_alloc(aside.used, 1);
    weights_taker taker = {.weights = weights, .fault = fault};
    if (!memory || !beside)
        taker.status = BUSKER_NEURAL_NO_MEMORY;
    if (!taker.status) {
        arena = (neural_arena){.base = memory};
        aside = (neural_arena){.base = beside};
        plan_target(umx, target, &arena);
        plan_room(umx, &room, &aside);
        target->bytes = arena.used;
        if (load_all(umx, &taker, &room, target) && !weights_are_sound(memory, arena.used, fault))
            taker.status = BUSKER_NEURAL_MISFIT;
    }
    neural_free(beside);
    if (taker.status)
        neural_free(memory);
    else
        target->memory = memory;
    return taker.status;
}
