// How transforms are planned, and how that knowledge is kept.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How much time may go into choosing the fastest transform of a size.
typedef enum busker_planning {
    /// Choose by rule: no time at all, the same choice in every process.
    BUSKER_PLANNING_ESTIMATE = 0,
    /// Try them out: up to about a second for each new size, and last bits that may differ between two processes.
    BUSKER_PLANNING_MEASURE = 1,
} busker_planning;

/// Reads what an earlier process measured, so that measured planning takes no time.
///
/// `path` names a file made by `busker_wisdom_export`. Call it before the first `create`.
/// Returns BUSKER_LIBRARY_FAILED when the file is missing, foreign or made by another build of FFTW.
busker_status busker_wisdom_import(const char *path) BUSKER_MUST_USE;

/// Writes what this process has measured so far into the file `path`.
///
/// Returns BUSKER_LIBRARY_FAILED when the file cannot be written.
busker_status busker_wisdom_export(const char *path) BUSKER_MUST_USE;

/// The planner of FFTW is not thread-safe: every plan is made and ended between these two, here and in other cores.
void busker_planner_lock(void);
void busker_planner_unlock(void);

#ifdef __cplusplus
}
#endif
