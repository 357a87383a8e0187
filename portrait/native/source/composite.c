/* Compositing of a frame: the background upsampled as 8 bits, and the subject over it. */
#include "cells.h"
#include "encode.h"

#include <stdlib.h>
#include <string.h>

typedef uint16_t pixel_t __attribute__((vector_size(8))); /* red, green, blue, and a value of no use */

static inline pixel_t load_pixel(const uint8_t *levels) {
    return (pixel_t){levels[0], levels[1], levels[2], 0};
}

/* One framed row (w + 2, 3) across: `width` pixels, times 2 * factor. `line` has room for one value more. */
static void upsample_across(const uint8_t *small, int factor, ptrdiff_t width, uint16_t *line) {
    const place_t first = framed_place(0, factor);
    const uint8_t *left = small + 3 * first.index;
    for (ptrdiff_t x = 0, part = first.part; x < width; left += 3, part -= 2 * factor) {
        const ptrdiff_t stop = min_size(width, x + (2 * factor - part + 1) / 2);
        const pixel_t from = load_pixel(left), difference = load_pixel(left + 3) - from; /* modulo 2^16: comes out right */
        const pixel_t step = difference * (uint16_t)2;
        pixel_t value = from * (uint16_t)(2 * factor) + difference * (uint16_t)part;
        part += 2 * (stop - x);
        for (; x < stop; x++, value += step) memcpy(line + 3 * x, &value, sizeof value);
    }
}

/* Mixes two lines, both times 2 * factor, by parts that add up to 2 * factor. As in OpenCV, each product is cut to quarters
 * of a level, and their sum rounded. */
static ALWAYS_INLINE void mix_lines(const uint16_t *restrict upper, const uint16_t *restrict lower, int lower_part,
                                    int factor, const ptrdiff_t n, uint8_t *restrict out) {
    const uint16_t down = (uint16_t)lower_part, up = (uint16_t)(2 * factor - lower_part);
    const int shift = factor == 1 ? 0 : factor == 2 ? 2 : factor == 4 ? 4 : 6; /* of products to quarters of a level */
    for (ptrdiff_t i = 0; i < n; i++) {
        const uint16_t quarters = (uint16_t)(((uint16_t)(upper[i] * up) >> shift) + ((uint16_t)(lower[i] * down) >> shift));
        out[i] = (uint8_t)((uint16_t)(quarters + 2) >> 2);
    }
}

/* Some rows of an image that is `factor` (1, 2, 4 or 8) times as large: uint8 (h + 2, w + 2, 3) with a frame of one
 * pixel -> (stop - start, width, 3). */
EXPORT int upsample_rows(const uint8_t *small, ptrdiff_t small_width, ptrdiff_t factor, ptrdiff_t start, ptrdiff_t stop,
                         ptrdiff_t width, uint8_t *out) {
    const ptrdiff_t values = 3 * width, row = 3 * small_width;
    uint16_t *lines = malloc(sizeof(uint16_t) * 2 * (size_t)(values + 1));
    if (lines == NULL) return OUT_OF_MEMORY;
    uint16_t *upper = lines, *lower = lines + values + 1;
    ptrdiff_t done = -2; /* the framed row that `upper` holds */
    for (ptrdiff_t y = start; y < stop; y++, out += values) {
        const place_t place = framed_place(y, factor);
        if (place.index != done) {
            uint16_t *const before = upper;
            upper = lower, lower = before;
            if (place.index != done + 1) upsample_across(small + place.index * row, (int)factor, width, upper);
            upsample_across(small + (place.index + 1) * row, (int)factor, width, lower);
            done = place.index;
        }
        mix_lines(upper, lower, (int)place.part, (int)factor, values, out);
    }
    free(lines);
    return DONE;
}

typedef float light_t __attribute__((vector_size(16))); /* red, green, blue, and a value of no use */

static inline light_t load_light(const float *light) { return (light_t){light[0], light[1], light[2], 0.0f}; }

/* One framed row across: `width` pixels of linear light. `out` has room for one value more unless `is_last`. */
static void upsample_light_across(const float *small, ptrdiff_t factor, ptrdiff_t width, int is_last, float *out) {
    const place_t first = framed_place(0, factor);
    const float *left = small + 3 * first.index, by = 1.0f / (float)(2 * factor);
    const ptrdiff_t whole = is_last ? width - 1 : width;
    for (ptrdiff_t x = 0, part = first.part; x < width; left += 3, part -= 2 * factor) {
        const ptrdiff_t stop = min_size(width, x + (2 * factor - part + 1) / 2);
        const light_t from = load_light(left), difference = (load_light(left + 3) - from) * by;
        for (; x < stop; x++, part += 2) {
            const light_t value = from + difference * (float)part;
            memcpy(out + 3 * x, &value, x < whole ? sizeof value : sizeof(float) * 3);
        }
    }
}

/* As upsample_rows, by any factor, of linear light. */
EXPORT int upsample_light(const float *small, ptrdiff_t small_width, ptrdiff_t factor, ptrdiff_t start, ptrdiff_t stop,
                          ptrdiff_t width, float *out) {
    const ptrdiff_t row = 3 * small_width;
    float *restrict line = malloc(sizeof(float) * (size_t)row);
    if (line == NULL) return OUT_OF_MEMORY;
    for (ptrdiff_t y = start; y < stop; y++, out += 3 * width) {
        const place_t place = framed_place(y, factor);
        const float part = (float)place.part / (float)(2 * factor);
        const float *const upper = small + place.index * row, *const lower = upper + row;
        for (ptrdiff_t i = 0; i < row; i++) line[i] = upper[i] + part * (lower[i] - upper[i]);
        upsample_light_across(line, factor, width, y + 1 == stop, out);
    }
    free(line);
    return DONE;
}

/* The subject of a frame, and its soft pixels in ascending order. */
typedef struct {
    const uint8_t *image;
    const float *alpha;
    const uint8_t *cells; /* its kinds */
    ptrdiff_t width;
    const ptrdiff_t *index;
    const float *foreground;
    ptrdiff_t count, next; /* of the soft pixels; the first that is not done */
    const uint8_t *srgb;
    run_t *runs;
    int32_t largest; /* of the bits of soft pixels' light */
} subject_t;

/* Soft pixels over what is behind them in linear light, n values. */
static void mix_soft(subject_t *s, const float *restrict alpha, const float *restrict foreground, ptrdiff_t n,
                     uint8_t *restrict shown) {
    float light[VALUES];
    for (ptrdiff_t i = 0; i < n; i++)
        light[i] = alpha[i] * foreground[i] + (1.0f - alpha[i]) * linear_of_level(shown[i]);
    const int32_t bits = encode_chunk(light, n, s->srgb, shown);
    s->largest = bits > s->largest ? bits : s->largest;
}

/* n pixels from `start` on, CHUNK at most, over `shown`, which holds the background. */
static int put_chunk(subject_t *s, ptrdiff_t start, ptrdiff_t n, uint8_t *shown) {
    uint8_t mixed[VALUES];
    float alpha[VALUES];
    const ptrdiff_t first = s->next;
    ptrdiff_t done = 0;
    for (; s->next < s->count && s->index[s->next] < start + n; s->next++, done += 3) {
        const ptrdiff_t at = s->index[s->next];
        if (at < start || done == VALUES) return BAD_INDEX; /* not ascending */
        memcpy(mixed + done, shown + 3 * (at - start), 3);
        alpha[done] = alpha[done + 1] = alpha[done + 2] = s->alpha[at];
    }
    mix_soft(s, alpha, s->foreground + 3 * first, done, mixed);
    for (ptrdiff_t i = 0; i < n; i++)
        if (s->alpha[start + i] > 0.5f) memcpy(shown + 3 * i, s->image + 3 * (start + i), 3);
    for (ptrdiff_t i = first; i < s->next; i++) memcpy(shown + 3 * (s->index[i] - start), mixed + 3 * (i - first), 3);
    return DONE;
}

/* A run of pixels of row y over `shown`, which holds the background there. */
static int put_run(subject_t *s, ptrdiff_t y, run_t run, uint8_t *shown) {
    if (run.kind == CLEAR) return DONE;
    const ptrdiff_t first = y * s->width + run.start, n = run.stop - run.start;
    if (run.kind == FULL) return memcpy(shown, s->image + 3 * first, 3 * (size_t)n), DONE;
    for (ptrdiff_t x = 0; x < n; x += CHUNK)
        if (put_chunk(s, first + x, min_size(CHUNK, n - x), shown + 3 * x) != DONE) return BAD_INDEX;
    return DONE;
}

/* What became of rows up to `bottom`: soft pixels that are left over there are not ascending, or in no mixed cell. */
static int status_of(const subject_t *s, ptrdiff_t bottom) {
    if (s->next < s->count && s->index[s->next] < bottom * s->width) return BAD_INDEX;
    return s->largest < infinite ? DONE : NOT_FINITE;
}

/* The subject over `shown` in rows [top, bottom). */
EXPORT int composite(const uint8_t *image, const float *alpha, const uint8_t *cells, ptrdiff_t width, const ptrdiff_t *index,
                     const float *foreground, ptrdiff_t count, ptrdiff_t top, ptrdiff_t bottom, const uint8_t *srgb,
                     uint8_t *shown) {
    run_t *const runs = malloc(sizeof(run_t) * (size_t)cells_along(width));
    if (runs == NULL) return OUT_OF_MEMORY;
    const ptrdiff_t next = first_from(index, count, top * width);
    subject_t subject = {image, alpha, cells, width, index, foreground, count, next, srgb, runs, 0};
    int status = DONE;
    for (ptrdiff_t y = top, number = 0; y < bottom && status == DONE; y++) {
        if (y == top || y % CELL == 0) number = find_cell_runs(cells, width, y, y + 1, runs);
        for (ptrdiff_t i = 0; i < number && status == DONE; i++)
            status = put_run(&subject, y, runs[i], shown + 3 * (y * width + runs[i].start));
    }
    free(runs);
    return status == DONE ? status_of(&subject, bottom) : status;
}

/* Two rows of a small background, upsampled across. */
typedef struct {
    const uint8_t *small; /* (…, small_width, 3), with a frame of one pixel */
    ptrdiff_t small_width, factor, width, done; /* done: the framed row that `upper` holds */
    uint16_t *upper, *lower;
} behind_t;

static void move_to(behind_t *b, ptrdiff_t index) {
    if (index == b->done) return;
    uint16_t *const before = b->upper;
    b->upper = b->lower, b->lower = before;
    const uint8_t *const row = b->small + 3 * index * b->small_width;
    if (index != b->done + 1) upsample_across(row, (int)b->factor, b->width, b->upper);
    upsample_across(row + 3 * b->small_width, (int)b->factor, b->width, b->lower);
    b->done = index;
}

/* A run of pixels of row y: the background upsampled, and the subject over it. */
static int put_behind(const behind_t *b, subject_t *s, ptrdiff_t y, run_t run, uint8_t *shown) {
    const ptrdiff_t first = 3 * run.start, n = 3 * (run.stop - run.start);
    if (run.kind != FULL)
        mix_lines(b->upper + first, b->lower + first, (int)framed_place(y, b->factor).part, (int)b->factor, n, shown);
    return put_run(s, y, run, shown);
}

/* upsample_rows from row 0 on, and composite, in one pass: (height, width, 3). */
EXPORT int composite_upsampled(const uint8_t *small, ptrdiff_t small_width, ptrdiff_t factor, const uint8_t *image,
                               const float *alpha, const uint8_t *cells, ptrdiff_t height, ptrdiff_t width,
                               const ptrdiff_t *index, const float *foreground, ptrdiff_t count, const uint8_t *srgb,
                               uint8_t *out) {
    uint16_t *const lines = malloc(sizeof(uint16_t) * 2 * (size_t)(3 * width + 1));
    run_t *const runs = malloc(sizeof(run_t) * (size_t)cells_along(width));
    if (lines == NULL || runs == NULL) return free(lines), free(runs), OUT_OF_MEMORY;
    behind_t behind = {small, small_width, factor, width, -2, lines, lines + 3 * width + 1};
    subject_t subject = {image, alpha, cells, width, index, foreground, count, 0, srgb, runs, 0};
    int status = DONE;
    for (ptrdiff_t y = 0, number = 0; y < height && status == DONE; y++) {
        if (y % CELL == 0) number = find_cell_runs(cells, width, y, y + 1, runs);
        move_to(&behind, framed_place(y, factor).index);
        for (ptrdiff_t i = 0; i < number && status == DONE; i++)
            status = put_behind(&behind, &subject, y, runs[i], out + 3 * (y * width + runs[i].start));
    }
    free(lines), free(runs);
    return status == DONE ? status_of(&subject, height) : status;
}
