/* Smoothing of a matte over time. */
#include "between.h"
#include "coefficients.h"

#include <stdlib.h>

/* The gains of a recursive filter, (height, width), upsampled across from two of their rows. */
typedef struct {
    const float *gains;
    ptrdiff_t height, width;
    float *line;          /* a row of gains, and the last one again */
    int32_t *low;         /* of every column of pixels: the gain before it, and its part of the way to the next */
    float *part;
    float *upper, *lower; /* (columns), and some of no use, so that all lanes can be loaded */
    ptrdiff_t index;      /* the row of gains that `upper` holds, or NO_ROW */
} gains_t;

static int open_gains(gains_t *g, ptrdiff_t columns) {
    g->line = malloc(sizeof(float) * ((size_t)g->width + 1 + 3 * (size_t)(columns + LANES)));
    g->low = malloc(sizeof(int32_t) * (size_t)columns);
    if (g->line == NULL || g->low == NULL) return 0;
    g->part = g->line + g->width + 1, g->upper = g->part + columns, g->lower = g->upper + columns + LANES;
    g->index = NO_ROW;
    for (ptrdiff_t x = 0; x < columns; x++) {
        const between_t at = between(x, columns, g->width);
        g->low[x] = (int32_t)at.low, g->part[x] = at.part;
    }
    return 1;
}

static void close_gains(gains_t *g) { free(g->line), free(g->low); }

static void upsample_gains(const gains_t *g, ptrdiff_t row, run_t run, float *restrict out) {
    memcpy(g->line, g->gains + row * g->width, sizeof(float) * (size_t)g->width);
    g->line[g->width] = g->line[g->width - 1];
    for (ptrdiff_t x = run.start; x < run.stop; x++) {
        const float *const at = g->line + g->low[x];
        out[x] = at[0] + g->part[x] * (at[1] - at[0]);
    }
}

/* Makes row y of `rows` lie between the two rows of gains that are held in a run, the same one as before unless NO_ROW is
 * held. Gives its part of the way from the upper to the lower. */
static float move_gains(gains_t *g, ptrdiff_t y, ptrdiff_t rows, run_t run) {
    const between_t down = between(y, rows, g->height);
    if (g->index == down.low) return down.part;
    if (g->index + 1 == down.low) {
        float *const before = g->upper;
        g->upper = g->lower, g->lower = before;
    } else
        upsample_gains(g, down.low, run, g->upper);
    upsample_gains(g, min_size(down.low + 1, g->height - 1), run, g->lower);
    g->index = down.low;
    return down.part;
}

/* Pixels from column x on: previous + gain * (alpha - previous), clipped; or alpha where that is near. */
static inline lanes_t follow_lanes(const gains_t *g, float part, ptrdiff_t x, lanes_t previous, lanes_t alpha, float near) {
    const lanes_t upper = load_lanes(g->upper + x), gain = upper + part * (load_lanes(g->lower + x) - upper);
    const lanes_t sum = min_lanes(max_lanes(previous + gain * (alpha - previous), all_lanes(0.0f)), all_lanes(1.0f));
    const lanes_t rest = alpha - sum;
    return select_lanes((rest < near) & (rest > -near), alpha, sum);
}

/* A row of `columns` pixels. */
static void follow_row(const gains_t *g, float part, ptrdiff_t columns, const float *previous, const float *alpha, float near,
                       float *smoothed) {
    for (ptrdiff_t x = 0; x < columns; x += LANES) {
        const ptrdiff_t n = min_size(LANES, columns - x);
        const lanes_t before = load_some(previous + x, n), now = load_some(alpha + x, n);
        store_some(smoothed + x, follow_lanes(g, part, x, before, now, near), n);
    }
}

/* Recursive filter of a matte, (height, width), whose gains are those of a smaller map (map_height, map_width). */
EXPORT int follow(const float *previous, const float *alpha, ptrdiff_t height, ptrdiff_t width, const float *gains,
                  ptrdiff_t map_height, ptrdiff_t map_width, float near, float *smoothed) {
    gains_t g = {.gains = gains, .height = map_height, .width = map_width};
    const int is_open = open_gains(&g, width);
    for (ptrdiff_t y = 0; is_open && y < height; y++) {
        const float part = move_gains(&g, y, height, (run_t){0, width, MIXED});
        follow_row(&g, part, width, previous + y * width, alpha + y * width, near, smoothed + y * width);
    }
    close_gains(&g);
    return is_open ? DONE : OUT_OF_MEMORY;
}

typedef struct { ptrdiff_t first, last; } span_t; /* columns of coefficients that pixels lie between */

/* A matte that is found by coefficients and follows the one before, cell by cell. */
typedef struct {
    coefficients_t coefficients;
    const uint8_t *image; /* (height, width, 3) */
    ptrdiff_t height, width;
    const float *previous; /* (height, width), and the kinds of its cells */
    const uint8_t *previous_cells;
    gains_t gains;
    float near;
    float *smoothed; /* (height, width), and the kinds of its cells: before, those of what it holds, 0 where that is unknown */
    uint8_t *cells;
    uint8_t *kinds, *column_kinds; /* of the coefficients, and of columns of them */
    span_t *spans;  /* of every column of cells */
    float *memory;  /* of the band */
    band_t band;
    run_t *runs;
} matte_t;

static int open_matte(matte_t *m) {
    const coefficients_t *const c = &m->coefficients;
    const int has_gains = open_gains(&m->gains, m->width);
    m->kinds = malloc((size_t)((c->height + 1) * c->width));
    m->spans = malloc(sizeof(span_t) * (size_t)cells_along(m->width));
    m->memory = malloc(sizeof(float) * floats_of_band(m->width));
    m->runs = malloc(sizeof(run_t) * (size_t)cells_along(m->width));
    if (!has_gains || m->spans == NULL || m->kinds == NULL || m->memory == NULL || m->runs == NULL) return 0;
    m->column_kinds = m->kinds + c->height * c->width;
    m->band = open_band(m->memory, m->width);
    for (ptrdiff_t y = 0; y < c->height; y++) find_kinds(c, y, m->kinds + y * c->width);
    for (ptrdiff_t x = 0; x < m->width; x += CELL)
        m->spans[x / CELL] = (span_t){framed_place(x, c->factor).index,
                                      framed_place(min_size(m->width, x + CELL) - 1, c->factor).index + 1};
    return 1;
}

static void close_matte(matte_t *m) { close_gains(&m->gains), free(m->spans), free(m->kinds), free(m->memory), free(m->runs); }

/* What the coefficients make of any colours in rows [top, bottom), column by column of the coefficients. */
static void find_column_kinds(const matte_t *m, ptrdiff_t top, ptrdiff_t bottom) {
    const ptrdiff_t factor = m->coefficients.factor, width = m->coefficients.width;
    memset(m->column_kinds, 0, (size_t)width);
    for (ptrdiff_t y = framed_place(top, factor).index; y <= framed_place(bottom - 1, factor).index + 1; y++)
        for (ptrdiff_t x = 0; x < width; x++) m->column_kinds[x] |= m->kinds[y * width + x];
}

/* The same for a cell of those rows. */
static int kind_by_coefficients(const matte_t *m, ptrdiff_t cell) {
    int all = 0;
    for (ptrdiff_t x = m->spans[cell].first; x <= m->spans[cell].last; x++) all |= m->column_kinds[x];
    return all;
}

static void fill_cell(const matte_t *m, ptrdiff_t top, ptrdiff_t bottom, run_t cell) {
    const float value = cell.kind == FULL ? 1.0f : 0.0f;
    for (ptrdiff_t y = top; y < bottom; y++)
        for (ptrdiff_t x = cell.start; x < cell.stop; x++) m->smoothed[y * m->width + x] = value;
}

/* The runs of cells of rows [top, bottom) that have to be smoothed; those that stay all background or all subject are filled
 * where they are not. Gives the number of all runs. */
static ptrdiff_t plan_cells(const matte_t *m, ptrdiff_t top, ptrdiff_t bottom) {
    const ptrdiff_t across = cells_along(m->width), row = top / CELL * across;
    ptrdiff_t count = 0;
    find_column_kinds(m, top, bottom);
    for (ptrdiff_t i = 0; i < across; i++) {
        run_t cell = {i * CELL, min_size(m->width, (i + 1) * CELL), MIXED};
        const int before = m->previous_cells[row + i];
        if (before != MIXED && kind_by_coefficients(m, i) == before) cell.kind = before;
        if (cell.kind != MIXED && m->cells[row + i] != cell.kind) fill_cell(m, top, bottom, cell);
        m->cells[row + i] = (uint8_t)cell.kind;
        count = add_run(m->runs, count, cell);
    }
    return count;
}

/* A run of cells in rows [top, bottom). */
static void smooth_run(matte_t *m, ptrdiff_t top, ptrdiff_t bottom, run_t run) {
    m->band.index = m->gains.index = NO_ROW;
    for (ptrdiff_t y = top; y < bottom; y++) {
        const place_t place = framed_place(y, m->coefficients.factor);
        move_band(&m->band, &m->coefficients, place.index, run);
        const float part = part_of(place, m->coefficients.factor), gain_part = move_gains(&m->gains, y, m->height, run);
        for (ptrdiff_t x = run.start; x < run.stop; x += LANES) {
            const ptrdiff_t at = y * m->width + x, n = min_size(LANES, run.stop - x);
            const vector_t colors = load_colors(m->image + 3 * at, n);
            const lanes_t alpha = alpha_of(&m->band, part, x, colors, m->coefficients.minimum);
            const lanes_t before = load_some(m->previous + at, n);
            store_some(m->smoothed + at, follow_lanes(&m->gains, gain_part, x, before, alpha, m->near), n);
        }
    }
}

/* The kinds of cells that were smoothed. */
static void classify_run(const matte_t *m, ptrdiff_t top, ptrdiff_t bottom, run_t run) {
    uint8_t *const cells = m->cells + top / CELL * cells_along(m->width);
    for (ptrdiff_t x = run.start; x < run.stop; x += CELL)
        cells[x / CELL] = (uint8_t)kind_of_cell(m->smoothed + top * m->width + x, m->width, bottom - top,
                                                min_size(CELL, m->width - x));
}

/* Asks for the pixels of a run in time: so short pieces of far rows come late by themselves. */
static void prefetch_run(const matte_t *m, ptrdiff_t top, ptrdiff_t bottom, run_t run) {
    for (ptrdiff_t y = top; y < bottom; y++)
        for (ptrdiff_t x = run.start; x < run.stop; x += CELL) {
            __builtin_prefetch(m->image + 3 * (y * m->width + x));
            __builtin_prefetch(m->previous + y * m->width + x);
            __builtin_prefetch(m->smoothed + y * m->width + x, 1);
        }
}

static void smooth_cells(matte_t *m, ptrdiff_t top, ptrdiff_t bottom) {
    const ptrdiff_t count = plan_cells(m, top, bottom);
    for (ptrdiff_t i = 0; i < count; i++)
        if (m->runs[i].kind == MIXED) prefetch_run(m, top, bottom, m->runs[i]);
    for (ptrdiff_t i = 0; i < count; i++)
        if (m->runs[i].kind == MIXED) smooth_run(m, top, bottom, m->runs[i]), classify_run(m, top, bottom, m->runs[i]);
}

/* apply_coefficients and follow in one pass, which touches no cell that is, and stays, all background or all subject. */
EXPORT int follow_coefficients(const float *framed, ptrdiff_t framed_height, ptrdiff_t framed_width, ptrdiff_t factor,
                               const uint8_t *image, ptrdiff_t height, ptrdiff_t width, const float *previous,
                               const uint8_t *previous_cells, const float *gains, ptrdiff_t map_height, ptrdiff_t map_width,
                               float near, float *smoothed, uint8_t *cells) {
    matte_t m = {.coefficients = {framed, framed_height, framed_width, factor, 0.0f},
                 .image = image, .height = height, .width = width, .previous = previous, .previous_cells = previous_cells,
                 .gains = {.gains = gains, .height = map_height, .width = map_width}, .near = near,
                 .smoothed = smoothed, .cells = cells};
    const int is_open = open_matte(&m);
    for (ptrdiff_t y = 0; is_open && y < height; y += CELL) smooth_cells(&m, y, min_size(height, y + CELL));
    close_matte(&m);
    return is_open ? DONE : OUT_OF_MEMORY;
}
