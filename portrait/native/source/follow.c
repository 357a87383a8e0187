/* Smoothing of a matte over time. */
#include "between.h"
#include "coefficients.h"

#include <stdlib.h>

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

/* The gains of row y of `rows`. */
static void move_gains(const gains_t *g, ptrdiff_t y, ptrdiff_t rows) {
    const between_t down = between(y, rows, g->height);
    const float *const upper = g->gains + down.low * g->width, *const lower = g->gains + down.high * g->width;
    for (ptrdiff_t x = 0; x < g->width; x++) g->line[x] = upper[x] + down.part * (lower[x] - upper[x]);
    g->line[g->width] = g->line[g->width - 1];
}

/* n pixels from column `first` on, of the row whose gains are there. */
static void follow_run(const gains_t *g, ptrdiff_t first, ptrdiff_t n, const float *previous, const float *alpha, float near,
                       float *smoothed) {
    ptrdiff_t x = 0;
    for (; x + CHUNK <= n; x += CHUNK) {
        if (is_same(previous + x, alpha + x, CHUNK)) memcpy(smoothed + x, alpha + x, sizeof(float) * CHUNK);
        else follow_chunk(g, first + x, previous + x, alpha + x, CHUNK, near, smoothed + x);
    }
    follow_chunk(g, first + x, previous + x, alpha + x, n - x, near, smoothed + x);
}

/* Recursive filter of a matte, (height, width), whose gains are those of a smaller map (map_height, map_width). */
EXPORT int follow(const float *previous, const float *alpha, ptrdiff_t height, ptrdiff_t width, const float *gains,
                  ptrdiff_t map_height, ptrdiff_t map_width, float near, float *smoothed) {
    gains_t g = {gains, map_height, map_width, NULL, NULL, NULL};
    const int is_open = open_gains(&g, width);
    for (ptrdiff_t y = 0; is_open && y < height; y++) {
        const ptrdiff_t at = y * width;
        move_gains(&g, y, height);
        follow_run(&g, 0, width, previous + at, alpha + at, near, smoothed + at);
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
    float *lines;   /* see floats_of_row, and a row of alpha */
    run_t *runs;
} matte_t;

static int open_matte(matte_t *m) {
    const coefficients_t *const c = &m->coefficients;
    const int has_gains = open_gains(&m->gains, m->width);
    m->kinds = malloc((size_t)((c->height + 1) * c->width));
    m->spans = malloc(sizeof(span_t) * (size_t)cells_along(m->width));
    m->lines = malloc(sizeof(float) * (floats_of_row(c, m->width) + (size_t)m->width));
    m->runs = malloc(sizeof(run_t) * (size_t)cells_along(m->width));
    if (!has_gains || m->spans == NULL || m->kinds == NULL || m->lines == NULL || m->runs == NULL) return 0;
    m->column_kinds = m->kinds + c->height * c->width;
    for (ptrdiff_t y = 0; y < c->height; y++) find_kinds(c, y, m->kinds + y * c->width);
    for (ptrdiff_t x = 0; x < m->width; x += CELL)
        m->spans[x / CELL] = (span_t){framed_place(x, c->factor).index,
                                      framed_place(min_size(m->width, x + CELL) - 1, c->factor).index + 1};
    return 1;
}

static void close_matte(matte_t *m) { close_gains(&m->gains), free(m->spans), free(m->kinds), free(m->lines), free(m->runs); }

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

static void smooth_run(const matte_t *m, ptrdiff_t y, run_t run) {
    const ptrdiff_t at = y * m->width + run.start;
    float *const alpha = m->lines + floats_of_row(&m->coefficients, m->width);
    apply_to_run(&m->coefficients, m->image, m->width, y, run, m->lines, alpha);
    follow_run(&m->gains, run.start, run.stop - run.start, m->previous + at, alpha, m->near, m->smoothed + at);
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
        }
}

static void smooth_cells(const matte_t *m, ptrdiff_t top, ptrdiff_t bottom) {
    const ptrdiff_t count = plan_cells(m, top, bottom);
    for (ptrdiff_t i = 0; i < count; i++)
        if (m->runs[i].kind == MIXED) prefetch_run(m, top, bottom, m->runs[i]);
    for (ptrdiff_t y = top; y < bottom; y++) {
        move_gains(&m->gains, y, m->height);
        for (ptrdiff_t i = 0; i < count; i++)
            if (m->runs[i].kind == MIXED) smooth_run(m, y, m->runs[i]);
    }
    for (ptrdiff_t i = 0; i < count; i++)
        if (m->runs[i].kind == MIXED) classify_run(m, top, bottom, m->runs[i]);
}

/* apply_coefficients and follow in one pass, which touches no cell that is, and stays, all background or all subject. */
EXPORT int follow_coefficients(const float *framed, ptrdiff_t framed_height, ptrdiff_t framed_width, ptrdiff_t factor,
                               const uint8_t *image, ptrdiff_t height, ptrdiff_t width, const float *previous,
                               const uint8_t *previous_cells, const float *gains, ptrdiff_t map_height, ptrdiff_t map_width,
                               float near, float *smoothed, uint8_t *cells) {
    matte_t m = {.coefficients = {framed, framed_height, framed_width, factor, 0.0f},
                 .image = image, .height = height, .width = width, .previous = previous, .previous_cells = previous_cells,
                 .gains = {gains, map_height, map_width, NULL, NULL, NULL}, .near = near,
                 .smoothed = smoothed, .cells = cells};
    const int is_open = open_matte(&m);
    for (ptrdiff_t y = 0; is_open && y < height; y += CELL) smooth_cells(&m, y, min_size(height, y + CELL));
    close_matte(&m);
    return is_open ? DONE : OUT_OF_MEMORY;
}
