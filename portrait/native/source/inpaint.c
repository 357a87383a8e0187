/* Inpainting by a push-pull pyramid (Gortler et al. 1996, doi:10.1145/237170.237200) with Jacobi sweeps at each level. */
#include "inpaint.h"

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

static columns_t occluded_columns(const level_t *level, ptrdiff_t y) {
    const float *weight = level->weight + y * level->width;
    columns_t columns = {0, level->width};
    while (columns.start < columns.stop && weight[columns.start] >= 1.0f) columns.start++;
    while (columns.stop > columns.start && weight[columns.stop - 1] >= 1.0f) columns.stop--;
    return columns;
}

/* Means over 2 x 2 pixels divided by their weight, if that can be trusted; the last row or column of an odd side counts
 * twice. */
static void pull(const level_t *fine, float known_gain, float *values, float *weight) {
    const ptrdiff_t height = (fine->height + 1) / 2, width = (fine->width + 1) / 2;
    const int channels = fine->channels;
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
            float *const to = values + channels * (y * width + x);
            for (int k = 0; k < channels; k++) to[k] = 0.25f * gain * (a[k] + b[k] + c[k] + d[k]);
            weight[y * width + x] = mean * gain;
        }
    }
}

/* Where pixel i of `large` lies among `small` samples, bilinear; beyond the outermost ones it is theirs. */
typedef struct { ptrdiff_t low, high; float part; } between_t;

static between_t between(ptrdiff_t i, ptrdiff_t large, ptrdiff_t small) {
    const float at = ((float)i + 0.5f) * ((float)small / (float)large) - 0.5f;
    if (at <= 0.0f) return (between_t){0, 0, 0.0f};
    const ptrdiff_t low = min_size((ptrdiff_t)at, small - 1);
    return (between_t){low, min_size(low + 1, small - 1), at - (float)low};
}

/* The known part of every pixel, and the coarser level's colour in the part that is occluded. `line` holds a row of it. */
static void push(const level_t *fine, const float *coarse, ptrdiff_t coarse_height, ptrdiff_t coarse_width, float *line,
                 float *filled) {
    const int channels = fine->channels;
    memcpy(filled, fine->values, sizeof(float) * (size_t)(fine->height * fine->width * channels));
    for (ptrdiff_t y = 0; y < fine->height; y++) {
        const columns_t columns = occluded_columns(fine, y);
        if (columns.start == columns.stop) continue;
        const between_t down = between(y, fine->height, coarse_height);
        const float *upper = coarse + down.low * coarse_width * channels, *lower = coarse + down.high * coarse_width * channels;
        for (ptrdiff_t i = 0; i < coarse_width * channels; i++) line[i] = upper[i] + down.part * (lower[i] - upper[i]);
        for (ptrdiff_t x = columns.start; x < columns.stop; x++) {
            const float occluded = 1.0f - fine->weight[y * fine->width + x];
            const between_t across = between(x, fine->width, coarse_width);
            const float *left = line + across.low * channels, *right = line + across.high * channels;
            float *const to = filled + (y * fine->width + x) * channels;
            for (int k = 0; k < channels; k++) to[k] += occluded * (left[k] + across.part * (right[k] - left[k]));
        }
    }
}

/* One row of a Jacobi sweep: the occluded part becomes the mean of the four neighbours as they were. */
static void relax_row(const level_t *level, ptrdiff_t y, columns_t columns, const float *above, const float *here,
                      const float *below, float *filled) {
    const int channels = level->channels;
    const ptrdiff_t row = y * level->width;
    for (ptrdiff_t x = columns.start; x < columns.stop; x++) {
        const float quarter = 0.25f * (1.0f - level->weight[row + x]);
        const ptrdiff_t left = channels * (x > 0 ? x - 1 : 0), right = channels * min_size(x + 1, level->width - 1);
        const float *known = level->values + channels * (row + x);
        float *const to = filled + channels * (row + x);
        for (int k = 0; k < channels; k++)
            to[k] = known[k] + quarter * (above[channels * x + k] + below[channels * x + k] + here[left + k] + here[right + k]);
    }
}

/* A Jacobi sweep in place; `lines` holds two rows as they were: the one above and this one. */
static void sweep(const level_t *level, float *lines, float *filled) {
    const ptrdiff_t row = level->width * level->channels;
    const size_t size = sizeof(float) * (size_t)row;
    float *above = lines, *here = lines + row;
    memcpy(above, filled, size); /* beyond the frame is what is at the frame */
    for (ptrdiff_t y = 0; y < level->height; y++) {
        memcpy(here, filled + y * row, size);
        const float *below = y + 1 < level->height ? filled + (y + 1) * row : here;
        const columns_t columns = occluded_columns(level, y);
        if (columns.start < columns.stop) relax_row(level, y, columns, above, here, below, filled);
        float *const swap = above;
        above = here, here = swap;
    }
}

static int inpaint_level(const level_t *level, float known_gain, int sweeps, float *filled);

/* Fills a level from the next coarser one, which is filled first. */
static int inpaint_from_coarse(const level_t *level, float known_gain, int sweeps, float *filled) {
    const ptrdiff_t height = (level->height + 1) / 2, width = (level->width + 1) / 2, pixels = height * width;
    const ptrdiff_t planes = pixels * level->channels, row = level->width * level->channels;
    float *const memory = malloc(sizeof(float) * (size_t)(2 * planes + pixels + 2 * row));
    if (memory == NULL) return OUT_OF_MEMORY;
    float *values = memory, *coarse = values + planes, *weight = coarse + planes, *lines = weight + pixels;
    pull(level, known_gain, values, weight);
    const level_t next = {values, weight, height, width, level->channels};
    const int status = inpaint_level(&next, known_gain, sweeps, coarse);
    if (status == DONE) {
        push(level, coarse, height, width, lines, filled);
        for (int i = 0; i < sweeps; i++) sweep(level, lines, filled);
    }
    free(memory);
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
    return inpaint_from_coarse(level, known_gain, sweeps, filled);
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
