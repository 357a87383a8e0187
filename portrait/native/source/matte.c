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

/* Where coefficients are applied row by row, and what that needs. */
typedef struct {
    coefficients_t coefficients;
    const uint8_t *image; /* (…, width, 3) */
    ptrdiff_t width;
    float *lines; /* of the coefficients, and three of colours */
    uint8_t *kinds;
    run_t *runs;
    ptrdiff_t count, band; /* of the runs; between which samples they lie */
} application_t;

static int open_application(application_t *a) {
    const size_t samples = (size_t)a->coefficients.width;
    a->lines = malloc(sizeof(float) * (PLANES * samples + 3 * (size_t)a->width));
    a->runs = malloc(sizeof(run_t) * samples);
    a->kinds = malloc(2 * samples);
    a->band = -1;
    return a->lines != NULL && a->runs != NULL && a->kinds != NULL;
}

static void close_application(application_t *a) { free(a->lines), free(a->runs), free(a->kinds); }

/* Alpha of row y, (width). Cells without a slope that are all background or all subject are filled. */
static void apply_to_row(application_t *a, ptrdiff_t y, float *alpha) {
    const coefficients_t *const c = &a->coefficients;
    const place_t place = framed_place(y, c->factor);
    float *const red = a->lines + PLANES * c->width, *const green = red + a->width, *const blue = green + a->width;
    if (place.index != a->band) {
        uint8_t *const upper = a->kinds, *const lower = upper + c->width;
        find_kinds(c, place.index, upper), find_kinds(c, place.index + 1, lower);
        a->count = find_runs(c, upper, lower, a->width, a->runs), a->band = place.index;
    }
    for (ptrdiff_t i = 0; i < a->count; i++) {
        const run_t run = a->runs[i];
        const ptrdiff_t n = run.stop - run.start;
        if (run.kind != MIXED) {
            fill_row(alpha + run.start, n, run.kind == FULL ? 1.0f : c->minimum);
            continue;
        }
        interpolate_down(c, place, run, a->lines);
        split_colors(a->image + 3 * (y * a->width + run.start), n, red, green, blue);
        const row_t row = {red, green, blue, alpha + run.start};
        apply_row(a->lines, c->width, c->factor, run.start, run.stop, row, c->minimum);
    }
}

/* Coefficients (PLANES, height, framed_width), framed, at 1 / `factor` of the size, applied to rows [top, bottom) of an image
 * `width` pixels wide -> (bottom - top, width); the slope is that of levels 0 ... 255. */
EXPORT int apply_coefficients(const float *framed, ptrdiff_t height, ptrdiff_t framed_width, ptrdiff_t factor,
                              const uint8_t *image, ptrdiff_t width, ptrdiff_t top, ptrdiff_t bottom, float minimum,
                              float *filtered) {
    application_t a = {{framed, height, framed_width, factor, minimum}, image, width, NULL, NULL, NULL, 0, 0};
    const int is_open = open_application(&a);
    for (ptrdiff_t y = top; is_open && y < bottom; y++) apply_to_row(&a, y, filtered + (y - top) * width);
    close_application(&a);
    return is_open ? DONE : OUT_OF_MEMORY;
}

/* The gains of a recursive filter, (height, width), upsampled row by row. */
typedef struct {
    const float *gains;
    ptrdiff_t height, width;
    float *line;  /* (width), and the last one again */
    int32_t *low; /* of every pixel of a row: the sample before it, and its part of the way to the next */
    float *part;
} gains_t;

static int open_gains(gains_t *g, ptrdiff_t columns) {
    g->line = malloc(sizeof(float) * (size_t)(g->width + 1));
    g->low = malloc(sizeof(int32_t) * (size_t)columns);
    g->part = malloc(sizeof(float) * (size_t)columns);
    if (g->line == NULL || g->low == NULL || g->part == NULL) return 0;
    for (ptrdiff_t x = 0; x < columns; x++) {
        const between_t at = between(x, columns, g->width);
        g->low[x] = (int32_t)at.low, g->part[x] = at.part;
    }
    return 1;
}

static void close_gains(gains_t *g) { free(g->line), free(g->low), free(g->part); }

/* Bit by bit, so many values. */
static ALWAYS_INLINE int is_same(const float *a, const float *b, const ptrdiff_t n) {
    int32_t differing = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t one, other;
        memcpy(&one, a + i, sizeof one), memcpy(&other, b + i, sizeof other);
        differing |= one ^ other;
    }
    return differing == 0;
}

/* n pixels of a row from x on: previous + gain * (alpha - previous), clipped; or alpha where that is near. */
static ALWAYS_INLINE void follow_chunk(const gains_t *g, ptrdiff_t x, const float *restrict previous,
                                       const float *restrict alpha, const ptrdiff_t n, float near,
                                       float *restrict smoothed) {
    const float *restrict line = g->line, *restrict part = g->part + x;
    const int32_t *restrict low = g->low + x;
    for (ptrdiff_t i = 0; i < n; i++) {
        const float gain = line[low[i]] + part[i] * (line[low[i] + 1] - line[low[i]]);
        const float sum = clamp_float(previous[i] + gain * (alpha[i] - previous[i]), 0.0f, 1.0f), rest = alpha[i] - sum;
        smoothed[i] = rest < near && rest > -near ? alpha[i] : sum;
    }
}

/* Row y of `rows`, `columns` wide. */
static void follow_row(const gains_t *g, ptrdiff_t y, ptrdiff_t rows, ptrdiff_t columns, const float *previous,
                       const float *alpha, float near, float *smoothed) {
    const between_t down = between(y, rows, g->height);
    const float *const upper = g->gains + down.low * g->width, *const lower = g->gains + down.high * g->width;
    for (ptrdiff_t x = 0; x < g->width; x++) g->line[x] = upper[x] + down.part * (lower[x] - upper[x]);
    g->line[g->width] = g->line[g->width - 1];
    ptrdiff_t x = 0;
    for (; x + CHUNK <= columns; x += CHUNK) {
        if (is_same(previous + x, alpha + x, CHUNK)) memcpy(smoothed + x, alpha + x, sizeof(float) * CHUNK);
        else follow_chunk(g, x, previous + x, alpha + x, CHUNK, near, smoothed + x);
    }
    follow_chunk(g, x, previous + x, alpha + x, columns - x, near, smoothed + x);
}

/* Recursive filter of a matte, (height, width), whose gains are those of a smaller map (map_height, map_width). */
EXPORT int follow(const float *previous, const float *alpha, ptrdiff_t height, ptrdiff_t width, const float *gains,
                  ptrdiff_t map_height, ptrdiff_t map_width, float near, float *smoothed) {
    gains_t g = {gains, map_height, map_width, NULL, NULL, NULL};
    const int is_open = open_gains(&g, width);
    for (ptrdiff_t y = 0; is_open && y < height; y++) {
        const ptrdiff_t at = y * width;
        follow_row(&g, y, height, width, previous + at, alpha + at, near, smoothed + at);
    }
    close_gains(&g);
    return is_open ? DONE : OUT_OF_MEMORY;
}

/* apply_coefficients and follow in one pass. */
EXPORT int follow_coefficients(const float *framed, ptrdiff_t framed_height, ptrdiff_t framed_width, ptrdiff_t factor,
                               const uint8_t *image, ptrdiff_t height, ptrdiff_t width, const float *previous,
                               const float *gains, ptrdiff_t map_height, ptrdiff_t map_width, float near, float *smoothed) {
    application_t a = {{framed, framed_height, framed_width, factor, 0.0f}, image, width, NULL, NULL, NULL, 0, 0};
    gains_t g = {gains, map_height, map_width, NULL, NULL, NULL};
    float *const alpha = malloc(sizeof(float) * (size_t)width);
    const int is_ready = open_application(&a), is_open = open_gains(&g, width) && is_ready && alpha != NULL;
    for (ptrdiff_t y = 0; is_open && y < height; y++) {
        apply_to_row(&a, y, alpha);
        follow_row(&g, y, height, width, previous + y * width, alpha, near, smoothed + y * width);
    }
    close_application(&a), close_gains(&g), free(alpha);
    return is_open ? DONE : OUT_OF_MEMORY;
}
