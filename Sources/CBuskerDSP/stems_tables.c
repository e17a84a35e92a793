// What frequency alone says for each stem.
#include "stems_tables.h"

#include <math.h>

#include "fusion_weights.h"

static float base(const busker_fusion_weights *w, double hertz)
{
    const double audible = fmax(hertz, 20);
    const double octaves = log2(audible / 800), above = log2(audible / 100);
    const double high = fmin(fmax(log2(audible / 3000), 0), 2);
    return (float)(w->constant + w->octaves * octaves + w->octaves_squared * octaves * octaves +
                   (hertz < 120 ? w->below_120 : 0) + (hertz < 250 ? w->below_250 : 0) + w->above_100 * fmax(above, 0) +
                   w->under_100 * fmin(above, 0) + w->above_200 * fmax(above - 1, 0) + w->high * high);
}

void busker_fusion_fill(busker_fusion_tables *tables, size_t bins, double bin_width)
{
    for (size_t i = 0; i < bins; i++) {
        const double hertz = (double)i * bin_width;
        tables->first[i] = base(&FUSION_FIRST, hertz);
        tables->vocals[i] = base(&FUSION_VOCALS, hertz);
        tables->drums[i] = base(&FUSION_DRUMS, hertz);
        tables->bass[i] = base(&FUSION_BASS, hertz);
        tables->drums_share[i] = FUSION_DRUMS.share + (hertz < 250 ? FUSION_DRUMS.share_low : 0);
        tables->bass_share[i] = FUSION_BASS.share + (hertz < 250 ? FUSION_BASS.share_low : 0);
    }
}
