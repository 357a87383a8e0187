/* Compositing of a frame: the background upsampled as 8 bits, and the subject over it. */
#include "native.h"

#include <math.h>
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
static void mix_lines(const uint16_t *restrict upper, const uint16_t *restrict lower, int lower_part, int factor, ptrdiff_t n,
                      uint8_t *restrict out) {
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

/* A soft pixel over what is behind it, in linear light. Gives the sum of the light, which is not finite if any is not. */
static float composite_pixel(float alpha, const float *foreground, const uint8_t *behind, const float *linear,
                             const uint8_t *srgb, uint8_t *out) {
    float sum = 0.0f;
    for (int c = 0; c < 3; c++) {
        const float light = alpha * foreground[c] + (1.0f - alpha) * linear[behind[c]];
        out[c] = level_of_linear(light, srgb);
        sum += light;
    }
    return sum;
}

/* Copies the pixels that are more subject than not. */
static void copy_subject(const uint8_t *image, const float *alpha, ptrdiff_t n, uint8_t *shown) {
    if (is_all(alpha, n, BITS_OF_ZERO)) return;
    if (is_all(alpha, n, BITS_OF_ONE)) {
        memcpy(shown, image, 3 * (size_t)n);
        return;
    }
    for (ptrdiff_t i = 0; i < n; i++)
        if (alpha[i] > 0.5f) memcpy(shown + 3 * i, image + 3 * i, 3);
}

/* The subject over `shown`, which holds the background: n pixels, of which soft ones are mixed in linear light. */
EXPORT int composite(const uint8_t *image, const float *alpha, ptrdiff_t n, const ptrdiff_t *index, const float *foreground,
                     ptrdiff_t count, const float *linear, const uint8_t *srgb, uint8_t *shown) {
    uint8_t mixed[3 * CHUNK];
    ptrdiff_t next = 0;
    float sum = 0.0f;
    for (ptrdiff_t start = 0; start < n; start += CHUNK) {
        const ptrdiff_t stop = min_size(n, start + CHUNK), first = next;
        for (; next < count && index[next] < stop; next++) {
            if (index[next] < start || next - first == CHUNK) return BAD_INDEX; /* not ascending */
            sum += composite_pixel(alpha[index[next]], foreground + 3 * next, shown + 3 * index[next], linear, srgb,
                                   mixed + 3 * (next - first));
        }
        copy_subject(image + 3 * start, alpha + start, stop - start, shown + 3 * start);
        for (ptrdiff_t i = first; i < next; i++) memcpy(shown + 3 * index[i], mixed + 3 * (i - first), 3);
    }
    if (next < count) return BAD_INDEX;
    return isfinite(sum) ? DONE : NOT_FINITE;
}
