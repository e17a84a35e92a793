// The exact median of each bin over lists of frames, by ranks.
#include "repeat.h"

/// One value of a bin on its way through the sort.
typedef struct busker_ranked {
    uint32_t key;
    uint32_t frame;
} busker_ranked;

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, PASSES = 3, LANES_AT_ONCE = 16 };

struct busker_columns {
    const busker_kernels *kernels;
    size_t frames_max;
    size_t list_max;
    size_t planes_max;
    /// BUSKER_RANK_LANES rows of frames_max values each, first as they come and then sorted.
    float *values;
    uint16_t *ranks;
    /// A few rows of ranks, one bin each, before they are turned to lie by frame.
    uint16_t *rows;
    uint64_t *planes;
    uint32_t *offsets;
    uint64_t *candidates;
    busker_ranked *sort[2];
    uint32_t histogram[PASSES][DIGITS];
    _Alignas(64) uint64_t middle[16 * 4], from[16 * 4], next[16 * 4];
    _Alignas(64) uint16_t lower[BUSKER_RANK_LANES], upper[BUSKER_RANK_LANES];
};

static size_t planes_for(size_t frames)
{
    return frames < 2 ? 1 : 64 - (size_t)__builtin_clzl(frames - 1);
}

busker_status busker_columns_create(size_t frames_max, size_t list_max, busker_columns **handle)
{
    busker_columns *c = busker_alloc(1, sizeof *c);
    if (!c)
        return BUSKER_NO_MEMORY;
    c->kernels = busker_current_kernels();
    c->frames_max = frames_max;
    c->list_max = list_max;
    c->planes_max = planes_for(frames_max);
    c->values = busker_alloc(frames_max * BUSKER_RANK_LANES, sizeof *c->values);
    c->ranks = busker_alloc(frames_max * BUSKER_RANK_LANES, sizeof *c->ranks);
    c->rows = busker_alloc(frames_max * LANES_AT_ONCE, sizeof *c->rows);
    c->planes = busker_alloc(frames_max * c->planes_max * 4, sizeof *c->planes);
    c->offsets = busker_alloc(list_max + 8, sizeof *c->offsets);
    c->candidates = busker_alloc((list_max + 8) * 4, sizeof *c->candidates);
    c->sort[0] = busker_alloc(frames_max, sizeof *c->sort[0]);
    c->sort[1] = busker_alloc(frames_max, sizeof *c->sort[1]);
    if (!c->values || !c->ranks || !c->rows || !c->planes || !c->offsets || !c->candidates || !c->sort[0] ||
        !c->sort[1]) {
        busker_columns_destroy(c);
        return BUSKER_NO_MEMORY;
    }
    *handle = c;
    return BUSKER_OK;
}

void busker_columns_destroy(busker_columns *handle)
{
    if (!handle)
        return;
    busker_free(handle->values);
    busker_free(handle->ranks);
    busker_free(handle->rows);
    busker_free(handle->planes);
    busker_free(handle->offsets);
    busker_free(handle->candidates);
    busker_free(handle->sort[0]);
    busker_free(handle->sort[1]);
    busker_free(handle);
}

/// Copies `lanes` bins of the planar magnitudes, counted over all channels from `first`, into rows by bin.
static void load_rows(busker_columns *c, const float *magnitudes, size_t frames, size_t bins, size_t first, size_t lanes)
{
    const float *sources[LANES_AT_ONCE];
    for (size_t group = 0; group < lanes; group += LANES_AT_ONCE) {
        const size_t count = lanes - group < LANES_AT_ONCE ? lanes - group : LANES_AT_ONCE;
        float *out = c->values + group * c->frames_max;
        for (size_t i = 0; i < count; i++) {
            const size_t bin = first + group + i;
            sources[i] = magnitudes + bin / bins * frames * bins + bin % bins;
        }
        for (size_t t = 0; t < frames; t++)
            for (size_t i = 0; i < count; i++) {
                const float value = sources[i][t * bins];
                out[i * c->frames_max + t] = value > 0 ? value : 0;
            }
    }
}

/// Counts the digits of all passes at once, and turns the counts into places.
static void count_digits(busker_columns *c, const float *row, size_t frames)
{
    memset(c->histogram, 0, sizeof c->histogram);
    for (size_t t = 0; t < frames; t++) {
        uint32_t key;
        memcpy(&key, row + t, sizeof key);
        c->histogram[0][key & (DIGITS - 1)]++;
        c->histogram[1][key >> DIGIT_BITS & (DIGITS - 1)]++;
        c->histogram[2][key >> 2 * DIGIT_BITS]++;
    }
    for (size_t pass = 0; pass < PASSES; pass++) {
        uint32_t sum = 0;
        for (size_t digit = 0; digit < DIGITS; digit++) {
            const uint32_t count = c->histogram[pass][digit];
            c->histogram[pass][digit] = sum;
            sum += count;
        }
    }
}

/// Sorts a row of non-negative floats in place, stably by their bits, and writes every frame's rank.
static void sort_row(busker_columns *c, float *row, size_t frames, uint16_t *ranks)
{
    count_digits(c, row, frames);
    busker_ranked *one = c->sort[0], *two = c->sort[1];
    for (size_t t = 0; t < frames; t++) {
        uint32_t key;
        memcpy(&key, row + t, sizeof key);
        one[c->histogram[0][key & (DIGITS - 1)]++] = (busker_ranked){key, (uint32_t)t};
    }
    for (size_t i = 0; i < frames; i++)
        two[c->histogram[1][one[i].key >> DIGIT_BITS & (DIGITS - 1)]++] = one[i];
    for (size_t i = 0; i < frames; i++) {
        const uint32_t place = c->histogram[2][two[i].key >> 2 * DIGIT_BITS]++;
        memcpy(row + place, &two[i].key, sizeof two[i].key);
        ranks[two[i].frame] = (uint16_t)place;
    }
}

/// Sorts all rows of a tile and lays the ranks by frame.
static void rank_rows(busker_columns *c, size_t frames, size_t lanes)
{
    enum { BLOCK = 64 };
    for (size_t group = 0; group < lanes; group += LANES_AT_ONCE) {
        const size_t count = lanes - group < LANES_AT_ONCE ? lanes - group : LANES_AT_ONCE;
        for (size_t i = 0; i < count; i++)
            sort_row(c, c->values + (group + i) * c->frames_max, frames, c->rows + i * c->frames_max);
        for (size_t start = 0; start < frames; start += BLOCK) {
            const size_t end = start + BLOCK < frames ? start + BLOCK : frames;
            for (size_t i = 0; i < count; i++)
                for (size_t t = start; t < end; t++)
                    c->ranks[t * BUSKER_RANK_LANES + group + i] = c->rows[i * c->frames_max + t];
        }
    }
}

/// The medians of a tile over one list of frames.
static void select_list(busker_columns *c, size_t planes, const uint32_t *frames, size_t count, size_t lanes, float *out)
{
    for (size_t i = 0; i < count; i++)
        c->offsets[i] = frames[i] * (uint32_t)(planes * 4);
    for (size_t i = count; i % 8; i++)
        c->offsets[i] = c->offsets[0];
    c->kernels->rank_middle(c->planes, planes, c->offsets, count, c->candidates, c->middle, c->from);
    c->kernels->rank_unpack(c->middle, planes, c->lower);
    if (count % 2) {
        for (size_t lane = 0; lane < lanes; lane++)
            out[lane] = c->values[lane * c->frames_max + c->lower[lane]];
        return;
    }
    c->kernels->rank_next(c->planes, planes, c->offsets, count, c->candidates, c->middle, c->from, c->next);
    c->kernels->rank_unpack(c->next, planes, c->upper);
    for (size_t lane = 0; lane < lanes; lane++) {
        const float *sorted = c->values + lane * c->frames_max;
        out[lane] = 0.5f * (sorted[c->lower[lane]] + sorted[c->upper[lane]]);
    }
}

void busker_columns_median(busker_columns *handle, const float *magnitudes, size_t channels, size_t frames, size_t bins,
                           busker_lists lists, float *out)
{
    const size_t planes = planes_for(frames), all = channels * bins;
    float line[BUSKER_RANK_LANES];
    for (size_t first = 0; first < all; first += BUSKER_RANK_LANES) {
        const size_t lanes = all - first < BUSKER_RANK_LANES ? all - first : BUSKER_RANK_LANES;
        load_rows(handle, magnitudes, frames, bins, first, lanes);
        rank_rows(handle, frames, lanes);
        handle->kernels->rank_pack(handle->ranks, frames, planes, handle->planes);
        for (size_t i = 0; i < lists.count; i++) {
            const size_t start = lists.starts[i];
            select_list(handle, planes, lists.frames + start, lists.starts[i + 1] - start, lanes, line);
            // A tile may reach over the end of a channel.
            for (size_t done = 0; done < lanes;) {
                const size_t channel = (first + done) / bins, bin = (first + done) % bins;
                const size_t run = bins - bin < lanes - done ? bins - bin : lanes - done;
                memcpy(out + (channel * lists.count + i) * bins + bin, line + done, run * sizeof *line);
                done += run;
            }
        }
    }
}
