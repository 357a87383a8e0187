/* Passes over a matte: the guided filter's coefficients applied to an image, and smoothing over time. */
#include "between.h"

#include <stdlib.h>
#include <string.h>

enum { PLANES = 4 }; /* slope in red, green, blue; offset */

/* A row of an image as planes, and of the result. */
typedef struct { const float *red, *green, *blue; float *alpha; } row_t;

/* The coefficients on the way from one sample to the next: value and slope from pixel to pixel. */
typedef struct { float from[PLANES], step[PLANES]; } cell_t;

static cell_t cell_of(const float *lines, ptrdiff_t framed_width, place_t place, ptrdiff_t factor) {
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

static row_t moved(row_t row, ptrdiff_t by) {
    return (row_t){row.red + by, row.green + by, row.blue + by, row.alpha + by};
}

/* Columns [left, right) of a row, which starts at `left`; `lines` holds the coefficients there, `framed_width` a plane. */
static void apply_row(const float *lines, ptrdiff_t framed_width, ptrdiff_t factor, ptrdiff_t left, ptrdiff_t right, row_t row,
                      float minimum) {
    enum { EIGHT = 8 };
    for (ptrdiff_t x = left; x < right;) {
        const place_t place = framed_place(x, factor);
        const ptrdiff_t n = min_size(right - x, (2 * factor - place.part + 1) / 2);
        const cell_t cell = cell_of(lines, framed_width, place, factor);
        int done = 0;
        for (; done + EIGHT <= n; done += EIGHT) apply_cell(cell, done, EIGHT, moved(row, x - left + done), minimum);
        apply_cell(cell, done, (int)n - done, moved(row, x - left + done), minimum);
        x += n;
    }
}

static void split_colors(const uint8_t *restrict levels, ptrdiff_t n, float *restrict red, float *restrict green,
                         float *restrict blue) {
    for (ptrdiff_t i = 0; i < n; i++) {
        red[i] = (float)levels[3 * i];
        green[i] = (float)levels[3 * i + 1];
        blue[i] = (float)levels[3 * i + 2];
    }
}

/* Coefficients (PLANES, height, framed_width), framed, at 1 / `factor` of the size, applied to the box [top, bottom) x
 * [left, right) of an image `width` pixels wide; the slope is that of levels 0 ... 255. */
EXPORT int apply_coefficients(const float *framed, ptrdiff_t height, ptrdiff_t framed_width, ptrdiff_t factor,
                              const uint8_t *image, ptrdiff_t width, ptrdiff_t top, ptrdiff_t bottom, ptrdiff_t left,
                              ptrdiff_t right, float minimum, float *filtered) {
    const ptrdiff_t columns = right - left;
    float *const lines = malloc(sizeof(float) * (size_t)(PLANES * framed_width + 3 * columns));
    if (lines == NULL) return OUT_OF_MEMORY;
    float *const red = lines + PLANES * framed_width, *const green = red + columns, *const blue = green + columns;
    const ptrdiff_t first = framed_place(left, factor).index, last = framed_place(right - 1, factor).index + 1;
    for (ptrdiff_t y = top; y < bottom; y++) {
        const place_t place = framed_place(y, factor);
        const float part = (float)place.part / (float)(2 * factor);
        for (int k = 0; k < PLANES; k++) {
            const float *const upper = framed + (k * height + place.index) * framed_width, *lower = upper + framed_width;
            float *restrict line = lines + k * framed_width;
            for (ptrdiff_t x = first; x <= last; x++) line[x] = upper[x] + part * (lower[x] - upper[x]);
        }
        split_colors(image + 3 * (y * width + left), columns, red, green, blue);
        const row_t row = {red, green, blue, filtered + y * width + left};
        apply_row(lines, framed_width, factor, left, right, row, minimum);
    }
    free(lines);
    return DONE;
}

/* Bilinear upsampling, (height, width) -> (large_height, large_width); where samples are equal, as in most of a matte, their
 * value is copied. */
EXPORT int upsample_matte(const float *small, ptrdiff_t height, ptrdiff_t width, ptrdiff_t large_height,
                          ptrdiff_t large_width, float *large) {
    float *const line = malloc(sizeof(float) * (size_t)width);
    between_t *const across = malloc(sizeof(between_t) * (size_t)large_width);
    if (line == NULL || across == NULL) return free(line), free(across), OUT_OF_MEMORY;
    for (ptrdiff_t x = 0; x < large_width; x++) across[x] = between(x, large_width, width);
    for (ptrdiff_t y = 0; y < large_height; y++, large += large_width) {
        const between_t down = between(y, large_height, height);
        const float *const upper = small + down.low * width, *const lower = small + down.high * width;
        for (ptrdiff_t x = 0; x < width; x++) line[x] = upper[x] + down.part * (lower[x] - upper[x]);
        for (ptrdiff_t x = 0; x < large_width; x += CHUNK) {
            const ptrdiff_t n = min_size(CHUNK, large_width - x), low = across[x].low;
            const range_t range = range_of(line + low, across[x + n - 1].high + 1 - low);
            if (range.low == range.high)
                for (ptrdiff_t i = 0; i < n; i++) large[x + i] = range.low;
            else
                for (ptrdiff_t i = 0; i < n; i++) {
                    const between_t at = across[x + i];
                    large[x + i] = line[at.low] + at.part * (line[at.high] - line[at.low]);
                }
        }
    }
    free(line), free(across);
    return DONE;
}

/* Some pixels of a row, n at most CHUNK: previous + gain * (alpha - previous), clipped. */
static void follow_chunk(const float *restrict previous, const float *restrict alpha, const float *line,
                         const between_t *across, ptrdiff_t n, float *restrict smoothed) {
    float gains[CHUNK];
    for (ptrdiff_t i = 0; i < n; i++)
        gains[i] = line[across[i].low] + across[i].part * (line[across[i].high] - line[across[i].low]);
    for (ptrdiff_t i = 0; i < n; i++)
        smoothed[i] = clamp_float(previous[i] + gains[i] * (alpha[i] - previous[i]), 0.0f, 1.0f);
}

/* Recursive filter of a matte, (height, width), whose gains are those of a smaller map (map_height, map_width). */
EXPORT int follow(const float *previous, const float *alpha, ptrdiff_t height, ptrdiff_t width, const float *gains,
                  ptrdiff_t map_height, ptrdiff_t map_width, float *smoothed) {
    float *const line = malloc(sizeof(float) * (size_t)map_width);
    between_t *const across = malloc(sizeof(between_t) * (size_t)width);
    if (line == NULL || across == NULL) return free(line), free(across), OUT_OF_MEMORY;
    for (ptrdiff_t x = 0; x < width; x++) across[x] = between(x, width, map_width);
    for (ptrdiff_t y = 0; y < height; y++) {
        const between_t down = between(y, height, map_height);
        const float *const upper = gains + down.low * map_width, *const lower = gains + down.high * map_width;
        for (ptrdiff_t x = 0; x < map_width; x++) line[x] = upper[x] + down.part * (lower[x] - upper[x]);
        for (ptrdiff_t x = 0; x < width; x += CHUNK) {
            const ptrdiff_t n = min_size(CHUNK, width - x), at = y * width + x;
            const size_t size = sizeof(float) * (size_t)n;
            if (memcmp(previous + at, alpha + at, size) == 0) memcpy(smoothed + at, alpha + at, size);
            else follow_chunk(previous + at, alpha + at, line, across + x, n, smoothed + at);
        }
    }
    free(line), free(across);
    return DONE;
}
