/* Coefficients of the guided filter, found on a small image, applied to the pixels of a large one. */
#ifndef PORTRAIT_COEFFICIENTS_H
#define PORTRAIT_COEFFICIENTS_H

#include "cells.h"

enum { PLANES = 4 }; /* slope in red, green, blue; offset */

/* A row of an image as planes, and of the result. */
typedef struct { const float *red, *green, *blue; float *alpha; } row_t;

/* The coefficients on the way from one sample to the next: value and slope from pixel to pixel. */
typedef struct { float from[PLANES], step[PLANES]; } cell_t;

static inline cell_t cell_of(const float *lines, ptrdiff_t framed_width, place_t place, ptrdiff_t factor) {
    cell_t cell;
    const float by = 1.0f / (float)(2 * factor);
    for (int k = 0; k < PLANES; k++) {
        const float *const line = lines + k * framed_width + place.index;
        const float difference = line[1] - line[0];
        cell.from[k] = line[0] + by * (float)place.part * difference;
        cell.step[k] = 2.0f * by * difference;
    }
    return cell;
}

/* alpha = slope * color + offset, clipped, in n pixels from `first` of a cell on. */
static ALWAYS_INLINE void apply_cell(cell_t c, int first, const int n, row_t row, float minimum) {
    const float *restrict red = row.red, *restrict green = row.green, *restrict blue = row.blue;
    float *restrict alpha = row.alpha;
    for (int i = 0; i < n; i++) {
        const float at = (float)(first + i);
        const float sum = c.from[3] + at * c.step[3] + (c.from[0] + at * c.step[0]) * red[i] +
                          (c.from[1] + at * c.step[1]) * green[i] + (c.from[2] + at * c.step[2]) * blue[i];
        alpha[i] = min_float(1.0f, max_float(minimum, sum)); /* what is NaN stays NaN */
    }
}

static inline row_t moved(row_t row, ptrdiff_t by) {
    return (row_t){row.red + by, row.green + by, row.blue + by, row.alpha + by};
}

/* Columns [left, right) of a row, which starts at `left`; `lines` holds the coefficients there, `framed_width` a plane. */
static inline void apply_row(const float *lines, ptrdiff_t framed_width, ptrdiff_t factor, ptrdiff_t left, ptrdiff_t right, row_t row,
                      float minimum) {
    enum { EIGHT = 8 };
    place_t place = framed_place(left, factor);
    for (ptrdiff_t x = left; x < right; place.part &= 1, place.index++) {
        const ptrdiff_t n = min_size(right - x, (2 * factor - place.part + 1) / 2);
        const cell_t cell = cell_of(lines, framed_width, place, factor);
        int done = 0;
        for (; done + EIGHT <= n; done += EIGHT) apply_cell(cell, done, EIGHT, moved(row, x - left + done), minimum);
        apply_cell(cell, done, (int)n - done, moved(row, x - left + done), minimum);
        x += n;
    }
}

static inline void split_colors(const uint8_t *restrict levels, ptrdiff_t n, float *restrict red, float *restrict green,
                         float *restrict blue) {
    for (ptrdiff_t i = 0; i < n; i++) {
        red[i] = (float)levels[3 * i];
        green[i] = (float)levels[3 * i + 1];
        blue[i] = (float)levels[3 * i + 2];
    }
}

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

/* The coefficients of a run in row y: (PLANES, width), those that it needs. */
static inline void interpolate_down(const coefficients_t *c, place_t place, run_t run, float *lines) {
    const ptrdiff_t first = framed_place(run.start, c->factor).index, last = framed_place(run.stop - 1, c->factor).index + 1;
    const float part = (float)place.part / (float)(2 * c->factor);
    for (int k = 0; k < PLANES; k++) {
        const float *const upper = c->framed + (k * c->height + place.index) * c->width, *const lower = upper + c->width;
        float *restrict line = lines + k * c->width;
        for (ptrdiff_t x = first; x <= last; x++) line[x] = upper[x] + part * (lower[x] - upper[x]);
    }
}

/* Floats that a row of `columns` pixels needs in between: coefficients and colours. */
static inline size_t floats_of_row(const coefficients_t *c, ptrdiff_t columns) {
    return (size_t)(PLANES * c->width + 3 * columns);
}

/* Alpha of a run in row y of an image `columns` wide; `alpha` is that of its first pixel. */
static inline void apply_to_run(const coefficients_t *c, const uint8_t *image, ptrdiff_t columns, ptrdiff_t y, run_t run,
                                float *lines, float *alpha) {
    float *const red = lines + PLANES * c->width, *const green = red + columns, *const blue = green + columns;
    interpolate_down(c, framed_place(y, c->factor), run, lines);
    split_colors(image + 3 * (y * columns + run.start), run.stop - run.start, red, green, blue);
    apply_row(lines, c->width, c->factor, run.start, run.stop, (row_t){red, green, blue, alpha}, c->minimum);
}

#endif
