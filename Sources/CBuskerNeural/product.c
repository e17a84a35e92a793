// Products of matrices: panels of both sides in the caches, tiles in the registers.
#include "neural.h"

static size_t rounded(size_t count, size_t unit)
{
    return (count + unit - 1) / unit * unit;
}

size_t neural_panel_floats(const neural_loops *loops, size_t rows, size_t columns)
{
    return rounded(rows, loops->mr) * columns;
}

size_t neural_bias_floats(const neural_loops *loops, size_t rows)
{
    return rounded(rows, loops->mr);
}

void neural_pack(const neural_loops *loops, const neural_matrix *matrix, const float *values, size_t pitch)
{
    const size_t mr = loops->mr, k = matrix->columns;
    for (size_t row = 0; row < matrix->rows; row += mr) {
        float *panel = matrix->panels + row * k;
        const size_t rows = matrix->rows - row < mr ? matrix->rows - row : mr;
        neural_transpose(values + row * pitch, pitch, rows, k, panel, mr);
        for (size_t i = rows; i < mr; i++)
            for (size_t p = 0; p < k; p++)
                panel[p * mr + i] = 0;
    }
}

/// A panel of `nr` columns and `depth` rows of the right side, with zeros behind the last column.
static void pack_right(const neural_source *source, size_t depth_first, size_t depth, size_t first, size_t columns,
                       size_t nr, float *panel)
{
    if (source->base) {
        neural_transpose(source->base + first * source->pitch + depth_first, source->pitch, columns, depth, panel, nr);
    } else {
        for (size_t p = 0; p < depth; p++) {
            const float *row = source->rows[depth_first + p] + first * source->step;
            float *to = panel + p * nr;
            if (source->step == 1 && columns == 32)
                memcpy(to, row, 32 * sizeof *to);
            else if (source->step == 1)
                memcpy(to, row, columns * sizeof *to);
            else
                for (size_t j = 0; j < columns; j++)
                    to[j] = row[j * source->step];
        }
    }
    if (columns < nr)
        for (size_t p = 0; p < depth; p++)
            memset(panel + p * nr + columns, 0, (nr - columns) * sizeof *panel);
}

void neural_product(const neural_loops *loops, const neural_matrix *matrix, const neural_source *source, size_t first,
                    size_t count, float *out, size_t pitch, float *room)
{
    enum { ROWS_AT_ONCE = 576 };
    const size_t mr = loops->mr, nr = loops->nr, k = matrix->columns, m = matrix->rows;
    for (size_t left = 0; left < count; left += NEURAL_WIDTH) {
        const size_t width = count - left < NEURAL_WIDTH ? count - left : NEURAL_WIDTH;
        for (size_t top = 0; top < k; top += NEURAL_DEPTH) {
            const size_t depth = k - top < NEURAL_DEPTH ? k - top : NEURAL_DEPTH;
            for (size_t j = 0; j < width; j += nr)
                pack_right(source, top, depth, first + left + j, width - j < nr ? width - j : nr, nr, room + j * depth);
            for (size_t block = 0; block < m; block += ROWS_AT_ONCE) {
                const size_t end = m - block < ROWS_AT_ONCE ? m : block + ROWS_AT_ONCE;
                for (size_t j = 0; j < width; j += nr)
                    for (size_t i = block; i < end; i += mr)
                        loops->tile(matrix->panels + i * k + top * mr, room + j * depth, depth,
                                    out + i * pitch + left + j, pitch, m - i < mr ? m - i : mr,
                                    width - j < nr ? width - j : nr, matrix->bias + i, top == 0);
            }
        }
    }
}

typedef float four __attribute__((vector_size(16), aligned(4)));

/// Four rows of four, turned.
static inline void turn(const float *in, size_t in_pitch, float *out, size_t out_pitch)
{
    const four a = *(const four *)in, b = *(const four *)(in + in_pitch), c = *(const four *)(in + 2 * in_pitch),
               d = *(const four *)(in + 3 * in_pitch);
    const four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const four ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)out = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(four *)(out + out_pitch) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(four *)(out + 2 * out_pitch) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
    *(four *)(out + 3 * out_pitch) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

void neural_transpose(const float *in, size_t in_pitch, size_t rows, size_t columns, float *out, size_t out_pitch)
{
    const size_t whole = columns / 4 * 4;
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        for (size_t c = 0; c < whole; c += 4)
            turn(in + r * in_pitch + c, in_pitch, out + c * out_pitch + r, out_pitch);
        for (size_t c = whole; c < columns; c++)
            for (size_t i = 0; i < 4; i++)
                out[c * out_pitch + r + i] = in[(r + i) * in_pitch + c];
    }
    for (; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            out[c * out_pitch + r] = in[r * in_pitch + c];
}
