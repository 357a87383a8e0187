/* Bilinear resampling by any factor: where a pixel of the larger side lies among the samples of the smaller one. */
#ifndef PORTRAIT_BETWEEN_H
#define PORTRAIT_BETWEEN_H

#include "native.h"

/* `part` of the way from sample `low` to `high`; beyond the outermost samples both are the outermost one. */
typedef struct { ptrdiff_t low, high; float part; } between_t;

static inline between_t between(ptrdiff_t i, ptrdiff_t large, ptrdiff_t small) {
    const float at = ((float)i + 0.5f) * ((float)small / (float)large) - 0.5f;
    if (at <= 0.0f) return (between_t){0, 0, 0.0f};
    const ptrdiff_t low = min_size((ptrdiff_t)at, small - 1);
    return (between_t){low, min_size(low + 1, small - 1), at - (float)low};
}

#endif
