// What frequency alone says for each stem.
#include "stems_tables.h"

#include <math.h>

#include "fusion_weights.h"

static float base(const busker_fusion_weights *w, double hertz)
{
    const double audible = fmax(hertz, 20), octaves = log2(audible / 800);
    const double above = fmax(log2(audible / 200), 0), high = fmin(fmax(log2(audible / 3000), 0), 2);
    return (float)(w->constant + (hertz < FUSION_SUB_HERTZ ? w->sub : 0) + w->octaves_squared * octaves * octaves +
                   w->above_200 * above + w->high * high);
}

void busker_fusion_fill(busker_fusion_tables *tables, size_t bins, double bin_width)
{
    for (size_t i = 0; i < bins; i++) {
        const double hertz = (double)i * bin_width;
        tables->first[i] = base(&FUSION_FIRST, hertz);
        tables->vocals[i] = base(&FUSION_VOCALS, hertz);
        tables->drums[i] = base(&FUSION_DRUMS, hertz);
        tables->bass[i] = base(&FUSION_BASS, hertz);
    }
}
