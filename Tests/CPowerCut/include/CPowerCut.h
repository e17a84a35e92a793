// A disk under SQLite whose power can be cut.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// A folder whose files lose what was not synced when the power is cut.
typedef struct power_disk power_disk;

/// What becomes of a write that was not synced when the power went.
typedef enum {
    /// It is gone.
    POWER_DROP = 0,
    /// It is there, or gone, or only its first sectors of 512 bytes are there; chance decides for each.
    POWER_TEAR = 1,
    /// It is there, as when only the process dies.
    POWER_KEEP = 2,
} power_fate;

/// The name under which the file layer is registered with SQLite; NULL when that failed.
const char *power_layer(void);

/// Begins to watch a folder, given without a slash at its end; NULL without memory or a file layer.
power_disk *power_open(const char *folder);

/// Cuts the power after so many more writes, truncations and syncs; zero is at once, below zero never.
///
/// What comes after fails as a disk does that has gone.
void power_cut_after(power_disk *disk, int64_t operations);

/// Lets the next syncs fail, as many as given; what they should have synced stays unsynced.
void power_fail_syncs(power_disk *disk, int64_t count);

/// How many writes, truncations and syncs there were.
int64_t power_operations(power_disk *disk);

/// Whether the power has gone.
bool power_is_cut(power_disk *disk);

/// Writes what the disk holds after the cut into another folder, which exists; false when it could not.
bool power_restore(power_disk *disk, const char *folder, power_fate fate, uint64_t seed);

/// Stops watching; no database in the folder may be open.
void power_close(power_disk *disk);
