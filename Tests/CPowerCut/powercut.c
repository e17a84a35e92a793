// A file layer of SQLite that remembers what has been synced.
//
// Every file of a watched folder has an image: what the disk surely holds. Writes and truncations go to the real file and
// into a list; a sync moves the list into the image. Files of other folders pass through untouched.
#include "CPowerCut.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

/// A write or truncation that was not synced.
typedef struct pending {
    struct pending *next;
    bool truncates;
    int64_t offset;
    int64_t count;
    uint8_t bytes[];
} pending;

/// One file as the disk holds it.
typedef struct image {
    struct image *next;
    char *name;
    uint8_t *bytes;
    int64_t count;
    int64_t room;
    pending *first;
    pending *last;
} image;

struct power_disk {
    power_disk *next;
    char *folder;
    image *images;
    int64_t operations;
    int64_t cut_at;
    int64_t failing_syncs;
    bool is_cut;
};

/// A file that SQLite has opened.
typedef struct {
    sqlite3_file base;
    power_disk *disk;
    image *image;
    sqlite3_file *real;
} power_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static power_disk *disks;
static sqlite3_vfs *below;
static sqlite3_vfs layer;

static bool grow(image *file, int64_t count)
{
    if (count > file->room) {
        int64_t room = file->room ? file->room : 1 << 16;
        while (room < count)
            room *= 2;
        uint8_t *bytes = realloc(file->bytes, (size_t)room);
        if (!bytes)
            return false;
        file->bytes = bytes;
        file->room = room;
    }
    if (count > file->count)
        memset(file->bytes + file->count, 0, (size_t)(count - file->count));
    file->count = count;
    return true;
}

static bool apply(image *file, const pending *change, int64_t count)
{
    if (change->truncates)
        return grow(file, change->offset);
    int64_t end = change->offset + count;
    if (end > file->count && !grow(file, end))
        return false;
    memcpy(file->bytes + change->offset, change->bytes, (size_t)count);
    return true;
}

static void forget(image *file)
{
    while (file->first) {
        pending *next = file->first->next;
        free(file->first);
        file->first = next;
    }
    file->last = NULL;
}

static image *find(power_disk *disk, const char *name)
{
    for (image *file = disk->images; file; file = file->next)
        if (!strcmp(file->name, name))
            return file;
    return NULL;
}

/// What a file holds that was there before it was watched is on the disk.
static bool load(image *file, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return true;
    bool done = fseek(in, 0, SEEK_END) == 0;
    long count = done ? ftell(in) : -1;
    done = count >= 0 && fseek(in, 0, SEEK_SET) == 0 && grow(file, count)
        && (!count || fread(file->bytes, 1, (size_t)count, in) == (size_t)count);
    return fclose(in) == 0 && done;
}

static image *find_or_make(power_disk *disk, const char *name, const char *path)
{
    image *file = find(disk, name);
    if (file)
        return file;
    file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->name = strdup(name);
    if (!file->name || !load(file, path)) {
        free(file->bytes);
        free(file->name);
        free(file);
        return NULL;
    }
    file->next = disk->images;
    disk->images = file;
    return file;
}

/// The disk whose folder holds the path, and in `name` the rest of the path.
static power_disk *disk_of(const char *path, const char **name)
{
    for (power_disk *disk = disks; disk; disk = disk->next) {
        size_t count = strlen(disk->folder);
        if (!strncmp(path, disk->folder, count) && path[count] == '/') {
            *name = path + count + 1;
            return disk;
        }
    }
    return NULL;
}

/// Counts an operation; false when the power has gone before it.
static bool has_power(power_disk *disk)
{
    if (disk->is_cut || (disk->cut_at >= 0 && disk->operations >= disk->cut_at)) {
        disk->is_cut = true;
        return false;
    }
    disk->operations++;
    return true;
}

static int note(power_file *file, bool truncates, int64_t offset, const void *bytes, int64_t count)
{
    pthread_mutex_lock(&lock);
    int status = SQLITE_IOERR_WRITE;
    pending *change = has_power(file->disk) ? malloc(sizeof *change + (size_t)count) : NULL;
    if (change) {
        *change = (pending){ .truncates = truncates, .offset = offset, .count = count };
        if (count)
            memcpy(change->bytes, bytes, (size_t)count);
        if (file->image->last)
            file->image->last->next = change;
        else
            file->image->first = change;
        file->image->last = change;
        status = SQLITE_OK;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

#define REAL(file) (((power_file *)(file))->real)
#define PASS(call, ...) REAL(file)->pMethods->call(REAL(file), ##__VA_ARGS__)

static int file_close(sqlite3_file *file)
{
    int status = PASS(xClose);
    sqlite3_free(REAL(file));
    return status;
}

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset)
{
    return PASS(xRead, bytes, count, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset)
{
    power_file *own = (power_file *)file;
    int status = own->image ? note(own, false, offset, bytes, count) : SQLITE_OK;
    return status == SQLITE_OK ? PASS(xWrite, bytes, count, offset) : status;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 count)
{
    power_file *own = (power_file *)file;
    int status = own->image ? note(own, true, count, NULL, 0) : SQLITE_OK;
    return status == SQLITE_OK ? PASS(xTruncate, count) : status;
}

static int file_sync(sqlite3_file *file, int flags)
{
    power_file *own = (power_file *)file;
    if (!own->image)
        return PASS(xSync, flags);
    pthread_mutex_lock(&lock);
    bool done = has_power(own->disk);
    if (done && own->disk->failing_syncs > 0) {
        own->disk->failing_syncs--;
        done = false;
    }
    for (pending *change = own->image->first; done && change; change = change->next)
        done = apply(own->image, change, change->count);
    if (done)
        forget(own->image);
    pthread_mutex_unlock(&lock);
    return done ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *count)
{
    return PASS(xFileSize, count);
}

static int file_lock(sqlite3_file *file, int level)
{
    return PASS(xLock, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return PASS(xUnlock, level);
}

static int file_is_reserved(sqlite3_file *file, int *answer)
{
    return PASS(xCheckReservedLock, answer);
}

static int file_control(sqlite3_file *file, int what, void *argument)
{
    return PASS(xFileControl, what, argument);
}

static int file_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/// Promises nothing: writes are not atomic and may damage their neighbours in a sector.
static int file_promises(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static int file_map(sqlite3_file *file, int region, int size, int extend, void volatile **memory)
{
    return PASS(xShmMap, region, size, extend, memory);
}

static int file_map_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return PASS(xShmLock, offset, count, flags);
}

static void file_map_barrier(sqlite3_file *file)
{
    PASS(xShmBarrier);
}

static int file_unmap(sqlite3_file *file, int removes)
{
    return PASS(xShmUnmap, removes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_promises,
    .xShmMap = file_map,
    .xShmLock = file_map_lock,
    .xShmBarrier = file_map_barrier,
    .xShmUnmap = file_unmap,
};

static int layer_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags, int *used)
{
    (void)vfs;
    power_file *own = (power_file *)file;
    *own = (power_file){ .real = sqlite3_malloc(below->szOsFile) };
    if (!own->real)
        return SQLITE_NOMEM;
    memset(own->real, 0, (size_t)below->szOsFile);
    int watched = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    if (path && (flags & watched)) {
        const char *name = NULL;
        pthread_mutex_lock(&lock);
        own->disk = disk_of(path, &name);
        own->image = own->disk ? find_or_make(own->disk, name, path) : NULL;
        pthread_mutex_unlock(&lock);
    }
    int status = below->xOpen(below, path, own->real, flags, used);
    if (status == SQLITE_OK)
        own->base.pMethods = &methods;
    else
        sqlite3_free(own->real);
    return status;
}

/// A deletion is on the disk at once.
static int layer_delete(sqlite3_vfs *vfs, const char *path, int syncs)
{
    (void)vfs;
    const char *name = NULL;
    pthread_mutex_lock(&lock);
    power_disk *disk = disk_of(path, &name);
    image *file = disk ? find(disk, name) : NULL;
    bool allowed = !disk || has_power(disk);
    if (allowed && file) {
        forget(file);
        file->count = 0;
    }
    pthread_mutex_unlock(&lock);
    return allowed ? below->xDelete(below, path, syncs) : SQLITE_IOERR_DELETE;
}

static void make_layer(void)
{
    below = sqlite3_vfs_find(NULL);
    if (!below)
        return;
    layer = *below;
    layer.zName = "powercut";
    layer.szOsFile = sizeof(power_file);
    layer.pNext = NULL;
    layer.xOpen = layer_open;
    layer.xDelete = layer_delete;
    if (sqlite3_vfs_register(&layer, 0) != SQLITE_OK)
        layer.zName = NULL;
}

const char *power_layer(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_layer);
    return layer.zName;
}

power_disk *power_open(const char *folder)
{
    power_disk *disk = power_layer() ? calloc(1, sizeof *disk) : NULL;
    if (!disk)
        return NULL;
    disk->folder = strdup(folder);
    disk->cut_at = -1;
    if (!disk->folder) {
        free(disk);
        return NULL;
    }
    pthread_mutex_lock(&lock);
    disk->next = disks;
    disks = disk;
    pthread_mutex_unlock(&lock);
    return disk;
}

void power_cut_after(power_disk *disk, int64_t operations)
{
    pthread_mutex_lock(&lock);
    disk->cut_at = operations < 0 ? -1 : disk->operations + operations;
    disk->is_cut = operations == 0;
    pthread_mutex_unlock(&lock);
}

void power_fail_syncs(power_disk *disk, int64_t count)
{
    pthread_mutex_lock(&lock);
    disk->failing_syncs = count;
    pthread_mutex_unlock(&lock);
}

int64_t power_operations(power_disk *disk)
{
    pthread_mutex_lock(&lock);
    int64_t operations = disk->operations;
    pthread_mutex_unlock(&lock);
    return operations;
}

bool power_is_cut(power_disk *disk)
{
    pthread_mutex_lock(&lock);
    bool is_cut = disk->is_cut;
    pthread_mutex_unlock(&lock);
    return is_cut;
}

/// The next of a sequence of random numbers (SplitMix64).
static uint64_t chance(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/// How many bytes of a write survive; below zero when nothing of it does.
static int64_t survivors(const pending *change, power_fate fate, uint64_t *state)
{
    uint64_t draw = chance(state);
    if (fate == POWER_KEEP)
        return change->count;
    if (fate == POWER_DROP || draw % 2)
        return -1;
    if (change->truncates || change->count < SECTOR || draw / 2 % 3)
        return change->count;
    int64_t sectors = (change->count + SECTOR - 1) / SECTOR;
    return (int64_t)(chance(state) % (uint64_t)sectors) * SECTOR;
}

static bool save(image *file, const char *folder)
{
    size_t room = strlen(folder) + strlen(file->name) + 2;
    char *path = malloc(room);
    if (!path)
        return false;
    snprintf(path, room, "%s/%s", folder, file->name);
    FILE *out = fopen(path, "wb");
    free(path);
    if (!out)
        return false;
    size_t count = (size_t)file->count;
    bool written = !count || fwrite(file->bytes, 1, count, out) == count;
    return fclose(out) == 0 && written;
}

bool power_restore(power_disk *disk, const char *folder, power_fate fate, uint64_t seed)
{
    pthread_mutex_lock(&lock);
    bool done = true;
    for (image *file = disk->images; file; file = file->next) {
        for (pending *change = file->first; change; change = change->next) {
            int64_t count = survivors(change, fate, &seed);
            if (count >= 0)
                done = apply(file, change, count) && done;
        }
        forget(file);
        done = save(file, folder) && done;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

void power_close(power_disk *disk)
{
    pthread_mutex_lock(&lock);
    for (power_disk **at = &disks; *at; at = &(*at)->next) {
        if (*at != disk)
            continue;
        *at = disk->next;
        break;
    }
    pthread_mutex_unlock(&lock);
    while (disk->images) {
        image *next = disk->images->next;
        forget(disk->images);
        free(disk->images->bytes);
        free(disk->images->name);
        free(disk->images);
        disk->images = next;
    }
    free(disk->folder);
    free(disk);
}
