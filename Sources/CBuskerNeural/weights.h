// What the reader of weights keeps of a file, and how models take tensors out of it.
#pragma once

#include "busker_weights.h"

typedef struct weights_tensor {
    char *name;
    uint64_t begin, end;
    size_t shape[BUSKER_WEIGHTS_RANK_MAX];
    size_t rank, values, width;
    busker_weights_type type;
} weights_tensor;

typedef struct weights_pair {
    char *key, *value;
} weights_pair;

struct busker_weights {
    const unsigned char *bytes;
    size_t size;
    const unsigned char *data;
    size_t data_size;
    weights_tensor *tensors;
    size_t count, room;
    weights_pair *metadata;
    size_t pairs, pairs_room;
};

/// Says what is wrong, once: later words do not replace the first.
__attribute__((format(printf, 2, 3))) void weights_blame(busker_neural_fault *fault, const char *format, ...);

/// Reads the header's JSON into the file's table of tensors.
busker_neural_status weights_parse(busker_weights *weights, const char *text, size_t size, busker_neural_fault *fault);

/// Whether a file has about as many values as a model that needs so many bytes: shapes may claim more than is there.
bool weights_suffice(const busker_weights *weights, size_t bytes, busker_neural_fault *fault);

/// Whether what a model made of a file's values are finite numbers; they may be too large for that.
bool weights_are_sound(const void *memory, size_t bytes, busker_neural_fault *fault);

/// Takes tensors of one model; after a failure nothing more is read.
typedef struct weights_taker {
    const busker_weights *weights;
    busker_neural_fault *fault;
    busker_neural_status status;
    /// How many of the file's tensors were taken.
    size_t taken;
} weights_taker;

/// Copies a tensor of exactly this shape, ended by 0; false after a failure.
bool weights_take(weights_taker *taker, const char *name, float *out, size_t count, const size_t *shape, size_t rank);
