/* The guided filter's coefficients applied to an image. */
#include "coefficients.h"

#include <stdlib.h>

/* First pixel of what lies between two samples, and of what follows the last one. */
static inline ptrdiff_t cell_start(ptrdiff_t cell, ptrdiff_t factor, ptrdiff_t end) {
    return cell == 0 ? 0 : min_size(end, factor * (2 * cell - 1) / 2);
}

/* The runs of cells of one kind between two rows of samples. Gives their number. */
static ptrdiff_t find_runs(const coefficients_t *c, const uint8_t *upper, const uint8_t *lower, ptrdiff_t columns, run_t *runs) {
    ptrdiff_t count = 0;
    for (ptrdiff_t i = 0; i + 1 < c->width; i++) {
        const ptrdiff_t start = cell_start(i, c->factor, columns), stop = cell_start(i + 1, c->factor, columns);
        const int all = upper[i] | upper[i + 1] | lower[i] | lower[i + 1], kind = all == CLEAR || all == FULL ? all : MIXED;
        count = add_run(runs, count, (run_t){start, stop, kind});
    }
    return count;
}

static void fill_row(float *row, ptrdiff_t n, float value) {
    for (ptrdiff_t i = 0; i < n; i++) row[i] = value;
}

/* Where coefficients are applied row by row, and what that needs. */
typedef struct {
    coefficients_t coefficients;
    const uint8_t *image; /* (…, width, 3) */
    ptrdiff_t width;
    float *memory; /* of the band */
    band_t band;
    uint8_t *kinds;
    run_t *runs; /* of the band */
    ptrdiff_t count;
} application_t;

static int open_application(application_t *a) {
    const size_t samples = (size_t)a->coefficients.width;
    a->memory = malloc(sizeof(float) * floats_of_band(a->width));
    a->runs = malloc(sizeof(run_t) * samples);
    a->kinds = malloc(2 * samples);
    a->band = open_band(a->memory, a->width);
    return a->memory != NULL && a->runs != NULL && a->kinds != NULL;
}

static void close_application(application_t *a) { free(a->memory), free(a->runs), free(a->kinds); }

/* Finds the runs between two rows of samples, and makes the band ready in those that need it. */
static void enter_band(application_t *a, ptrdiff_t index) {
    const coefficients_t *const c = &a->coefficients;
    uint8_t *const upper = a->kinds, *const lower = upper + c->width;
    find_kinds(c, index, upper), find_kinds(c, index + 1, lower);
    a->count = find_runs(c, upper, lower, a->width, a->runs);
    for (ptrdiff_t i = 0; i < a->count; i++) {
        a->band.index = NO_ROW;
        if (a->runs[i].kind == MIXED) move_band(&a->band, c, index, a->runs[i]);
    }
    a->band.index = index;
}

static void apply_to_run(const application_t *a, ptrdiff_t y, float part, run_t run, float *alpha) {
    const uint8_t *const levels = a->image + 3 * y * a->width;
    for (ptrdiff_t x = run.start; x < run.stop; x += LANES) {
        const ptrdiff_t n = min_size(LANES, run.stop - x);
        store_some(alpha + x, alpha_of(&a->band, part, x, load_colors(levels + 3 * x, n), a->coefficients.minimum), n);
    }
}

/* Alpha of row y, (width). Cells without a slope that are all background or all subject are filled. */
static void apply_to_row(application_t *a, ptrdiff_t y, float *alpha) {
    const place_t place = framed_place(y, a->coefficients.factor);
    if (place.index != a->band.index) enter_band(a, place.index);
    for (ptrdiff_t i = 0; i < a->count; i++) {
        const run_t run = a->runs[i];
        if (run.kind == MIXED) apply_to_run(a, y, part_of(place, a->coefficients.factor), run, alpha);
        else fill_row(alpha + run.start, run.stop - run.start, run.kind == FULL ? 1.0f : a->coefficients.minimum);
    }
}

/* Coefficients (PLANES, height, framed_width), framed, at 1 / `factor` of the size, applied to rows [top, bottom) of an image
 * `width` pixels wide -> (bottom - top, width); the slope is that of levels 0 ... 255. */
EXPORT int apply_coefficients(const float *framed, ptrdiff_t height, ptrdiff_t framed_width, ptrdiff_t factor,
                              const uint8_t *image, ptrdiff_t width, ptrdiff_t top, ptrdiff_t bottom, float minimum,
                              float *filtered) {
    application_t a = {.coefficients = {framed, height, framed_width, factor, minimum}, .image = image, .width = width};
    const int is_open = open_application(&a);
    for (ptrdiff_t y = top; is_open && y < bottom; y++) apply_to_row(&a, y, filtered + (y - top) * width);
    close_application(&a);
    return is_open ? DONE : OUT_OF_MEMORY;
}
