// Counts what a thread takes from the heap.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Whether counting works here: not under a sanitizer, which has a heap of its own, and not without glibc.
bool allocation_count_works(void);

/// How many blocks this thread has taken, changed or given back since it began, also inside libraries.
uint64_t allocation_count(void);
