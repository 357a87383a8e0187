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

/* A sample of the coefficients by what it makes of any colour, and a cell by its four samples: all background, all subject,
 * or mixed. */
enum { CLEAR = 1, FULL = 2, MIXED = 4 };

typedef struct { ptrdiff_t start, stop; int kind; } run_t; /* pixels of a row */

typedef struct {
    const float *framed; /* (PLANES, height, width): with a frame, at 1 / factor of the size */
    ptrdiff_t height, width, factor;
    float minimum;
} coefficients_t;

/* First pixel of a cell, and of what follows the last one. */
static inline ptrdiff_t cell_start(ptrdiff_t cell, ptrdiff_t factor, ptrdiff_t end) {
    return cell == 0 ? 0 : min_size(end, factor * (2 * cell - 1) / 2);
}

static void find_kinds(const coefficients_t *c, ptrdiff_t y, uint8_t *kinds) {
    const ptrdiff_t plane = c->height * c->width;
    for (ptrdiff_t x = 0; x < c->width; x++) {
        const float *const at = c->framed + y * c->width + x, offset = at[3 * plane];
        const int has_slope = at[0] != 0.0f || at[plane] != 0.0f || at[2 * plane] != 0.0f;
        kinds[x] = has_slope ? MIXED : offset <= c->minimum ? CLEAR : offset >= 1.0f ? FULL : MIXED;
    }
}

/* The runs of cells of one kind between two rows of samples. Gives their number. */
static ptrdiff_t find_runs(const coefficients_t *c, const uint8_t *upper, const uint8_t *lower, ptrdiff_t columns, run_t *runs) {
    ptrdiff_t count = 0;
    for (ptrdiff_t i = 0; i + 1 < c->width; i++) {
        const ptrdiff_t start = cell_start(i, c->factor, columns), stop = cell_start(i + 1, c->factor, columns);
        const int all = upper[i] | upper[i + 1] | lower[i] | lower[i + 1], kind = all == CLEAR || all == FULL ? all : MIXED;
        if (start == stop) continue;
        if (count > 0 && runs[count - 1].kind == kind) runs[count - 1].stop = stop;
        else runs[count++] = (run_t){start, stop, kind};
    }
    return count;
}

static void fill_row(float *row, ptrdiff_t n, float value) {
    for (ptrdiff_t i = 0; i < n; i++) row[i] = value;
}

/* The coefficients of a run in row y: (PLANES, width), those that it needs. */
static void interpolate_down(const coefficients_t *c, place_t place, run_t run, float *lines) {
    const ptrdiff_t first = framed_place(run.start, c->factor).index, last = framed_place(run.stop - 1, c->factor).index + 1;
    const float part = (float)place.part / (float)(2 * c->factor);
    for (int k = 0; k < PLANES; k++) {
        const float *const upper = c->framed + (k * c->height + place.index) * c->width, *const lower = upper + c->width;
        float *restrict line = lines + k * c->width;
        for (ptrdiff_t x = first; x <= last; x++) line[x] = upper[x] + part * (lower[x] - upper[x]);
    }
}

/* Coefficients (PLANES, height, framed_width), framed, at 1 / `factor` of the size, applied to rows [top, bottom) of an image
 * `width` pixels wide -> (bottom - top, width); the slope is that of levels 0 ... 255. Cells without a slope that are all
 * background or all subject are filled. */
EXPORT int apply_coefficients(const float *framed, ptrdiff_t height, ptrdiff_t framed_width, ptrdiff_t factor,
                              const uint8_t *image, ptrdiff_t width, ptrdiff_t top, ptrdiff_t bottom, float minimum,
                              float *filtered) {
    const coefficients_t c = {framed, height, framed_width, factor, minimum};
    float *const lines = malloc(sizeof(float) * (size_t)(PLANES * framed_width + 3 * width));
    run_t *const runs = malloc(sizeof(run_t) * (size_t)framed_width);
    uint8_t *const kinds = malloc(2 * (size_t)framed_width);
    if (lines == NULL || runs == NULL || kinds == NULL) return free(lines), free(runs), free(kinds), OUT_OF_MEMORY;
    float *const red = lines + PLANES * framed_width, *const green = red + width, *const blue = green + width;
    ptrdiff_t count = 0, band = -1;
    for (ptrdiff_t y = top; y < bottom; y++, filtered += width) {
        const place_t place = framed_place(y, factor);
        if (place.index != band) {
            band = place.index;
            find_kinds(&c, band, kinds), find_kinds(&c, band + 1, kinds + framed_width);
            count = find_runs(&c, kinds, kinds + framed_width, width, runs);
        }
        for (ptrdiff_t i = 0; i < count; i++) {
            const ptrdiff_t start = runs[i].start, n = runs[i].stop - start;
            if (runs[i].kind != MIXED) {
                fill_row(filtered + start, n, runs[i].kind == FULL ? 1.0f : minimum);
                continue;
            }
            interpolate_down(&c, place, runs[i], lines);
            split_colors(image + 3 * (y * width + start), n, red, green, blue);
            const row_t row = {red, green, blue, filtered + start};
            apply_row(lines, framed_width, factor, start, runs[i].stop, row, minimum);
        }
    }
    free(lines), free(runs), free(kinds);
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
