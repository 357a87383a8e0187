/* Passes over a matte: the guided filter's coefficients applied to an image, and smoothing over time. */
#include "between.h"

#include <stdlib.h>
#include <string.h>

enum { PLANES = 4 }; /* slope in red, green, blue; offset */

/* Columns [left, right) of a row of alpha = slope * color + offset, clipped; `lines` holds the coefficients of this row,
 * `framed_width` a plane. */
static void apply_row(const float *lines, ptrdiff_t framed_width, ptrdiff_t factor, const uint8_t *levels, ptrdiff_t left,
                      ptrdiff_t right, float minimum, float *filtered) {
    const float by = 1.0f / (float)(2 * factor);
    for (ptrdiff_t x = left; x < right;) {
        const place_t place = framed_place(x, factor);
        const ptrdiff_t stop = min_size(right, x + (2 * factor - place.part + 1) / 2);
        float from[PLANES], step[PLANES];
        for (int k = 0; k < PLANES; k++) {
            const float *const line = lines + k * framed_width + place.index;
            const float difference = line[1] - line[0];
            step[k] = 2.0f * by * difference;
            from[k] = line[0] + by * (float)place.part * difference;
        }
        for (ptrdiff_t i = 0; i < stop - x; i++) {
            const uint8_t *const color = levels + 3 * (x + i);
            const float at = (float)(int)i;
            float alpha = from[3] + at * step[3];
            for (int k = 0; k < 3; k++) alpha += (from[k] + at * step[k]) * (float)color[k];
            filtered[x + i] = min_float(1.0f, max_float(minimum, alpha)); /* what is NaN stays NaN */
        }
        x = stop;
    }
}

/* Coefficients (PLANES, height, framed_width), framed, at 1 / `factor` of the size, applied to the box [top, bottom) x
 * [left, right) of an image `width` pixels wide; the slope is that of levels 0 ... 255. */
EXPORT int apply_coefficients(const float *framed, ptrdiff_t height, ptrdiff_t framed_width, ptrdiff_t factor,
                              const uint8_t *image, ptrdiff_t width, ptrdiff_t top, ptrdiff_t bottom, ptrdiff_t left,
                              ptrdiff_t right, float minimum, float *filtered) {
    float *const lines = malloc(sizeof(float) * (size_t)(PLANES * framed_width));
    if (lines == NULL) return OUT_OF_MEMORY;
    const ptrdiff_t first = framed_place(left, factor).index, last = framed_place(right - 1, factor).index + 1;
    for (ptrdiff_t y = top; y < bottom; y++) {
        const place_t place = framed_place(y, factor);
        const float part = (float)place.part / (float)(2 * factor);
        for (int k = 0; k < PLANES; k++) {
            const float *const upper = framed + (k * height + place.index) * framed_width, *lower = upper + framed_width;
            float *restrict line = lines + k * framed_width;
            for (ptrdiff_t x = first; x <= last; x++) line[x] = upper[x] + part * (lower[x] - upper[x]);
        }
        apply_row(lines, framed_width, factor, image + 3 * y * width, left, right, minimum, filtered + y * width);
    }
    free(lines);
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
