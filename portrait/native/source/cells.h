/* Cells: squares of an image that are all background, all subject, or mixed. Only mixed ones, a few per cent of most
 * images, cost anything for each pixel. */
#ifndef PORTRAIT_CELLS_H
#define PORTRAIT_CELLS_H

#include "native.h"

enum { CELL = 8 }; /* pixels of a side; the last ones of a line may be smaller */

enum { CLEAR = 1, FULL = 2, MIXED = 4 }; /* alpha 0 all over; 1 all over; or neither. Several of them: MIXED */

typedef struct { ptrdiff_t start, stop; int kind; } run_t; /* pixels of a row */

/* Adds pixels to the runs of a row, of which there are `count`. Gives their new number. */
static inline ptrdiff_t add_run(run_t *runs, ptrdiff_t count, run_t run) {
    if (run.start == run.stop) return count;
    if (count > 0 && runs[count - 1].kind == run.kind) return runs[count - 1].stop = run.stop, count;
    runs[count] = run;
    return count + 1;
}

static inline ptrdiff_t cells_along(ptrdiff_t pixels) { return (pixels + CELL - 1) / CELL; }

/* Runs of cells of one kind in rows [top, bottom) of an image `width` pixels wide. Gives their number; `runs` has room for one
 * a cell. */
static inline ptrdiff_t find_cell_runs(const uint8_t *cells, ptrdiff_t width, ptrdiff_t top, ptrdiff_t bottom, run_t *runs) {
    const ptrdiff_t across = cells_along(width), last = (bottom - 1) / CELL;
    ptrdiff_t count = 0;
    for (ptrdiff_t x = 0; x < across; x++) {
        int all = 0;
        for (ptrdiff_t y = top / CELL; y <= last; y++) all |= cells[y * across + x];
        const int kind = all == CLEAR || all == FULL ? all : MIXED;
        count = add_run(runs, count, (run_t){x * CELL, min_size(width, (x + 1) * CELL), kind});
    }
    return count;
}

typedef int32_t bits_t __attribute__((vector_size(sizeof(int32_t) * CELL)));

/* Kind of a cell of `rows` x `columns` pixels, CELL at most. */
static inline int kind_of_part(const float *alpha, ptrdiff_t width, ptrdiff_t rows, ptrdiff_t columns) {
    int32_t not_clear = 0, not_full = 0;
    for (ptrdiff_t y = 0; y < rows; y++)
        for (ptrdiff_t x = 0; x < columns; x++) {
            int32_t bits;
            memcpy(&bits, alpha + y * width + x, sizeof bits);
            not_clear |= bits ^ BITS_OF_ZERO, not_full |= bits ^ BITS_OF_ONE;
        }
    return not_clear == 0 ? CLEAR : not_full == 0 ? FULL : MIXED;
}

static inline int is_zero(bits_t bits) {
    int64_t words[sizeof bits / sizeof(int64_t)];
    memcpy(words, &bits, sizeof bits);
    return (words[0] | words[1] | words[2] | words[3]) == 0;
}

/* The same of a whole cell. */
static inline int kind_of_whole(const float *alpha, ptrdiff_t width) {
    bits_t not_clear = {0}, not_full = {0}, bits;
    for (int y = 0; y < CELL; y++) {
        memcpy(&bits, alpha + y * width, sizeof bits);
        not_clear |= bits ^ BITS_OF_ZERO, not_full |= bits ^ BITS_OF_ONE;
    }
    return is_zero(not_clear) ? CLEAR : is_zero(not_full) ? FULL : MIXED;
}

static inline int kind_of_cell(const float *alpha, ptrdiff_t width, ptrdiff_t rows, ptrdiff_t columns) {
    return rows == CELL && columns == CELL ? kind_of_whole(alpha, width) : kind_of_part(alpha, width, rows, columns);
}

#endif
