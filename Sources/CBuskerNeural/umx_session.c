// Sessions of Open-Unmix: their memory, and the order of their steps.
#include "umx_session.h"

static size_t frames_of(const busker_umx *umx, size_t samples)
{
    return samples / umx->config.hop + 1;
}

static void plan_seat(const busker_umx_session *s, umx_seat *seat, neural_arena *arena)
{
    const busker_umx *u = s->umx;
    const size_t width = u->width, bins = u->config.channels * u->bins;
    const size_t input = u->config.channels * u->seen > 2 * width ? u->config.channels * u->seen : 2 * width;
    const size_t frame = u->config.fft_size + 2;
    seat->packing = neural_floats(arena, NEURAL_PACKING);
    seat->input = neural_floats(arena, input * UMX_CHUNK > frame ? input * UMX_CHUNK : frame);
    seat->product = neural_floats(arena, (bins > 2 * width ? bins : 2 * width) * UMX_CHUNK);
    seat->gates = neural_floats(arena, s->gate_pitch * UMX_CHUNK);
    seat->fourier = neural_floats(arena, neural_fourier_room(u->fourier));
    // The loops read and write whole vectors beyond the last unit.
    seat->hidden = neural_floats(arena, width / 2 + 16);
    seat->cell = neural_floats(arena, width / 2 + 16);
}

static void plan_window(busker_umx_session *s, neural_arena *arena)
{
    const busker_umx *u = s->umx;
    const size_t width = u->bins / UMX_RANGES, planes = u->config.channels * BUSKER_UMX_WINDOW;
    for (size_t r = 0; r < UMX_RANGES; r++) {
        umx_range *range = &s->ranges[r];
        range->begin = r * width;
        range->bins = r + 1 < UMX_RANGES ? width : u->bins - r * width;
        range->mixture = neural_floats(arena, 2 * planes * range->bins);
        range->values = neural_floats(arena, u->config.targets * planes * range->bins);
        range->estimates = neural_floats(arena, s->outputs * 2 * planes * range->bins);
    }
}

void umx_plan(busker_umx_session *s, neural_arena *arena)
{
    const busker_umx *u = s->umx;
    const size_t frames = frames_of(u, s->settings.samples_max);
    for (size_t i = 0; i < s->settings.threads; i++)
        plan_seat(s, &s->seats[i], arena);
    s->peaks = neural_floats(arena, BUSKER_UMX_WINDOW);
    s->samples = neural_floats(arena, s->settings.samples_max * u->config.channels);
    for (size_t output = 0; output < s->outputs; output++)
        for (size_t c = 0; c < u->config.channels; c++)
            s->tails[output][c] = neural_floats(arena, BUSKER_UMX_WINDOW * u->config.hop + u->config.fft_size);
    for (size_t t = 0; t < u->config.targets; t++)
        s->activations[t].first = neural_floats(arena, frames * u->width);
    // What runs to and fro between the layers is done with when the windows begin: they share the memory.
    const size_t shared = arena->used;
    for (size_t t = 0; t < u->config.targets; t++)
        for (size_t i = 0; i < 2; i++)
            s->activations[t].turn[i] = neural_floats(arena, frames * u->width);
    const size_t end = arena->used;
    arena->used = shared;
    plan_window(s, arena);
    if (arena->used < end)
        arena->used = end;
}

static busker_neural_status make_filters(busker_umx_session *s)
{
    for (size_t r = 0; r < UMX_RANGES; r++) {
        const busker_wiener_config config = {
            .bins = s->ranges[r].bins,
            .frames_max = BUSKER_UMX_WINDOW,
            .channels = s->umx->config.channels,
            .sources = s->umx->config.targets,
            .residual = s->settings.residual,
        };
        if (busker_wiener_create(&config, &s->ranges[r].wiener))
            return BUSKER_NEURAL_NO_MEMORY;
        // 512 bytes for each frame and source, and about 100 kB: see busker_wiener.h.
        s->bytes += 512 * BUSKER_UMX_WINDOW * (s->outputs + 1) + 100000;
    }
    return BUSKER_NEURAL_OK;
}

static bool is_valid(const busker_umx *umx, const busker_umx_settings *s)
{
    for (size_t i = 0; i < umx->config.targets; i++)
        if (!umx->targets[i].memory)
            return false;
    return s->samples_max >= 1 && s->samples_max <= SIZE_MAX / 65536 && s->threads >= 1 &&
           s->threads <= BUSKER_NEURAL_THREADS_MAX && s->iterations <= BUSKER_WIENER_ITERATIONS_MAX;
}

busker_neural_status busker_umx_session_create(const busker_umx *umx, const busker_umx_settings *settings,
                                               busker_umx_session **out)
{
    if (!is_valid(umx, settings))
        return BUSKER_NEURAL_BAD_ARGUMENT;
    busker_umx_session *s = neural_alloc(1, sizeof *s);
    if (!s)
        return BUSKER_NEURAL_NO_MEMORY;
    s->umx = umx;
    s->settings = *settings;
    s->outputs = umx->config.targets + settings->residual;
    if (s->outputs == 1)
        s->settings.iterations = 0;
    const size_t block = umx->loops->block;
    s->gate_pitch = (2 * umx->width + block - 1) / block * block + 16;
    neural_arena arena = {0};
    umx_plan(s, &arena);
    s->memory = arena.overflowed ? NULL : neural_alloc(arena.used, 1);
    s->pool = neural_pool_create(settings->threads);
    busker_neural_status status = s->memory && s->pool ? BUSKER_NEURAL_OK : BUSKER_NEURAL_NO_MEMORY;
    if (!status) {
        s->bytes = arena.used;
        arena = (neural_arena){.base = s->memory};
        umx_plan(s, &arena);
        status = make_filters(s);
    }
    if (status)
        busker_umx_session_destroy(s);
    else
        *out = s;
    return status;
}

void busker_umx_session_destroy(busker_umx_session *s)
{
    if (!s)
        return;
    neural_pool_destroy(s->pool);
    for (size_t r = 0; r < UMX_RANGES; r++)
        busker_wiener_destroy(s->ranges[r].wiener);
    neural_free(s->memory);
    neural_free(s);
}

size_t busker_umx_session_bytes(const busker_umx_session *s)
{
    return s->bytes;
}

busker_neural_status busker_umx_begin(busker_umx_session *s, const float *samples, size_t total, size_t count)
{
    if (count < 1 || count > s->settings.samples_max || total != count * s->umx->config.channels)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    memcpy(s->samples, samples, total * sizeof *samples);
    s->count = count;
    s->frames = frames_of(s->umx, count);
    s->stage = 0;
    // Input, layers, and what follows them; then one for each window.
    s->stages = 2 + UMX_LAYERS + (s->frames + BUSKER_UMX_WINDOW - 1) / BUSKER_UMX_WINDOW;
    s->ready_count = 0;
    s->failed = false;
    return BUSKER_NEURAL_OK;
}

busker_neural_status busker_umx_step(busker_umx_session *s, double *share)
{
    if (s->stage >= s->stages)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    const size_t stage = s->stage++;
    busker_neural_status status = BUSKER_NEURAL_OK;
    s->ready_count = 0;
    if (stage == 0)
        umx_run_input(s);
    else if (stage <= UMX_LAYERS)
        umx_run_layer(s, stage - 1);
    else if (stage == UMX_LAYERS + 1)
        umx_run_second(s);
    else
        status = umx_run_window(s, (stage - UMX_LAYERS - 2) * BUSKER_UMX_WINDOW);
    // The layers take about half of the time.
    *share = stage <= UMX_LAYERS + 1 ? 0.12 * (double)(stage + 1)
                                     : 0.6 + 0.4 * (double)(stage - UMX_LAYERS - 1) / (double)(s->stages - UMX_LAYERS - 2);
    return status;
}

void busker_umx_ready(const busker_umx_session *s, size_t *first, size_t *count)
{
    *first = s->ready_first;
    *count = s->ready_count;
}

busker_neural_status busker_umx_read(const busker_umx_session *s, size_t output, size_t channel, float *out, size_t count)
{
    if (output >= s->outputs || channel >= s->umx->config.channels || count != s->ready_count)
        return BUSKER_NEURAL_BAD_ARGUMENT;
    const size_t begin = s->window_first * s->umx->config.hop, half = s->umx->config.fft_size / 2;
    memcpy(out, s->tails[output][channel] + (s->ready_first + half - begin), count * sizeof *out);
    return neural_is_finite(out, count) ? BUSKER_NEURAL_OK : BUSKER_NEURAL_MISFIT;
}
