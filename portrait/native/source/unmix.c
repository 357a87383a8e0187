/* Unmixing of the soft pixels of an image, by models of both layers' colours that are interpolated between samples. */
#include "unmix.h"

#include "cells.h"

#include <stdlib.h>

typedef struct {
    const float *records; /* (height, width, RECORD): foreground, background */
    ptrdiff_t height, width, top, left, step;
} models_t;

/* The pixels of a line between two samples, from `start` on, with those samples: the outermost one twice beyond it. */
typedef struct { ptrdiff_t low, high, start, stop; } span_t;

static span_t span_at(ptrdiff_t at, ptrdiff_t first, ptrdiff_t step, ptrdiff_t samples, ptrdiff_t length) {
    const ptrdiff_t last = samples - 1, offset = at - first;
    if (offset < 0) return (span_t){0, 0, 0, min_size(first, length)};
    const ptrdiff_t low = min_size(offset / step, last), start = first + low * step;
    return (span_t){low, min_size(low + 1, last), start, low == last ? length : min_size(start + step, length)};
}

/* Both models at pixels of one line between the same samples, bilinear; `across` holds their parts of the way. */
static void interpolate_models(const models_t *models, ptrdiff_t y, span_t down, span_t columns, const float *across,
                               group_t *group) {
    const float *const upper = models->records + RECORD * models->width * down.low;
    const float *const lower = models->records + RECORD * models->width * down.high;
    const float *restrict a = upper + RECORD * columns.low, *restrict b = upper + RECORD * columns.high;
    const float *restrict c = lower + RECORD * columns.low, *restrict d = lower + RECORD * columns.high;
    const float part = (float)(y - down.start) / (float)models->step;
    float left[RECORD], change[RECORD];
    for (int k = 0; k < RECORD; k++) {
        left[k] = a[k] + part * (c[k] - a[k]);
        change[k] = b[k] + part * (d[k] - b[k]) - left[k];
    }
    for (int k = 0; k < 2 * MODEL; k++)
        for (int i = 0; i < GROUP; i++) group->models[k][i] = left[k] + across[i] * change[k];
}

/* What all groups of an image have in common. */
typedef struct {
    const uint8_t *image;
    const float *alpha;
    ptrdiff_t rows, columns;
    const float *linear; /* of the 256 levels */
    models_t models;
} scene_t;

/* Takes the first of `count` soft pixels, and those after it that lie between the same samples of models, GROUP at most. Gives
 * their number; 0 where the first is no pixel. */
static ptrdiff_t gather(const scene_t *s, const ptrdiff_t *index, ptrdiff_t count, group_t *group) {
    if (index[0] < 0 || index[0] >= s->rows * s->columns) return 0;
    const models_t *const m = &s->models;
    const ptrdiff_t y = index[0] / s->columns, line = y * s->columns;
    const span_t down = span_at(y, m->top, m->step, m->height, s->rows);
    const span_t columns = span_at(index[0] - line, m->left, m->step, m->width, s->columns);
    ptrdiff_t n = 1;
    while (n < GROUP && n < count && index[n] >= line + columns.start && index[n] < line + columns.stop) n++;
    float across[GROUP];
    for (ptrdiff_t i = 0; i < GROUP; i++) { /* the last pixel again where there are no more */
        const ptrdiff_t at = index[min_size(i, n - 1)];
        for (int c = 0; c < 3; c++) group->light[c][i] = s->linear[s->image[3 * at + c]];
        group->alpha[i] = s->alpha[at];
        across[i] = (float)(at - line - columns.start) / (float)m->step;
    }
    interpolate_models(m, y, down, columns, across, group);
    return n;
}

/* Soft pixels at `index` of an image (rows, columns, 3), by models (height, width, RECORD) of samples `step` pixels apart
 * -> foreground and background (count, 3), linear light. */
EXPORT int unmix(const uint8_t *image, const float *alpha, ptrdiff_t rows, ptrdiff_t columns, const ptrdiff_t *index,
                 ptrdiff_t count, const float *records, ptrdiff_t height, ptrdiff_t width, ptrdiff_t top, ptrdiff_t left,
                 ptrdiff_t step, float alpha_variance, const float *linear, float *foreground, float *background) {
    const scene_t scene = {image, alpha, rows, columns, linear, {records, height, width, top, left, step}};
    group_t group;
    for (ptrdiff_t start = 0, n; start < count; start += n) {
        n = gather(&scene, index + start, count - start, &group);
        if (n == 0) return BAD_INDEX;
        unmix_group(&group, alpha_variance);
        for (ptrdiff_t i = 0; i < n; i++)
            for (int c = 0; c < 3; c++) {
                foreground[3 * (start + i) + c] = group.foreground[c][i];
                background[3 * (start + i) + c] = group.background[c][i];
            }
    }
    return DONE;
}

/* Flat indices of the pixels with alpha from `low`, above 0, to `high`, below 1, in rows [top, bottom), ascending; and how
 * many they are. `index` has room for all pixels of mixed cells there. */
EXPORT int find_soft(const float *alpha, const uint8_t *cells, ptrdiff_t width, ptrdiff_t top, ptrdiff_t bottom, float low,
                     float high, ptrdiff_t *index, ptrdiff_t *count) {
    run_t *const runs = malloc(sizeof(run_t) * (size_t)cells_along(width));
    if (runs == NULL) return OUT_OF_MEMORY;
    ptrdiff_t found = 0;
    for (ptrdiff_t y = top, number = 0; y < bottom; y++) {
        if (y == top || y % CELL == 0) number = find_cell_runs(cells, width, y, y + 1, runs);
        for (ptrdiff_t i = 0; i < number; i++) {
            if (runs[i].kind != MIXED) continue;
            for (ptrdiff_t at = y * width + runs[i].start; at < y * width + runs[i].stop; at++) {
                index[found] = at; /* written over by the next one unless it counts */
                found += alpha[at] >= low && alpha[at] <= high;
            }
        }
    }
    *count = found;
    free(runs);
    return DONE;
}
