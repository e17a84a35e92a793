// The frames of a window that sound alike, and quantiles over them.
#include "busker_recall.h"

#include <math.h>

#include "internal.h"

enum {
    /// Bins of a quantile at a time: a window of 1291 frames of them is 0.7 MB.
    TILE = 128,
    /// Fewer bins than this at the end belong to the tile before them.
    REST = 32,
};

struct busker_recall {
    const busker_kernels *kernels;
    busker_recall_config config;
    size_t frames;
    /// Panels of unit features; see kernels_similar.inc.
    float *features;
    /// BUSKER_PANEL rows of similarities, `stride` floats each.
    float *rows;
    size_t stride;
    float *work;
    uint32_t *maxima;
    /// `config.neighbours` for each frame, of which `counts` are set.
    uint32_t *neighbours, *counts;
    /// What stands in for missing neighbours: infinity.
    float *nothing;
};

static size_t padded(size_t frames)
{
    return (frames + BUSKER_PANEL - 1) / BUSKER_PANEL * BUSKER_PANEL;
}

static bool is_valid(const busker_recall_config *c)
{
    return c->features >= 1 && c->features <= BUSKER_RECALL_FEATURES_MAX && c->bins_max >= 1 &&
           c->bins_max <= BUSKER_FFT_SIZE_MAX / 2 + 1 && c->frames_max >= 1 &&
           c->frames_max <= BUSKER_RECALL_FRAMES_MAX && c->window >= 1 && c->distance <= BUSKER_RECALL_DISTANCE_MAX &&
           c->neighbours >= 1 && c->neighbours <= BUSKER_RECALL_NEIGHBOURS_MAX;
}

busker_status busker_recall_create(const busker_recall_config *config, busker_recall **handle)
{
    if (!config || !handle || !is_valid(config))
        return BUSKER_BAD_ARGUMENT;
    busker_recall *r = busker_alloc(1, sizeof *r);
    if (!r)
        return BUSKER_NO_MEMORY;
    r->kernels = busker_current_kernels();
    r->config = *config;
    const size_t frames = config->frames_max, window = config->window < frames ? config->window : frames;
    // A panel's windows begin up to BUSKER_PANEL - 1 frames apart, and the first one anywhere in a panel.
    r->stride = padded(window + 2 * BUSKER_PANEL);
    r->features = busker_alloc(padded(frames) * config->features, sizeof *r->features);
    r->rows = busker_alloc(BUSKER_PANEL * r->stride, sizeof *r->rows);
    r->work = busker_alloc(window + 2 * config->distance + 64, sizeof *r->work);
    r->maxima = busker_alloc(window, sizeof *r->maxima);
    r->neighbours = busker_alloc(frames * config->neighbours, sizeof *r->neighbours);
    r->counts = busker_alloc(frames, sizeof *r->counts);
    r->nothing = busker_alloc(TILE + REST, sizeof *r->nothing);
    if (!r->features || !r->rows || !r->work || !r->maxima || !r->neighbours || !r->counts || !r->nothing) {
        busker_recall_destroy(r);
        return BUSKER_NO_MEMORY;
    }
    for (size_t i = 0; i < TILE + REST; i++)
        r->nothing[i] = INFINITY;
    *handle = r;
    return BUSKER_OK;
}

void busker_recall_destroy(busker_recall *handle)
{
    if (!handle)
        return;
    busker_free(handle->features);
    busker_free(handle->rows);
    busker_free(handle->work);
    busker_free(handle->maxima);
    busker_free(handle->neighbours);
    busker_free(handle->counts);
    busker_free(handle->nothing);
    busker_free(handle);
}

/// Writes the features of one frame into its panel, scaled to unit length; all zero if they are not finite.
static void make_feature(busker_recall *r, const float *features, size_t frame)
{
    const size_t count = r->config.features;
    float *out = r->features + frame / BUSKER_PANEL * BUSKER_PANEL * count + frame % BUSKER_PANEL;
    double energy = 0;
    for (size_t i = 0; i < count; i++)
        energy += (double)features[i] * features[i];
    const double scale = isfinite(energy) ? 1 / (sqrt(energy) + 1e-6) : 0;
    for (size_t i = 0; i < count; i++)
        out[i * BUSKER_PANEL] = isfinite(energy) ? (float)(features[i] * scale) : 0;
}

/// Where the window of a frame begins.
static size_t window_start(size_t frame, size_t window, size_t frames)
{
    const size_t start = frame > window / 2 ? frame - window / 2 : 0;
    return start < frames - window ? start : frames - window;
}

/// Keeps the most similar of the maxima in `similar`, the window from `start` on; the frame itself comes first.
static void keep_best(busker_recall *r, const float *similar, size_t start, size_t window, size_t frame)
{
    const size_t most = r->config.neighbours;
    const size_t found = r->kernels->recall_maxima(similar, window, r->config.distance, r->work, r->maxima);
    uint32_t *best = r->neighbours + frame * most;
    float values[BUSKER_RECALL_NEIGHBOURS_MAX];
    size_t count = 1;
    best[0] = (uint32_t)frame;
    values[0] = INFINITY;
    for (size_t i = 0; i < found; i++) {
        const uint32_t at = r->maxima[i];
        const float value = similar[at];
        if (start + at == frame || (count == most && !(value > values[count - 1])))
            continue;
        size_t place = count < most ? count++ : count - 1;
        for (; values[place - 1] < value; place--) {
            values[place] = values[place - 1];
            best[place] = best[place - 1];
        }
        values[place] = value;
        best[place] = (uint32_t)(start + at);
    }
    r->counts[frame] = (uint32_t)count;
}

busker_status busker_recall_find(busker_recall *handle, const float *features, size_t count, size_t frames)
{
    busker_recall *r = handle;
    const size_t size = r->config.features;
    if (frames > r->config.frames_max || count != frames * size)
        return BUSKER_BAD_LENGTH;
    r->frames = frames;
    const size_t window = r->config.window < frames ? r->config.window : frames;
    memset(r->features, 0, padded(frames) * size * sizeof *r->features);
    for (size_t t = 0; t < frames; t++)
        make_feature(r, features + t * size, t);
    for (size_t first = 0; first < frames; first += BUSKER_PANEL) {
        const size_t rows = frames - first < BUSKER_PANEL ? frames - first : BUSKER_PANEL;
        const size_t low = window_start(first, window, frames) / BUSKER_PANEL * BUSKER_PANEL;
        const size_t high = window_start(first + rows - 1, window, frames) + window;
        memset(r->rows, 0, BUSKER_PANEL * r->stride * sizeof *r->rows);
        for (size_t column = low; column < high; column += BUSKER_PANEL)
            r->kernels->similar_product(r->features + first * size, r->features + column * size, size,
                                        r->rows + column - low, r->stride);
        for (size_t i = 0; i < rows; i++) {
            const size_t start = window_start(first + i, window, frames);
            float *similar = r->rows + i * r->stride + (start - low);
            similar[first + i - start] = 2;
            keep_best(r, similar, start, window, first + i);
        }
    }
    return BUSKER_OK;
}

size_t busker_recall_neighbours(const busker_recall *handle, size_t frame, uint32_t *neighbours, size_t count)
{
    if (frame >= handle->frames)
        return 0;
    const size_t found = handle->counts[frame];
    for (size_t i = 0; i < found && i < count; i++)
        neighbours[i] = handle->neighbours[frame * handle->config.neighbours + i];
    return found;
}

/// Whether `count` floats hold all frames, without a product that may overflow.
static bool holds(size_t count, size_t frames, size_t bins, size_t stride)
{
    if (frames == 0)
        return true;
    return count >= bins && (frames == 1 || (count - bins) / (frames - 1) >= stride);
}

busker_status busker_recall_quantile(const busker_recall *handle, const float *levels, size_t count, size_t bins,
                                     size_t stride, float q, float *out, size_t out_count)
{
    const busker_recall *r = handle;
    if (!(q >= 0 && q <= 1))
        return BUSKER_BAD_ARGUMENT;
    if (bins < 1 || bins > r->config.bins_max || stride < bins || !holds(count, r->frames, bins, stride) ||
        out_count != r->frames * bins)
        return BUSKER_BAD_LENGTH;
    const float *rows[BUSKER_RECALL_NEIGHBOURS_MAX];
    for (size_t first = 0, lanes; first < bins; first += lanes) {
        lanes = bins - first < TILE + REST ? bins - first : TILE;
        for (size_t t = 0; t < r->frames; t++) {
            const size_t found = r->counts[t];
            const float place = q * (float)(found - 1);
            for (size_t i = 0; i < found; i++)
                rows[i] = levels + r->neighbours[t * r->config.neighbours + i] * stride + first;
            for (size_t i = found; i % 8; i++)
                rows[i] = r->nothing;
            r->kernels->recall_select(rows, (found + 7) / 8, (size_t)(place + 0.5f), lanes, out + t * bins + first);
        }
    }
    return BUSKER_OK;
}
