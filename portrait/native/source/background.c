/* The background before the blur: light weighted by how much of it is seen, as means over blocks of pixels. */
#include "cells.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *image; /* (height, width, 3) */
    const float *alpha;   /* (height, width) */
    const uint8_t *cells; /* their kinds */
    ptrdiff_t height, width;
    const ptrdiff_t *index;  /* of soft pixels, ascending */
    const float *background; /* (count, 3): their own colours, linear light */
    ptrdiff_t count;
} layers_t;

typedef struct {
    float *light;  /* (width, 3), and a value of no use: sums down a block of rows of light times weight */
    float *weight; /* (width) */
    run_t *runs;   /* room for one a cell */
} sums_t;

/* (1 - alpha)^2: the estimate of B in I = alpha F + (1 - alpha) B errs by 1 / (1 - alpha). */
static inline float known(float alpha) { return (1.0f - alpha) * (1.0f - alpha); }

/* Light of n values in so many rows. */
static ALWAYS_INLINE void sum_levels(const uint8_t *restrict levels, ptrdiff_t row, const int rows, ptrdiff_t n,
                                     float *restrict light) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float sum = 0.0f;
        for (int y = 0; y < rows; y++) sum += linear_of_level(levels[y * row + i]);
        light[i] = sum;
    }
}

/* Rows of background, which are the faster when their number is known before. */
static void put_clear(const uint8_t *levels, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t n, float *light, float *weight) {
    if (rows == 8) sum_levels(levels, row, 8, 3 * n, light);
    else if (rows == 4) sum_levels(levels, row, 4, 3 * n, light);
    else if (rows == 2) sum_levels(levels, row, 2, 3 * n, light);
    else sum_levels(levels, row, (int)rows, 3 * n, light);
    for (ptrdiff_t i = 0; i < n; i++) weight[i] = (float)rows;
}

static void add_mixed(const uint8_t *restrict levels, const float *restrict alpha, ptrdiff_t n, float *restrict light,
                      float *restrict weight) {
    float shares[3 * CHUNK];
    for (ptrdiff_t i = 0; i < n; i++) {
        const float share = known(alpha[i]);
        weight[i] += share;
        shares[3 * i] = shares[3 * i + 1] = shares[3 * i + 2] = share;
    }
    for (ptrdiff_t i = 0; i < 3 * n; i++) light[i] += shares[i] * linear_of_level(levels[i]);
}

/* Light times weight, and weight, of rows [first, stop) in a run of columns; every pixel with its own colour. */
static void put_run(const layers_t *layers, ptrdiff_t first, ptrdiff_t stop, run_t run, sums_t sums) {
    const ptrdiff_t n = run.stop - run.start, row = 3 * layers->width, at = first * layers->width + run.start;
    float *const light = sums.light + 3 * run.start, *const weight = sums.weight + run.start;
    if (run.kind == CLEAR) {
        put_clear(layers->image + 3 * at, row, stop - first, n, light, weight);
        return;
    }
    memset(light, 0, sizeof(float) * 3 * (size_t)n), memset(weight, 0, sizeof(float) * (size_t)n);
    if (run.kind == FULL) return;
    for (ptrdiff_t y = 0; y < stop - first; y++)
        for (ptrdiff_t x = 0; x < n; x += CHUNK) {
            const ptrdiff_t from = at + y * layers->width + x;
            add_mixed(layers->image + 3 * from, layers->alpha + from, min_size(CHUNK, n - x), light + 3 * x, weight + x);
        }
}

/* Puts the background's colours in place of the pixels' own, from soft pixel `next` on; gives the next row's first. */
static ptrdiff_t correct_soft(const layers_t *layers, ptrdiff_t y, ptrdiff_t next, sums_t sums) {
    const ptrdiff_t start = y * layers->width, stop = start + layers->width;
    for (; next < layers->count && layers->index[next] < stop; next++) {
        const ptrdiff_t at = layers->index[next];
        if (at < start) continue;
        const float share = known(layers->alpha[at]);
        float *light = sums.light + 3 * (at - start);
        for (int c = 0; c < 3; c++)
            light[c] += share * (layers->background[3 * next + c] - linear_of_level(layers->image[3 * at + c]));
    }
    return next;
}

typedef float light_t __attribute__((vector_size(16))); /* red, green, blue, and a value of no use */

/* Sum over n columns; the last of the values that are read counts for nothing. */
static inline light_t sum_light(const float *light, ptrdiff_t n) {
    light_t even = {0.0f}, odd = {0.0f}, next;
    ptrdiff_t i = 0;
    for (; i + 2 <= n; i += 2) {
        memcpy(&next, light + 3 * i, sizeof next), even += next;
        memcpy(&next, light + 3 * i + 3, sizeof next), odd += next;
    }
    if (i < n) memcpy(&next, light + 3 * i, sizeof next), even += next;
    return even + odd;
}

static inline float sum_weight(const float *weight, ptrdiff_t n) {
    light_t four = {0.0f}, next;
    ptrdiff_t i = 0;
    for (; i + 4 <= n; i += 4) memcpy(&next, weight + i, sizeof next), four += next;
    float sum = (four[0] + four[1]) + (four[2] + four[3]);
    for (; i < n; i++) sum += weight[i];
    return sum;
}

/* A block of n columns from `first` on as a mean, `by` times its sum; writes one value of light more than it has. */
static ALWAYS_INLINE void put_mean(sums_t sums, ptrdiff_t first, const ptrdiff_t n, float by, float *light, float *weight) {
    const light_t sum = by * sum_light(sums.light + 3 * first, n);
    memcpy(light, &sum, sizeof sum);
    *weight = by * sum_weight(sums.weight + first, n);
}

/* Whole blocks, the last one of a row not among them. */
static void put_whole_means(sums_t sums, ptrdiff_t blocks, ptrdiff_t factor, float by, float *light, float *weight) {
    if (factor == 4)
        for (ptrdiff_t j = 0; j < blocks; j++) put_mean(sums, j * 4, 4, by, light + 3 * j, weight + j);
    else
        for (ptrdiff_t j = 0; j < blocks; j++) put_mean(sums, j * factor, factor, by, light + 3 * j, weight + j);
}

/* Sums down `rows` rows as means over blocks of `factor` columns, (w + 2, 3) and (w + 2); the frame is the outermost
 * column. */
static void put_means(sums_t sums, ptrdiff_t width, ptrdiff_t factor, ptrdiff_t rows, float *light, float *weight) {
    const ptrdiff_t blocks = (width + factor - 1) / factor, ends[2] = {0, width - 1};
    put_whole_means(sums, blocks - 1, factor, 1.0f / (float)(rows * factor), light + 3, weight + 1);
    const ptrdiff_t last = (blocks - 1) * factor; /* followed by the frame, which is written over what is too much */
    put_mean(sums, last, width - last, 1.0f / (float)(rows * (width - last)), light + 3 * blocks, weight + blocks);
    for (int side = 0; side < 2; side++) {
        const ptrdiff_t to = side ? blocks + 1 : 0;
        for (int c = 0; c < 3; c++) light[3 * to + c] = sums.light[3 * ends[side] + c] / (float)rows;
        weight[to] = sums.weight[ends[side]] / (float)rows;
    }
}

/* Rows [first, stop) as one row of means. */
static void put_block(const layers_t *layers, ptrdiff_t first, ptrdiff_t stop, ptrdiff_t factor, sums_t sums, float *light,
                      float *weight) {
    const ptrdiff_t count = find_cell_runs(layers->cells, layers->width, first, stop, sums.runs);
    for (ptrdiff_t i = 0; i < count; i++) put_run(layers, first, stop, sums.runs[i], sums);
    ptrdiff_t next = first_from(layers->index, layers->count, first * layers->width);
    for (ptrdiff_t y = first; y < stop; y++) next = correct_soft(layers, y, next, sums);
    put_means(sums, layers->width, factor, stop - first, light, weight);
}

/* Blocks [first, stop) of `factor` rows: light times weight -> light (h + 2, w + 2, 3), weight -> (h + 2, w + 2). The frame
 * is the outermost line of pixels. */
EXPORT int downsample_background(const uint8_t *image, const float *alpha, const uint8_t *cells, ptrdiff_t height,
                                 ptrdiff_t width, const ptrdiff_t *index, const float *background, ptrdiff_t count,
                                 ptrdiff_t factor, ptrdiff_t first, ptrdiff_t stop, float *light, float *weight) {
    const layers_t layers = {image, alpha, cells, height, width, index, background, count};
    const ptrdiff_t framed = (width + factor - 1) / factor + 2, last = (height + factor - 1) / factor;
    float *const values = malloc(sizeof(float) * (4 * (size_t)width + 1));
    run_t *const runs = malloc(sizeof(run_t) * (size_t)cells_along(width));
    if (values == NULL || runs == NULL) return free(values), free(runs), OUT_OF_MEMORY;
    values[3 * width] = 0.0f;
    const sums_t sums = {values, values + 3 * width + 1, runs};
    for (ptrdiff_t block = first; block < stop; block++)
        put_block(&layers, block * factor, min_size(height, (block + 1) * factor), factor, sums, light + 3 * framed * (block + 1),
                  weight + framed * (block + 1));
    if (first == 0) put_block(&layers, 0, 1, factor, sums, light, weight);
    if (stop == last)
        put_block(&layers, height - 1, height, factor, sums, light + 3 * framed * (last + 1), weight + framed * (last + 1));
    free(values), free(runs);
    return DONE;
}
