// The transformer of HTDemucs. Tokens are columns: [channel][token], those of the spectrogram bin after bin.
#include <math.h>

#include "htdemucs.h"

static size_t tasks_of(const busker_htdemucs_session *s, size_t branch)
{
    return demucs_parts(s->tokens[branch].count, DEMUCS_TOKENS);
}

/// Turns the number of a task on both branches' tokens into the branch and the first token.
static demucs_tokens *find_tokens(busker_htdemucs_session *s, size_t task, size_t *branch, size_t *first, size_t *count)
{
    *branch = task >= tasks_of(s, 0);
    *first = (*branch ? task - tasks_of(s, 0) : task) * DEMUCS_TOKENS;
    *count = demucs_smaller(DEMUCS_TOKENS, s->tokens[*branch].count - *first);
    return &s->tokens[*branch];
}

/// The product of a matrix with `count` columns of rows that are `pitch` apart.
static void multiply(const busker_htdemucs_session *s, const demucs_seat *seat, const neural_matrix *matrix,
                     const float *in, size_t pitch, size_t count, float *out, size_t out_pitch)
{
    for (size_t k = 0; k < matrix->columns; k++)
        seat->rows[k] = in + k * pitch;
    const neural_source source = {.rows = seat->rows, .step = 1};
    neural_product(s->net->loops, matrix, &source, 0, count, out, out_pitch, seat->packing);
}

/// The tokens of a bin, or of the waveform (bin BINS): brought to the width of the transformer, normed, placed.
static void enter_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const size_t bins = demucs_bins(DEMUCS_DEPTH), width = net->width, inner = net->channels << (DEMUCS_DEPTH - 1);
    const size_t branch = task >= bins, count = s->frames, deepest = DEMUCS_DEPTH - 1;
    const demucs_tower *tower = &net->towers[branch];
    const size_t length = branch ? s->tokens[1].count : count, pitch = s->tokens[branch].count;
    const float *in = branch ? demucs_wave_row(s, s->kept_wave[deepest], DEMUCS_DEPTH, 0)
                             : demucs_row(s, s->kept[deepest], inner, task, 0);
    const size_t in_pitch = branch ? s->pitches[DEMUCS_DEPTH] : s->pitch;
    float *x = s->tokens[branch].x + (branch ? 0 : task * count);
    if (net->resamples)
        multiply(s, &s->seats[thread], &tower->up, in, in_pitch, length, x, pitch);
    else
        for (size_t c = 0; c < inner; c++)
            memcpy(x + c * pitch, in + c * in_pitch, length * sizeof *x);
    net->loops->layer_norm(x, pitch, width, length, tower->norm_in.weight, tower->norm_in.bias, x, pitch);
    for (size_t c = 0; c < width; c++)
        if (branch)
            net->loops->add(s->time_positions + c * length, 1, x + c * pitch, length);
        else if (c < width / 2)
            net->loops->add(s->frame_positions + c * length, 1, x + c * pitch, length);
        else
            net->loops->affine(x + c * pitch, 1, s->bin_positions[(c - width / 2) * bins + task], length);
}

void demucs_enter(busker_htdemucs_session *s)
{
    neural_pool_run(s->pool, enter_task, s, demucs_bins(DEMUCS_DEPTH) + 1);
}

/// Queries of a branch's tokens, and keys and values for whoever asks them.
static void project_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const demucs_seat *seat = &s->seats[thread];
    size_t branch, first, count;
    demucs_tokens *tokens = find_tokens(s, task, &branch, &first, &count);
    const size_t pitch = tokens->count, width = net->width;
    const bool crosses = s->layer % 2;
    const demucs_layer *own = &net->towers[branch].layers[s->layer];
    // In a cross layer the other branch's layer asks these tokens.
    const demucs_layer *asker = &net->towers[crosses ? 1 - branch : branch].layers[s->layer];
    const float *x = tokens->x + first;
    net->loops->layer_norm(x, pitch, width, count, own->query_norm.weight, own->query_norm.bias, seat->normed, count);
    multiply(s, seat, &own->query, seat->normed, count, count, tokens->query + first, pitch);
    net->loops->layer_norm(x, pitch, width, count, asker->key_norm.weight, asker->key_norm.bias, seat->normed, count);
    multiply(s, seat, &asker->key_value, seat->normed, count, count, tokens->key_value + first, pitch);
}

static size_t rounded(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

/// Packs keys and values of one head of a branch as left sides of products.
static void pack_task(void *context, size_t task, size_t thread)
{
    (void)thread;
    busker_htdemucs_session *s = context;
    const neural_loops *loops = s->net->loops;
    const size_t heads = s->net->heads, head = task % heads, size = s->net->width / heads;
    demucs_tokens *tokens = &s->tokens[task / heads];
    const float *keys = tokens->key_value + head * size * tokens->count;
    const float *values = keys + s->net->width * tokens->count;
    float *to = tokens->keys + head * rounded(tokens->count, loops->mr) * size;
    for (size_t token = 0; token < tokens->count; token += loops->mr) {
        const size_t n = demucs_smaller(loops->mr, tokens->count - token);
        for (size_t d = 0; d < size; d++, to += loops->mr) {
            memcpy(to, keys + d * tokens->count + token, n * sizeof *to);
            memset(to + n, 0, (loops->mr - n) * sizeof *to);
        }
    }
    const neural_matrix matrix = {.panels = tokens->values + head * rounded(size, loops->mr) * tokens->count,
                                  .rows = size,
                                  .columns = tokens->count};
    neural_pack(loops, &matrix, values, tokens->count);
}

/// One panel of queries of one head: all scores, their softmax, and the values by it, in the place of the queries.
static void attend_panel(busker_htdemucs_session *s, const demucs_seat *seat, size_t branch, size_t head, size_t first)
{
    const neural_loops *loops = s->net->loops;
    const size_t size = s->net->width / s->net->heads, nr = loops->nr, mr = loops->mr;
    const demucs_tokens *asked = &s->tokens[s->layer % 2 ? 1 - branch : branch], *asking = &s->tokens[branch];
    const size_t n = demucs_smaller(nr, asking->count - first);
    float *queries = asking->query + head * size * asking->count + first, *scores = seat->wide;
    const float *keys = asked->keys + head * rounded(asked->count, mr) * size;
    const float *values = asked->values + head * rounded(size, mr) * asked->count;
    float reciprocals[64], part[64 * 64];
    memset(seat->packing, 0, size * nr * sizeof *scores);
    for (size_t d = 0; d < size; d++)
        memcpy(seat->packing + d * nr, queries + d * asking->count, n * sizeof *scores);
    for (size_t token = 0; token < asked->count; token += mr)
        loops->tile(keys + token * size, seat->packing, size, scores + token * nr, nr,
                    demucs_smaller(mr, asked->count - token), nr, s->zeros, true);
    loops->softmax(scores, asked->count, reciprocals);
    for (size_t d = 0; d < size; d += mr) {
        for (size_t token = 0; token < asked->count; token += NEURAL_DEPTH)
            loops->tile(values + d * asked->count + token * mr, scores + token * nr,
                        demucs_smaller(NEURAL_DEPTH, asked->count - token), part, nr, mr, nr, s->zeros, token == 0);
        for (size_t i = 0; i < mr && d + i < size; i++)
            for (size_t j = 0; j < n; j++)
                queries[(d + i) * asking->count + j] = part[i * nr + j] * reciprocals[j];
    }
}

static void attend_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const size_t nr = s->net->loops->nr, panels[2] = {demucs_parts(s->tokens[0].count, nr),
                                                      demucs_parts(s->tokens[1].count, nr)};
    // Panels of a head follow each other, so that its keys and values stay in a cache.
    const size_t branch = task >= panels[0] * s->net->heads;
    const size_t own = branch ? task - panels[0] * s->net->heads : task;
    attend_panel(s, &s->seats[thread], branch, own / panels[branch], own % panels[branch] * nr);
}

/// What follows the attention, token by token: its projection, and the forward part.
static void forward_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const demucs_seat *seat = &s->seats[thread];
    size_t branch, first, count;
    demucs_tokens *tokens = find_tokens(s, task, &branch, &first, &count);
    const demucs_layer *layer = &net->towers[branch].layers[s->layer];
    const size_t pitch = tokens->count, width = net->width;
    float *x = tokens->x + first;
    multiply(s, seat, &layer->attended, tokens->query + first, pitch, count, seat->normed, count);
    for (size_t c = 0; c < width; c++)
        net->loops->add(seat->normed + c * count, 1, x + c * pitch, count);
    net->loops->layer_norm(
        x, pitch, width, count, layer->forward_norm.weight, layer->forward_norm.bias, seat->normed, count);
    multiply(s, seat, &layer->widen, seat->normed, count, count, seat->wide, count);
    net->loops->gelu(seat->wide, net->forward * count);
    multiply(s, seat, &layer->narrow, seat->wide, count, count, seat->normed, count);
    double *sums = s->sums + 2 * task;
    sums[0] = sums[1] = 0;
    for (size_t c = 0; c < width; c++) {
        net->loops->add(seat->normed + c * count, 1, x + c * pitch, count);
        net->loops->moments(x + c * pitch, count, sums);
    }
}

/// The norm over all tokens and channels of a branch, of one channel.
static void norm_task(void *context, size_t task, size_t thread)
{
    (void)thread;
    busker_htdemucs_session *s = context;
    const size_t branch = task >= s->net->width, channel = branch ? task - s->net->width : task;
    const demucs_tokens *tokens = &s->tokens[branch];
    const demucs_norm *norm = &s->net->towers[branch].layers[s->layer].out_norm;
    const demucs_level level = branch ? s->level : s->spectrum_norm;
    const double scale = norm->weight[channel] * level.scale;
    s->net->loops->affine(tokens->x + channel * tokens->count, (float)scale,
                          (float)(norm->bias[channel] - level.mean * scale), tokens->count);
}

void demucs_attend(busker_htdemucs_session *s, size_t layer)
{
    const size_t nr = s->net->loops->nr, heads = s->net->heads, tasks = tasks_of(s, 0) + tasks_of(s, 1);
    const size_t panels = demucs_parts(s->tokens[0].count, nr) + demucs_parts(s->tokens[1].count, nr);
    s->layer = layer;
    neural_pool_run(s->pool, project_task, s, tasks);
    neural_pool_run(s->pool, pack_task, s, 2 * heads);
    neural_pool_run(s->pool, attend_task, s, panels * heads);
    neural_pool_run(s->pool, forward_task, s, tasks);
    double sums[2][2] = {{0}};
    for (size_t task = 0; task < tasks; task++)
        for (size_t i = 0; i < 2; i++)
            sums[task >= tasks_of(s, 0)][i] += s->sums[2 * task + i];
    s->spectrum_norm = demucs_norm_level(sums[0], (double)(s->net->width * s->tokens[0].count));
    s->level = demucs_norm_level(sums[1], (double)(s->net->width * s->tokens[1].count));
    neural_pool_run(s->pool, norm_task, s, 2 * s->net->width);
}

/// Back to the width of the decoders, added to what the encoders kept.
static void leave_task(void *context, size_t task, size_t thread)
{
    busker_htdemucs_session *s = context;
    const busker_htdemucs *net = s->net;
    const size_t bins = demucs_bins(DEMUCS_DEPTH), inner = net->channels << (DEMUCS_DEPTH - 1);
    const size_t branch = task >= bins, deepest = DEMUCS_DEPTH - 1, count = branch ? s->tokens[1].count : s->frames;
    const demucs_seat *seat = &s->seats[thread];
    const float *x = s->tokens[branch].x + (branch ? 0 : task * count);
    const size_t pitch = s->tokens[branch].count, to_pitch = branch ? s->pitches[DEMUCS_DEPTH] : s->pitch;
    float *to = branch ? demucs_wave_row(s, s->kept_wave[deepest], DEMUCS_DEPTH, 0)
                       : demucs_row(s, s->kept[deepest], inner, task, 0);
    for (size_t first = 0; first < count; first += DEMUCS_CHUNK) {
        const size_t n = demucs_smaller(DEMUCS_CHUNK, count - first);
        if (net->resamples)
            multiply(s, seat, &net->towers[branch].down, x + first, pitch, n, seat->wide, n);
        for (size_t c = 0; c < inner; c++)
            net->loops->add(net->resamples ? seat->wide + c * n : x + c * pitch + first, 1, to + c * to_pitch + first, n);
    }
}

void demucs_leave(busker_htdemucs_session *s)
{
    neural_pool_run(s->pool, leave_task, s, demucs_bins(DEMUCS_DEPTH) + 1);
}
