// What a server with many threads and connections asks of its process.
#pragma once

/// Keeps few arenas and gives large pieces back to the system at once; does nothing where the C library is not glibc.
void host_heap_tune(void);

/// Lets the process open as many files and connections as its hard limit allows; a login shell gives it 1,024.
///
/// Returns how many that are, or -1 when the limit is not known.
long host_files_allow(void);
