// Memory of the neural core: blocks, and plans of one block for many buffers.
#include <stdlib.h>

#include "neural.h"

void *neural_alloc(size_t count, size_t size)
{
    size_t bytes;
    void *block = NULL;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = bytes ? (bytes + 63) / 64 * 64 : 64;
    if (posix_memalign(&block, 64, bytes))
        return NULL;
    return memset(block, 0, bytes);
}

void neural_free(void *block)
{
    free(block);
}

void *neural_grow(void *block, size_t count, size_t room, size_t size)
{
    char *larger = neural_alloc(room, size);
    if (larger && block)
        memcpy(larger, block, count * size);
    if (larger)
        free(block);
    return larger;
}

float *neural_floats(neural_arena *arena, size_t count)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, sizeof(float), &bytes) || bytes > SIZE_MAX / 4 || arena->used > SIZE_MAX / 4) {
        arena->overflowed = true;
        return NULL;
    }
    float *floats = arena->base ? (float *)(void *)(arena->base + arena->used) : NULL;
    arena->used += (bytes + 63) / 64 * 64;
    return floats;
}

bool neural_is_finite(const float *floats, size_t count)
{
    // Whatever is multiplied by zero becomes zero, unless it is infinite or no number.
    float sums[16] = {0};
    for (size_t i = 0; i + 16 <= count; i += 16)
        for (size_t k = 0; k < 16; k++)
            sums[k] += floats[i + k] * 0;
    for (size_t i = count / 16 * 16; i < count; i++)
        sums[0] += floats[i] * 0;
    float sum = 0;
    for (size_t k = 0; k < 16; k++)
        sum += sums[k];
    return sum == 0;
}
