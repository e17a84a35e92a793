// What the parts of the neural core share: memory, the pool, products of matrices, loops.
#pragma once

#include <string.h>

#include "busker_neural_base.h"
#include "busker_plans.h"
#include "loops.h"

/// Zeroed memory on a 64-byte boundary, or NULL for too much of it.
void *neural_alloc(size_t count, size_t size);
void neural_free(void *block);

/// Moves `count` things into memory for `room` of them; NULL, and the old block still there, for too much of it.
void *neural_grow(void *block, size_t count, size_t room, size_t size);

/// Whether all of `count` floats are finite numbers.
bool neural_is_finite(const float *floats, size_t count);

/// Memory planned in two passes over the same requests: the first counts, the second hands out.
typedef struct neural_arena {
    char *base;
    size_t used;
    bool overflowed;
} neural_arena;

/// The next `count` floats on a 64-byte boundary; NULL while counting.
float *neural_floats(neural_arena *arena, size_t count);

/// Threads that sleep until there is work.
typedef struct neural_pool neural_pool;
typedef void (*neural_task)(void *context, size_t task, size_t thread);

/// Makes a pool of `threads` threads, of which one is the caller's; fewer where the system gives no more. NULL: no memory.
neural_pool *neural_pool_create(size_t threads);
void neural_pool_destroy(neural_pool *pool);
/// Runs tasks 0 ..< count and returns when all are done. Which thread takes which must not matter.
void neural_pool_run(neural_pool *pool, neural_task run, void *context, size_t count);

/// A matrix of `rows` x `columns` in panels of `mr` rows, with a value for each row that is added to a product.
typedef struct neural_matrix {
    float *panels;
    float *bias;
    size_t rows, columns;
} neural_matrix;

/// Where the right side of a product comes from: element (k, n) is rows[k][n * step], or base[n * pitch + k].
typedef struct neural_source {
    const float *const *rows;
    size_t step;
    const float *base;
    size_t pitch;
} neural_source;

enum {
    /// Rows of the right side that are packed at once.
    NEURAL_DEPTH = 256,
    /// Columns of the right side that are packed at once.
    NEURAL_WIDTH = 512,
    /// Floats of a thread's room for packing.
    NEURAL_PACKING = NEURAL_DEPTH * NEURAL_WIDTH,
};

/// Floats of a matrix's panels and its bias.
size_t neural_panel_floats(const neural_loops *loops, size_t rows, size_t columns);
size_t neural_bias_floats(const neural_loops *loops, size_t rows);

/// Packs row-major values, `pitch` floats from row to row, into the panels of a matrix.
void neural_pack(const neural_loops *loops, const neural_matrix *matrix, const float *values, size_t pitch);

/// out[m][n] = bias[m] + sum over k of matrix[m][k] * source(k, first + n), for n in 0 ..< count.
///
/// `room` holds NEURAL_PACKING floats. The order of the sums does not depend on first or count.
void neural_product(const neural_loops *loops, const neural_matrix *matrix, const neural_source *source, size_t first,
                    size_t count, float *out, size_t pitch, float *room);

/// out[c][r] = in[r][c].
void neural_transpose(const float *in, size_t in_pitch, size_t rows, size_t columns, float *out, size_t out_pitch);
