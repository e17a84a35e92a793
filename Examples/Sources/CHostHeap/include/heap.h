// How the heap of a server with many threads behaves.
#pragma once

/// Keeps few arenas and gives large pieces back to the system at once; does nothing where the C library is not glibc.
void host_heap_tune(void);
