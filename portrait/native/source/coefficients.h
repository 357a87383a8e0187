/* Coefficients of the guided filter, found on a small image, applied to the pixels of a large one. */
#ifndef PORTRAIT_COEFFICIENTS_H
#define PORTRAIT_COEFFICIENTS_H

#include "cells.h"
#include "lanes.h"

enum { PLANES = 4 }; /* slope in red, green, blue; offset */

typedef struct {
    const float *framed; /* (PLANES, height, width): with a frame, at 1 / factor of the size */
    ptrdiff_t height, width, factor;
    float minimum;
} coefficients_t;

/* Samples of the coefficients by what they make of any colour. */
static inline void find_kinds(const coefficients_t *c, ptrdiff_t y, uint8_t *kinds) {
    const ptrdiff_t plane = c->height * c->width;
    for (ptrdiff_t x = 0; x < c->width; x++) {
        const float *const at = c->framed + y * c->width + x, offset = at[3 * plane];
        const int has_slope = at[0] != 0.0f || at[plane] != 0.0f || at[2 * plane] != 0.0f;
        kinds[x] = has_slope ? MIXED : offset <= c->minimum ? CLEAR : offset >= 1.0f ? FULL : MIXED;
    }
}

enum { NO_ROW = -2 };

/* The coefficients of two rows of samples, upsampled across: they serve for all rows of pixels between. */
typedef struct {
    float *upper, *lower; /* (PLANES, columns), and some of no use, so that all lanes can be loaded */
    ptrdiff_t columns;
    ptrdiff_t index; /* the row of samples that `upper` holds, or NO_ROW */
} band_t;

/* Floats that a band needs for an image of so many columns. */
static inline size_t floats_of_band(ptrdiff_t columns) { return 2 * PLANES * (size_t)(columns + LANES); }

static inline band_t open_band(float *memory, ptrdiff_t columns) {
    return (band_t){memory, memory + PLANES * (columns + LANES), columns + LANES, NO_ROW};
}

/* A run of a framed row of samples that is upsampled by a whole factor; what lies behind it in `out` is written over. */
static inline void upsample_run(const float *samples, ptrdiff_t factor, run_t run, float *restrict out) {
    const lanes_t ramp = {0.0f, 2.0f, 4.0f, 6.0f, 8.0f, 10.0f, 12.0f, 14.0f};
    const float by = 1.0f / (float)(2 * factor);
    place_t place = framed_place(run.start, factor);
    for (ptrdiff_t x = run.start; x < run.stop; place.part &= 1, place.index++) {
        const ptrdiff_t n = min_size(run.stop - x, (2 * factor - place.part + 1) / 2);
        const float first = samples[place.index], difference = by * (samples[place.index + 1] - first);
        const float from = first + (float)place.part * difference;
        for (ptrdiff_t i = 0; i < n; i += LANES) store_lanes(out + x + i, from + difference * ((float)(2 * i) + ramp));
        x += n;
    }
}

static inline void upsample_samples(const coefficients_t *c, ptrdiff_t index, run_t run, ptrdiff_t columns, float *planes) {
    for (int k = 0; k < PLANES; k++)
        upsample_run(c->framed + (k * c->height + index) * c->width, c->factor, run, planes + k * columns);
}

/* Makes the band hold the two rows of samples from `index` on in a run, the same one as before unless it holds NO_ROW. */
static inline void move_band(band_t *b, const coefficients_t *c, ptrdiff_t index, run_t run) {
    if (b->index == index) return;
    if (b->index + 1 == index) {
        float *const before = b->upper;
        b->upper = b->lower, b->lower = before;
    } else
        upsample_samples(c, index, run, b->columns, b->upper);
    upsample_samples(c, index + 1, run, b->columns, b->lower);
    b->index = index;
}

/* The coefficients of pixels from column x on; `part` of the way from the upper samples to the lower ones. */
static inline lanes_t coefficient_at(const band_t *b, int plane, float part, ptrdiff_t x) {
    const ptrdiff_t at = plane * b->columns + x;
    const lanes_t upper = load_lanes(b->upper + at);
    return upper + part * (load_lanes(b->lower + at) - upper);
}

/* alpha = slope * color + offset, clipped. What is NaN stays NaN. */
static inline lanes_t alpha_of(const band_t *b, float part, ptrdiff_t x, vector_t colors, float minimum) {
    const lanes_t sum = coefficient_at(b, 3, part, x) + coefficient_at(b, 0, part, x) * colors.red +
                        coefficient_at(b, 1, part, x) * colors.green + coefficient_at(b, 2, part, x) * colors.blue;
    return min_lanes(all_lanes(1.0f), max_lanes(all_lanes(minimum), sum));
}

/* How far a row of pixels lies on the way from the upper samples of its band to the lower ones. */
static inline float part_of(place_t place, ptrdiff_t factor) { return (float)place.part / (float)(2 * factor); }

#endif
