// Weights in a safetensors file, mapped and checked.
//
// The format: 8 bytes of length, little-endian; so many bytes of JSON that name every tensor with its type, shape and
// place; then the values. What is read here is a strict subset: no tensor overlaps another and no byte is left over.
#pragma once

#include "busker_neural_base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /// The most bytes of a header.
    BUSKER_WEIGHTS_HEADER_MAX = 8 << 20,
    /// The most tensors of a file.
    BUSKER_WEIGHTS_TENSORS_MAX = 8192,
    /// The most dimensions of a tensor.
    BUSKER_WEIGHTS_RANK_MAX = 8,
    /// The most bytes of a name.
    BUSKER_WEIGHTS_NAME_MAX = 255,
};

/// How values are stored; only the three kinds of floats can be read as weights.
typedef enum busker_weights_type {
    BUSKER_WEIGHTS_F32 = 0,
    BUSKER_WEIGHTS_F16 = 1,
    BUSKER_WEIGHTS_BF16 = 2,
    BUSKER_WEIGHTS_OTHER = 3,
} busker_weights_type;

/// A mapped file.
typedef struct busker_weights busker_weights;

/// Maps a file and checks its whole header; `fault` says in words what is wrong.
///
/// The file must not be shortened while it is mapped. Returns BUSKER_NEURAL_UNREADABLE, _MALFORMED or _NO_MEMORY.
busker_neural_status busker_weights_open(const char *path, busker_weights **out,
                                         busker_neural_fault *fault) BUSKER_MUST_USE;
void busker_weights_close(busker_weights *weights);

/// How many tensors the file holds.
size_t busker_weights_count(const busker_weights *weights);

/// The name of tensor `index`, or an empty text.
const char *busker_weights_name(const busker_weights *weights, size_t index);

/// The place of the tensor of a name, or -1.
ptrdiff_t busker_weights_find(const busker_weights *weights, const char *name);

/// The dimensions of a tensor, and each of them; 0 outside.
size_t busker_weights_rank(const busker_weights *weights, size_t index);
size_t busker_weights_dimension(const busker_weights *weights, size_t index, size_t at);

/// How many values a tensor has, and their type.
size_t busker_weights_values(const busker_weights *weights, size_t index);
busker_weights_type busker_weights_kind(const busker_weights *weights, size_t index);

/// Copies all values of a tensor as floats.
///
/// Returns BUSKER_NEURAL_MISFIT for a type that is no float or a value that is no finite number,
/// BUSKER_NEURAL_BAD_ARGUMENT for a wrong length.
busker_neural_status busker_weights_read(const busker_weights *weights, size_t index, float *out,
                                         size_t count) BUSKER_MUST_USE;

/// The text the file's metadata has for a key, or NULL.
const char *busker_weights_metadata(const busker_weights *weights, const char *key);

#ifdef __cplusplus
}
#endif
