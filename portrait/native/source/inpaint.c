/* Inpainting by a push-pull pyramid (Gortler et al. 1996, doi:10.1145/237170.237200) with Jacobi sweeps at each level. */
#include "inpaint.h"

#include "between.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const float *values; /* (height, width, channels), times weight */
    const float *weight; /* (height, width), 0 occluded ... 1 known */
    ptrdiff_t height, width;
    int channels;
} level_t;

/* The columns of a row between the first and the last that is occluded at all. */
typedef struct { ptrdiff_t start, stop; } columns_t;

/* What one level needs beside its values. */
typedef struct {
    float *coarse_values, *coarse_weight, *coarse; /* the next level, and what it was filled to */
    float *lines;                                  /* three rows and four pixels */
    columns_t *occluded;                           /* (height) */
    between_t *across;                             /* (width) */
} scratch_t;

static columns_t occluded_columns(const level_t *level, ptrdiff_t y) {
    const float *weight = level->weight + y * level->width;
    columns_t columns = {0, level->width};
    while (columns.start < columns.stop && weight[columns.start] >= 1.0f) columns.start++;
    while (columns.stop > columns.start && weight[columns.stop - 1] >= 1.0f) columns.stop--;
    return columns;
}

/* Means over 2 x 2 pixels divided by their weight, if that can be trusted; the last row or column of an odd side counts
 * twice. */
static ALWAYS_INLINE void pull_channels(const level_t *fine, float known_gain, const int channels, float *values,
                                        float *weight) {
    const ptrdiff_t height = (fine->height + 1) / 2, width = (fine->width + 1) / 2;
    for (ptrdiff_t y = 0; y < height; y++) {
        const ptrdiff_t upper = 2 * y * fine->width, lower = min_size(2 * y + 1, fine->height - 1) * fine->width;
        for (ptrdiff_t x = 0; x < width; x++) {
            const ptrdiff_t left = 2 * x, right = min_size(2 * x + 1, fine->width - 1);
            const ptrdiff_t at[4] = {upper + left, upper + right, lower + left, lower + right};
            const float mean =
                0.25f * (fine->weight[at[0]] + fine->weight[at[1]] + fine->weight[at[2]] + fine->weight[at[3]]);
            const float gain = 1.0f / max_float(mean, 1.0f / known_gain);
            const float *a = fine->values + channels * at[0], *b = fine->values + channels * at[1];
            const float *c = fine->values + channels * at[2], *d = fine->values + channels * at[3];
            float *restrict to = values + channels * (y * width + x);
            for (int k = 0; k < channels; k++) to[k] = 0.25f * gain * (a[k] + b[k] + c[k] + d[k]);
            weight[y * width + x] = mean * gain;
        }
    }
}

static void pull(const level_t *fine, float known_gain, float *values, float *weight) {
    if (fine->channels == 3) pull_channels(fine, known_gain, 3, values, weight);
    else if (fine->channels == 9) pull_channels(fine, known_gain, 9, values, weight);
    else pull_channels(fine, known_gain, fine->channels, values, weight);
}

/* Adds the coarser level's colour to the occluded part of a row; `line` is the coarser level there. */
static ALWAYS_INLINE void push_row(const float *weight, columns_t occluded, const between_t *across, const float *line,
                                   const int channels, float *filled) {
    for (ptrdiff_t x = occluded.start; x < occluded.stop; x++) {
        const float share = 1.0f - weight[x], part = across[x].part;
        const float *left = line + across[x].low * channels, *right = line + across[x].high * channels;
        float *restrict to = filled + x * channels;
        for (int k = 0; k < channels; k++) to[k] += share * (left[k] + part * (right[k] - left[k]));
    }
}

/* The known part of every pixel, and the coarser level's colour in the part that is occluded. */
static void push(const level_t *fine, const scratch_t *scratch, ptrdiff_t coarse_height, ptrdiff_t coarse_width,
                 float *filled) {
    const int channels = fine->channels;
    const ptrdiff_t row = fine->width * channels, coarse_row = coarse_width * channels;
    float *restrict line = scratch->lines;
    memcpy(filled, fine->values, sizeof(float) * (size_t)(fine->height * row));
    for (ptrdiff_t y = 0; y < fine->height; y++) {
        const columns_t occluded = scratch->occluded[y];
        if (occluded.start == occluded.stop) continue;
        const between_t down = between(y, fine->height, coarse_height);
        const float *upper = scratch->coarse + down.low * coarse_row, *lower = scratch->coarse + down.high * coarse_row;
        for (ptrdiff_t i = 0; i < coarse_row; i++) line[i] = upper[i] + down.part * (lower[i] - upper[i]);
        const float *const weight = fine->weight + y * fine->width;
        if (channels == 3) push_row(weight, occluded, scratch->across, line, 3, filled + y * row);
        else if (channels == 9) push_row(weight, occluded, scratch->across, line, 9, filled + y * row);
        else push_row(weight, occluded, scratch->across, line, channels, filled + y * row);
    }
}

/* A row with its first and last pixel once more: beyond the frame is what is at the frame. */
static void copy_padded(const float *row, ptrdiff_t values, int channels, float *padded) {
    const size_t pixel = sizeof(float) * (size_t)channels;
    memcpy(padded, row, pixel);
    memcpy(padded + channels, row, sizeof(float) * (size_t)values);
    memcpy(padded + channels + values, row + values - channels, pixel);
}

/* One row of a Jacobi sweep: the occluded part becomes the mean of the four neighbours as they were. `shares` has room for
 * a row. */
static void relax_row(const level_t *level, ptrdiff_t y, columns_t occluded, const float *restrict above,
                      const float *restrict here, const float *below, float *restrict shares, float *filled) {
    const int channels = level->channels;
    const float *const weight = level->weight + y * level->width;
    for (ptrdiff_t x = occluded.start; x < occluded.stop; x++)
        for (int k = 0; k < channels; k++) shares[x * channels + k] = 0.25f * (1.0f - weight[x]);
    const float *const known = level->values + y * level->width * channels;
    float *const to = filled + y * level->width * channels;
    for (ptrdiff_t i = occluded.start * channels; i < occluded.stop * channels; i++)
        to[i] = known[i] + shares[i] * (above[i] + below[i] + here[i - channels] + here[i + channels]);
}

/* A Jacobi sweep in place; the lines hold two rows as they were, padded: the one above and this one. */
static void sweep(const level_t *level, const scratch_t *scratch, float *filled) {
    const int channels = level->channels;
    const ptrdiff_t row = level->width * channels, padded = row + 2 * channels;
    float *above = scratch->lines, *here = above + padded, *const shares = here + padded;
    copy_padded(filled, row, channels, above);
    for (ptrdiff_t y = 0; y < level->height; y++) {
        copy_padded(filled + y * row, row, channels, here);
        const float *below = y + 1 < level->height ? filled + (y + 1) * row : here + channels;
        const columns_t occluded = scratch->occluded[y];
        if (occluded.start < occluded.stop)
            relax_row(level, y, occluded, above + channels, here + channels, below, shares, filled);
        float *const swap = above;
        above = here, here = swap;
    }
}

static int inpaint_level(const level_t *level, float known_gain, int sweeps, float *filled);

/* Fills a level from the next coarser one, which is filled first. */
static int inpaint_from_coarse(const level_t *level, const scratch_t *scratch, float known_gain, int sweeps,
                               float *filled) {
    const ptrdiff_t height = (level->height + 1) / 2, width = (level->width + 1) / 2;
    pull(level, known_gain, scratch->coarse_values, scratch->coarse_weight);
    const level_t next = {scratch->coarse_values, scratch->coarse_weight, height, width, level->channels};
    const int status = inpaint_level(&next, known_gain, sweeps, scratch->coarse);
    if (status != DONE) return status;
    for (ptrdiff_t y = 0; y < level->height; y++) scratch->occluded[y] = occluded_columns(level, y);
    for (ptrdiff_t x = 0; x < level->width; x++) scratch->across[x] = between(x, level->width, width);
    push(level, scratch, height, width, filled);
    for (int i = 0; i < sweeps; i++) sweep(level, scratch, filled);
    return DONE;
}

/* The same with memory of its own. */
static int inpaint_occluded(const level_t *level, float known_gain, int sweeps, float *filled) {
    const ptrdiff_t coarse = ((level->height + 1) / 2) * ((level->width + 1) / 2), values = coarse * level->channels;
    const size_t lines = (size_t)((3 * level->width + 4) * level->channels);
    float *const floats = malloc(sizeof(float) * ((size_t)(2 * values + coarse) + lines));
    columns_t *const occluded = malloc(sizeof(columns_t) * (size_t)level->height);
    between_t *const across = malloc(sizeof(between_t) * (size_t)level->width);
    int status = OUT_OF_MEMORY;
    if (floats != NULL && occluded != NULL && across != NULL) {
        float *const coarse_weight = floats + values, *const filled_coarse = coarse_weight + coarse;
        const scratch_t scratch = {floats, coarse_weight, filled_coarse, filled_coarse + values, occluded, across};
        status = inpaint_from_coarse(level, &scratch, known_gain, sweeps, filled);
    }
    free(floats), free(occluded), free(across);
    return status;
}

static int inpaint_level(const level_t *level, float known_gain, int sweeps, float *filled) {
    const ptrdiff_t pixels = level->height * level->width;
    if (range_of(level->weight, pixels).low >= 1.0f) {
        memcpy(filled, level->values, sizeof(float) * (size_t)(pixels * level->channels));
        return DONE;
    }
    if (pixels == 1) {
        for (int k = 0; k < level->channels; k++) filled[k] = level->values[k] / max_float(level->weight[0], 1e-6f);
        return DONE;
    }
    return inpaint_occluded(level, known_gain, sweeps, filled);
}

int inpaint_planes(const float *values, const float *weight, ptrdiff_t height, ptrdiff_t width, int channels, float known_gain,
                   int sweeps, float *filled) {
    const level_t level = {values, weight, height, width, channels};
    return inpaint_level(&level, known_gain, sweeps, filled);
}

EXPORT int inpaint(const float *values, const float *weight, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                   float known_gain, ptrdiff_t sweeps, float *filled) {
    return inpaint_planes(values, weight, height, width, (int)channels, known_gain, (int)sweeps, filled);
}
