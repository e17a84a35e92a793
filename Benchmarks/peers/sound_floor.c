// The least that reading and drawing a sound file can cost: sound_floor decode|dat FILE RUNS [OUT.dat].
//
// decode: an sf_readf_float loop and nothing else. dat: an sf_readf_short loop with the smallest and largest channel sum of every 256
// frames, written as audiowaveform's 8-bit .dat version 1.
#include <sndfile.h>
#include <stdint.h>
#include <string.h>

#include "measure.h"

enum { SPAN = 256, BLOCK = SPAN * 64, CHANNELS_MAX = 8 };

static SNDFILE *opened(const char *path, SF_INFO *info)
{
    memset(info, 0, sizeof *info);
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (!file || info->channels > CHANNELS_MAX) measure_fail("the file cannot be used");
    return file;
}

static double decode(const char *path)
{
    static float block[BLOCK * CHANNELS_MAX];
    SF_INFO info;
    SNDFILE *file = opened(path, &info);
    sf_count_t total = 0, count;
    while ((count = sf_readf_float(file, block, BLOCK)) > 0)
        total += count;
    sf_close(file);
    return (double)total / info.samplerate;
}

// The division by two is monotone, so it is done once for each extreme.
static void extremes(const int16_t *frames, size_t count, int8_t *out)
{
    int low = INT32_MAX, high = INT32_MIN;
    for (size_t i = 0; i < count; i++) {
        const int sum = frames[2 * i] + frames[2 * i + 1];
        low = sum < low ? sum : low;
        high = sum > high ? sum : high;
    }
    out[0] = (int8_t)(low / 2 / 256);
    out[1] = (int8_t)(high / 2 / 256);
}

static double draw(const char *path, const char *target)
{
    static int16_t block[BLOCK * 2];
    SF_INFO info;
    SNDFILE *file = opened(path, &info);
    if (info.channels != 2) measure_fail("the dat floor needs stereo");
    const size_t spans = ((size_t)info.frames + SPAN - 1) / SPAN;
    int8_t *points = calloc(spans + 64, 2);
    size_t done = 0;
    sf_count_t count;
    while (points && (count = sf_readf_short(file, block, BLOCK)) > 0)
        for (size_t at = 0; at < (size_t)count && done < spans; at += SPAN)
            extremes(block + 2 * at, (size_t)count - at < SPAN ? (size_t)count - at : SPAN, points + 2 * done++);
    sf_close(file);
    const int32_t header[5] = {1, 1, info.samplerate, SPAN, (int32_t)done};
    FILE *out = fopen(target, "wb");
    if (!out || !points) measure_fail("the result cannot be written");
    fwrite(header, sizeof header[0], 5, out);
    fwrite(points, 2, done, out);
    fclose(out);
    free(points);
    return (double)info.frames / info.samplerate;
}

int main(int argc, char **argv)
{
    const int is_dat = argc == 5 && !strcmp(argv[1], "dat");
    if (!is_dat && !(argc == 4 && !strcmp(argv[1], "decode")))
        measure_fail("usage: sound_floor decode FILE RUNS | dat FILE RUNS OUT.dat");
    static measure m;
    double seconds = 0;
    for (int i = measure_runs(argv[3]); i >= 0; i--) {
        measure_begin(&m);
        seconds = is_dat ? draw(argv[2], argv[4]) : decode(argv[2]);
        if (i < measure_runs(argv[3])) measure_end(&m);  // the first turn only warms the file up
    }
    measure_print(&m, is_dat ? "dat floor" : "bare decode", seconds, sf_version_string());
    return 0;
}
