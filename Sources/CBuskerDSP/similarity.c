// Frames that sound alike: features, the blocked product of all pairs, the choice of neighbours.
#include "busker_similarity.h"

#include <math.h>

#include "repeat.h"

enum {
    /// Frames of a block: 4 panels, so that two blocks of 1025 bins fit a cache of 2 MB.
    BLOCK = 128,
    /// Bins that the product takes at a time: a panel of them is 32 kB.
    DEPTH = 256,
    /// Room beside the best neighbours, so that few rounds of selection are needed.
    SLACK = 256,
};

struct busker_similarity {
    const busker_kernels *kernels;
    busker_similarity_config config;
    busker_columns *columns;
    size_t frames;
    /// Panels of features.
    float *features;
    /// The best keys so far of each frame, in no order, and how many they are.
    uint64_t *keys;
    uint32_t *filled;
    /// What a similarity must exceed to be kept.
    float *bars;
    /// Mode PEAKS: the last 2 * distance similarities of each frame.
    float *history;
    float *line, *work;
    /// BLOCK x BLOCK similarities and their transpose.
    float *tile, *turned;
    uint32_t *starts, *neighbours;
};

static size_t padded(size_t frames)
{
    return (frames + BLOCK - 1) / BLOCK * BLOCK;
}

static size_t room(const busker_similarity *s)
{
    return s->config.neighbours_max + SLACK;
}

static bool is_valid(const busker_similarity_config *c)
{
    if (c->bins < 1 || c->bins > BUSKER_FFT_SIZE_MAX / 2 + 1)
        return false;
    if (c->frames_max < 1 || c->frames_max > BUSKER_SIMILARITY_FRAMES_MAX)
        return false;
    if (c->neighbours_max < 1 || c->neighbours_max > BUSKER_SIMILARITY_NEIGHBOURS_MAX)
        return false;
    if (!(c->threshold >= 0 && c->threshold <= 1))
        return false;
    if (c->mode == BUSKER_SIMILARITY_PEAKS)
        return c->distance >= 1 && c->distance <= BUSKER_SIMILARITY_PEAK_DISTANCE_MAX;
    return c->mode == BUSKER_SIMILARITY_NEAREST;
}

busker_status busker_similarity_create(const busker_similarity_config *config, busker_similarity **handle)
{
    if (!config || !handle || !is_valid(config))
        return BUSKER_BAD_ARGUMENT;
    busker_similarity *s = busker_alloc(1, sizeof *s);
    if (!s)
        return BUSKER_NO_MEMORY;
    s->kernels = busker_current_kernels();
    s->config = *config;
    const size_t frames = padded(config->frames_max);
    const size_t around = config->mode == BUSKER_SIMILARITY_PEAKS ? 2 * config->distance : 0;
    s->features = busker_alloc(frames * config->bins, sizeof *s->features);
    s->keys = busker_alloc(frames * room(s), sizeof *s->keys);
    s->filled = busker_alloc(frames, sizeof *s->filled);
    s->bars = busker_alloc(frames, sizeof *s->bars);
    s->history = busker_alloc(frames * around, sizeof *s->history);
    s->line = busker_alloc(around + BLOCK, sizeof *s->line);
    s->work = busker_alloc(around + BLOCK + 64, sizeof *s->work);
    s->tile = busker_alloc(BLOCK * BLOCK, sizeof *s->tile);
    s->turned = busker_alloc(BLOCK * BLOCK, sizeof *s->turned);
    s->starts = busker_alloc(frames + 1, sizeof *s->starts);
    s->neighbours = busker_alloc(frames * config->neighbours_max, sizeof *s->neighbours);
    if (!s->features || !s->keys || !s->filled || !s->bars || !s->history || !s->line || !s->work || !s->tile ||
        !s->turned || !s->starts || !s->neighbours ||
        busker_columns_create(config->frames_max, config->neighbours_max, &s->columns)) {
        busker_similarity_destroy(s);
        return BUSKER_NO_MEMORY;
    }
    *handle = s;
    return BUSKER_OK;
}

void busker_similarity_destroy(busker_similarity *handle)
{
    if (!handle)
        return;
    busker_columns_destroy(handle->columns);
    busker_free(handle->features);
    busker_free(handle->keys);
    busker_free(handle->filled);
    busker_free(handle->bars);
    busker_free(handle->history);
    busker_free(handle->line);
    busker_free(handle->work);
    busker_free(handle->tile);
    busker_free(handle->turned);
    busker_free(handle->starts);
    busker_free(handle->neighbours);
    busker_free(handle);
}

/// Writes the unit column of one frame into its panel; a frame of silence, or one that is not finite, is all zero.
static void make_feature(busker_similarity *s, const float *magnitudes, size_t channels, size_t frames, size_t frame)
{
    const size_t bins = s->config.bins;
    float *out = s->features + frame / BUSKER_PANEL * BUSKER_PANEL * bins + frame % BUSKER_PANEL;
    double energy = 0;
    for (size_t b = 0; b < bins; b++) {
        float sum = 0;
        for (size_t c = 0; c < channels; c++) {
            const float value = magnitudes[(c * frames + frame) * bins + b];
            sum += value > 0 ? value : 0;
        }
        out[b * BUSKER_PANEL] = sum;
        energy += (double)sum * sum;
    }
    const float scale = energy > 0 && isfinite(energy) ? (float)(1 / sqrt(energy)) : 0;
    for (size_t b = 0; b < bins; b++)
        out[b * BUSKER_PANEL] = isfinite(scale) && scale > 0 ? out[b * BUSKER_PANEL] * scale : 0;
}

/// Moves the `keep` largest keys to the front, the smallest of them last (Hoare's selection).
static void select_keys(uint64_t *keys, ptrdiff_t count, ptrdiff_t keep)
{
    ptrdiff_t low = 0, high = count - 1;
    while (low < high) {
        const uint64_t pivot = keys[keep - 1];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (keys[i] > pivot)
                i++;
            while (keys[j] < pivot)
                j--;
            if (i > j)
                break;
            const uint64_t key = keys[i];
            keys[i++] = keys[j];
            keys[j--] = key;
        }
        if (j < keep - 1)
            low = i;
        if (keep - 1 < i)
            high = j;
    }
}

static void sift(uint64_t *keys, size_t count, size_t hole)
{
    const uint64_t key = keys[hole];
    for (size_t child; (child = 2 * hole + 1) < count; hole = child) {
        if (child + 1 < count && keys[child + 1] < keys[child])
            child++;
        if (keys[child] >= key)
            break;
        keys[hole] = keys[child];
    }
    keys[hole] = key;
}

/// Sorts keys, the largest first.
static void sort_keys(uint64_t *keys, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(keys, count, i);
    for (size_t end = count; end-- > 1;) {
        const uint64_t key = keys[0];
        keys[0] = keys[end];
        keys[end] = key;
        sift(keys, end, 0);
    }
}

/// Makes room for a block of keys by dropping all but the best.
static void make_room(busker_similarity *s, size_t frame)
{
    const size_t keep = s->config.neighbours_max;
    uint64_t *keys = s->keys + frame * room(s);
    if (s->filled[frame] + BLOCK <= room(s))
        return;
    select_keys(keys, (ptrdiff_t)s->filled[frame], (ptrdiff_t)keep);
    s->filled[frame] = (uint32_t)keep;
    const uint32_t bits = (uint32_t)(keys[keep - 1] >> 32);
    // Keys come with rising frames, so an equal similarity that comes later loses.
    if (s->config.mode == BUSKER_SIMILARITY_NEAREST)
        memcpy(s->bars + frame, &bits, sizeof bits);
}

/// Takes the similarities of a frame to `count` frames from `first` on; calls come with rising `first`.
static void feed(busker_similarity *s, size_t frame, size_t first, const float *values, size_t count)
{
    const size_t distance = s->config.distance;
    uint64_t *keys = s->keys + frame * room(s);
    make_room(s, frame);
    if (s->config.mode == BUSKER_SIMILARITY_PEAKS) {
        float *history = s->history + frame * 2 * distance;
        memcpy(s->line, history, 2 * distance * sizeof *history);
        memcpy(s->line + 2 * distance, values, count * sizeof *values);
        s->filled[frame] += (uint32_t)s->kernels->similar_peaks(s->line, count, distance, s->config.threshold,
                                                                (uint32_t)(first - distance), s->work,
                                                                keys + s->filled[frame]);
        memcpy(history, s->line + count, 2 * distance * sizeof *history);
        return;
    }
    // The frames nearer than `distance` are left out: what is before them, then what is after them.
    const size_t near = frame >= distance ? frame - distance + 1 : 0, far = frame + distance;
    const size_t before = distance == 0 || near >= first + count ? count : near > first ? near - first : 0;
    const size_t after = distance == 0 || far >= first + count ? count : far > first ? far - first : 0;
    s->filled[frame] += (uint32_t)s->kernels->similar_pick(values, before, s->bars[frame], (uint32_t)first,
                                                           keys + s->filled[frame]);
    const size_t again = after < before ? before : after;
    s->filled[frame] += (uint32_t)s->kernels->similar_pick(values + again, count - again, s->bars[frame],
                                                           (uint32_t)(first + again), keys + s->filled[frame]);
}

/// The similarities of two blocks of frames, into `tile`.
static void multiply_blocks(busker_similarity *s, size_t a, size_t b)
{
    const size_t bins = s->config.bins, panel = BUSKER_PANEL * bins;
    memset(s->tile, 0, BLOCK * BLOCK * sizeof *s->tile);
    for (size_t k = 0; k < bins; k += DEPTH) {
        const size_t depth = bins - k < DEPTH ? bins - k : DEPTH;
        for (size_t column = 0; column < BLOCK; column += BUSKER_PANEL)
            for (size_t row = 0; row < BLOCK; row += BUSKER_PANEL)
                s->kernels->similar_product(s->features + (a + row) / BUSKER_PANEL * panel + k * BUSKER_PANEL,
                                            s->features + (b + column) / BUSKER_PANEL * panel + k * BUSKER_PANEL,
                                            depth, s->tile + row * BLOCK + column, BLOCK);
    }
}

/// All pairs, half of them computed: a tile serves its rows, and turned around its columns.
static void compare_all(busker_similarity *s)
{
    for (size_t a = 0; a < s->frames; a += BLOCK) {
        const size_t rows = s->frames - a < BLOCK ? s->frames - a : BLOCK;
        for (size_t b = a; b < s->frames; b += BLOCK) {
            const size_t columns = s->frames - b < BLOCK ? s->frames - b : BLOCK;
            multiply_blocks(s, a, b);
            for (size_t i = 0; i < rows; i++)
                feed(s, a + i, b, s->tile + i * BLOCK, columns);
            if (a == b)
                continue;
            for (size_t i = 0; i < BLOCK; i += 8)
                for (size_t j = 0; j < BLOCK; j++)
                    for (size_t n = i; n < i + 8; n++)
                        s->turned[j * BLOCK + n] = s->tile[n * BLOCK + j];
            for (size_t j = 0; j < columns; j++)
                feed(s, b + j, a, s->turned + j * BLOCK, rows);
        }
    }
}

/// Judges the last frames of each row, which lacked the frames after them.
static void flush_peaks(busker_similarity *s)
{
    for (size_t i = 0; i < BLOCK; i++)
        s->turned[i] = -1;
    for (size_t frame = 0; frame < s->frames; frame++)
        for (size_t done = 0; done < s->config.distance; done += BLOCK) {
            const size_t left = s->config.distance - done;
            feed(s, frame, s->frames + done, s->turned, left < BLOCK ? left : BLOCK);
        }
}

/// Keeps the best neighbours of each frame, sorted, one frame's after the other's.
static void finish(busker_similarity *s)
{
    size_t total = 0;
    for (size_t frame = 0; frame < s->frames; frame++) {
        uint64_t *keys = s->keys + frame * room(s);
        size_t count = s->filled[frame];
        if (count > s->config.neighbours_max) {
            count = s->config.neighbours_max;
            select_keys(keys, (ptrdiff_t)s->filled[frame], (ptrdiff_t)count);
        }
        sort_keys(keys, count);
        s->starts[frame] = (uint32_t)total;
        if (count == 0)
            s->neighbours[total++] = (uint32_t)frame;
        for (size_t i = 0; i < count; i++)
            s->neighbours[total++] = UINT32_MAX - (uint32_t)keys[i];
    }
    s->starts[s->frames] = (uint32_t)total;
}

/// Whether `count` is channels * frames * bins, and channels are allowed.
static bool fits(const busker_similarity *s, size_t count, size_t channels, size_t frames)
{
    return channels >= 1 && channels <= BUSKER_CHANNELS_MAX && count == channels * frames * s->config.bins;
}

busker_status busker_similarity_find(busker_similarity *handle, const float *magnitudes, size_t count, size_t channels,
                                     size_t frames)
{
    busker_similarity *s = handle;
    if (frames > s->config.frames_max || !fits(s, count, channels, frames))
        return BUSKER_BAD_LENGTH;
    s->frames = frames;
    memset(s->features, 0, padded(frames) * s->config.bins * sizeof *s->features);
    const float bar = s->config.threshold > 0 ? nextafterf(s->config.threshold, -1) : -1;
    for (size_t t = 0; t < frames; t++) {
        make_feature(s, magnitudes, channels, frames, t);
        s->filled[t] = 0;
        s->bars[t] = bar;
    }
    if (s->config.mode == BUSKER_SIMILARITY_PEAKS)
        for (size_t i = 0; i < frames * 2 * s->config.distance; i++)
            s->history[i] = -1;
    compare_all(s);
    if (s->config.mode == BUSKER_SIMILARITY_PEAKS)
        flush_peaks(s);
    finish(s);
    return BUSKER_OK;
}

size_t busker_similarity_neighbour_count(const busker_similarity *handle, size_t frame)
{
    return frame < handle->frames ? handle->starts[frame + 1] - handle->starts[frame] : 0;
}

size_t busker_similarity_neighbours(const busker_similarity *handle, size_t frame, uint32_t *neighbours, size_t count)
{
    const size_t found = busker_similarity_neighbour_count(handle, frame);
    for (size_t i = 0; i < found && i < count; i++)
        neighbours[i] = handle->neighbours[handle->starts[frame] + i];
    return found;
}

busker_status busker_similarity_median(busker_similarity *handle, const float *magnitudes, size_t count,
                                       size_t channels, float *out, size_t out_count)
{
    const busker_similarity *s = handle;
    if (!fits(s, count, channels, s->frames) || out_count != count)
        return BUSKER_BAD_LENGTH;
    const busker_lists lists = {s->starts, s->neighbours, s->frames};
    busker_columns_median(s->columns, magnitudes, channels, s->frames, s->config.bins, lists, out);
    return BUSKER_OK;
}
