// What every part of the neural core shares: status codes and limits.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How a call of the neural core ended. Zero is success.
typedef enum busker_neural_status {
    BUSKER_NEURAL_OK = 0,
    /// The file cannot be opened, read or mapped.
    BUSKER_NEURAL_UNREADABLE = -1,
    /// The file is no well-formed safetensors file.
    BUSKER_NEURAL_MALFORMED = -2,
    /// The file is well-formed and does not hold the tensors of this architecture.
    BUSKER_NEURAL_MISFIT = -3,
    /// A setting or a length is out of its documented range.
    BUSKER_NEURAL_BAD_ARGUMENT = -4,
    /// The system has no more memory or threads.
    BUSKER_NEURAL_NO_MEMORY = -5,
} busker_neural_status;

enum {
    /// The most threads of one separation.
    BUSKER_NEURAL_THREADS_MAX = 64,
    /// Room for the words of a failure, with the zero at the end.
    BUSKER_NEURAL_WORDS = 192,
};

/// What is wrong with a file, in words; empty where nothing is.
typedef struct busker_neural_fault {
    char words[BUSKER_NEURAL_WORDS];
} busker_neural_fault;

#ifdef __cplusplus
}
#endif
