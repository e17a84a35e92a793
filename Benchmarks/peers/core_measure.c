// Measures operations of the signal core that the Swift API does not offer one by one: core_measure OPERATION WAV RUNS [KEY=VALUE...].
//
// Operations: stft (there and back through a stored spectrum), fused (there and back in one pass), hpss (masks from medians of 31
// frames and bins, both parts rebuilt), repet (nearest frames, medians, two soft masks, both parts rebuilt). Transforms are 2048/512
// at the default planning; handles and buffers are made once. Keys: isa=baseline|avx2|avx512, seconds=N.
#include <math.h>
#include <sndfile.h>
#include <string.h>

#include "busker_hpss.h"
#include "busker_similarity.h"
#include "busker_spectrum.h"
#include "busker_stft.h"
#include "measure.h"

enum { SIZE = 2048, HOP = 512, BINS = SIZE / 2 + 1, WIDTH = 31, CHANNELS_MAX = 2 };

typedef struct bench {
    size_t channels, count, frames, bins;
    int rate;
    float *audio, *out[2], *spectrum, *magnitude, *mask[2];
    busker_stft *stft;
    busker_hpss *hpss;
    busker_similarity *similarity;
} bench;

static void need(busker_status status)
{
    if (status != BUSKER_OK) measure_fail(busker_status_text(status));
}

static float *floats(size_t count)
{
    float *memory = calloc(count, sizeof(float));
    if (!memory) measure_fail("not enough memory");
    return memory;
}

static void load(bench *b, const char *path, double seconds)
{
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file || info.channels > CHANNELS_MAX) measure_fail("the file cannot be used");
    b->channels = (size_t)info.channels;
    b->rate = info.samplerate;
    b->count = (size_t)info.frames;
    if (seconds > 0 && seconds * info.samplerate < (double)b->count) b->count = (size_t)(seconds * info.samplerate);
    float *interleaved = floats(b->count * b->channels);
    if ((size_t)sf_readf_float(file, interleaved, (sf_count_t)b->count) != b->count) measure_fail("the file is short");
    sf_close(file);
    b->audio = floats(b->count * b->channels);
    for (size_t i = 0; i < b->count * b->channels; i++)
        b->audio[i % b->channels * b->count + i / b->channels] = interleaved[i];
    free(interleaved);
}

static void make_buffers(bench *b)
{
    const busker_stft_config config = {.fft_size = SIZE, .hop = HOP, .window = BUSKER_WINDOW_HANN};
    need(busker_stft_create(&config, &b->stft));
    b->frames = busker_stft_frames(b->stft, b->count);
    b->bins = b->frames * BINS;
    b->spectrum = floats(b->channels * b->bins * 2);
    b->magnitude = floats(b->channels * b->bins);
    for (int part = 0; part < 2; part++) {
        b->out[part] = floats(b->channels * b->count);
        b->mask[part] = floats(b->channels * b->bins);
    }
}

static void make_handles(bench *b)
{
    const busker_hpss_config hpss = {.bins = BINS, .width_time = WIDTH, .width_frequency = WIDTH, .power = 2,
                                     .margin_harmonic = 1, .margin_percussive = 1};
    need(busker_hpss_create(&hpss, &b->hpss));
    // The numbers of librosa's recipe: two seconds apart, 2 * ceil(sqrt(frames that are far enough)) neighbours.
    const size_t apart = (size_t)(2.0 * b->rate / HOP);
    const double far = (double)b->frames - 2 * (double)apart + 1;
    const busker_similarity_config similarity = {
        .bins = BINS, .frames_max = b->frames, .neighbours_max = 2 * (size_t)ceil(sqrt(far > 1 ? far : 1)), .distance = apart,
        .threshold = 0, .mode = BUSKER_SIMILARITY_NEAREST};
    need(busker_similarity_create(&similarity, &b->similarity));
}

static void analyse(bench *b)
{
    for (size_t channel = 0; channel < b->channels; channel++)
        need(busker_stft_analyse(b->stft, b->audio + channel * b->count, b->count, b->spectrum + channel * b->bins * 2,
                                 b->bins * 2));
}

static void levels(bench *b)
{
    need(busker_magnitude(b->spectrum, b->channels * b->bins * 2, b->magnitude, b->channels * b->bins));
}

static void rebuild(bench *b, int part)
{
    for (size_t channel = 0; channel < b->channels; channel++)
        need(busker_stft_synthesise_masked(b->stft, b->spectrum + channel * b->bins * 2, b->bins * 2,
                                           b->mask[part] + channel * b->bins, b->bins,
                                           b->out[part] + channel * b->count, b->count));
}

static void run_stft(bench *b)
{
    analyse(b);
    for (size_t channel = 0; channel < b->channels; channel++)
        need(busker_stft_synthesise(b->stft, b->spectrum + channel * b->bins * 2, b->bins * 2,
                                    b->out[0] + channel * b->count, b->count));
}

static void run_fused(bench *b)
{
    for (size_t channel = 0; channel < b->channels; channel++)
        need(busker_stft_filter(b->stft, b->audio + channel * b->count, b->count, NULL, 0,
                                b->out[0] + channel * b->count, b->count));
}

static void run_hpss(bench *b)
{
    analyse(b);
    levels(b);
    for (size_t channel = 0; channel < b->channels; channel++) {
        const size_t at = channel * b->bins;
        need(busker_hpss_masks(b->hpss, b->magnitude + at, b->bins, b->mask[0] + at, b->bins, b->mask[1] + at, b->bins));
    }
    rebuild(b, 0);
    rebuild(b, 1);
}

static void run_repet(bench *b)
{
    const size_t all = b->channels * b->bins;
    float *background = b->mask[0], *foreground = b->mask[1];
    analyse(b);
    levels(b);
    need(busker_similarity_find(b->similarity, b->magnitude, all, b->channels, b->frames));
    need(busker_similarity_median(b->similarity, b->magnitude, all, b->channels, background, all));
    for (size_t i = 0; i < all; i++) {
        const float whole = b->magnitude[i], repeated = background[i] < whole ? background[i] : whole, rest = whole - repeated;
        // librosa's margins are 2 and 10; share(x, m y) with power 2 is x^2 / (x^2 + m^2 y^2).
        const float x = repeated * repeated, y = rest * rest;
        background[i] = x > 0 ? x / (x + 4 * y) : 0;
        foreground[i] = y > 0 ? y / (y + 100 * x) : 0;
    }
    rebuild(b, 0);
    rebuild(b, 1);
}

static double round_trip(const bench *b, const float *out)
{
    double worst = 0;
    for (size_t i = 0; i < b->channels * b->count; i++)
        worst = fmax(worst, fabs((double)out[i] - (double)b->audio[i]));
    return worst;
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(bench *); } operations[] = {
        {"stft", run_stft}, {"fused", run_fused}, {"hpss", run_hpss}, {"repet", run_repet}};
    static measure m;
    void (*run)(bench *) = NULL;
    double seconds = 0;
    for (size_t i = 0; argc > 3 && i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(argv[1], operations[i].name)) run = operations[i].run;
    if (!run) measure_fail("usage: core_measure stft|fused|hpss|repet WAV RUNS [isa=NAME] [seconds=N]");
    for (int i = 4; i < argc; i++) {
        if (!strncmp(argv[i], "isa=", 4)) need(busker_use_instruction_set(argv[i] + 4));
        if (!strncmp(argv[i], "seconds=", 8)) seconds = atof(argv[i] + 8);
    }
    bench b = {0};
    load(&b, argv[2], seconds);
    make_buffers(&b);
    make_handles(&b);
    run(&b);
    for (int i = measure_runs(argv[3]); i > 0; i--) {
        measure_begin(&m);
        run(&b);
        measure_end(&m);
    }
    char note[96];
    const int whole = run == run_stft || run == run_fused;
    snprintf(note, sizeof note, whole ? "%s, largest error %.1e" : "%s", busker_instruction_set(), round_trip(&b, b.out[0]));
    measure_print(&m, argv[1], (double)b.count / b.rate, note);
    return 0;
}
