/* The input of a network: an image downsampled by area averages, as normalised planes. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

typedef float light_t __attribute__((vector_size(16))); /* red, green, blue, and a value of no use */

/* The pixels of the larger side that one of the smaller side covers, the first and the last one in part. */
typedef struct { ptrdiff_t first, last; float of_first, of_last, of_others; } cover_t;

static cover_t cover_of(ptrdiff_t i, ptrdiff_t large, ptrdiff_t small) {
    const ptrdiff_t start = i * large, stop = start + large; /* in parts of 1 / small */
    const ptrdiff_t first = start / small, last = (stop - 1) / small;
    const float by = 1.0f / (float)large;
    if (first == last) return (cover_t){first, last, 1.0f, 0.0f, 0.0f};
    return (cover_t){first, last, by * (float)((first + 1) * small - start), by * (float)(stop - last * small), by * (float)small};
}

static inline float share_of(cover_t cover, ptrdiff_t i) {
    return i == cover.first ? cover.of_first : i == cover.last ? cover.of_last : cover.of_others;
}

static void average_down(const uint8_t *image, ptrdiff_t values, cover_t cover, float *restrict line) {
    memset(line, 0, sizeof(float) * (size_t)values);
    for (ptrdiff_t y = cover.first; y <= cover.last; y++) {
        const uint8_t *restrict levels = image + y * values;
        const float share = share_of(cover, y);
        for (ptrdiff_t i = 0; i < values; i++) line[i] += share * (float)levels[i];
    }
}

/* Reads one value beyond the last pixel. */
static inline light_t average_across(const float *line, cover_t cover) {
    light_t sum = {0.0f}, next;
    for (ptrdiff_t x = cover.first; x <= cover.last; x++) {
        memcpy(&next, line + 3 * x, sizeof next);
        sum += share_of(cover, x) * next;
    }
    return sum;
}

/* (rows, columns, 3), no smaller than the result, -> (3, height, width): level * gain[c] - offset[c]. */
EXPORT int network_input(const uint8_t *image, ptrdiff_t rows, ptrdiff_t columns, const float *gain, const float *offset,
                         ptrdiff_t height, ptrdiff_t width, float *planes) {
    float *const line = malloc(sizeof(float) * (3 * (size_t)columns + 1));
    cover_t *const across = malloc(sizeof(cover_t) * (size_t)width);
    if (line == NULL || across == NULL) return free(line), free(across), OUT_OF_MEMORY;
    line[3 * columns] = 0.0f;
    for (ptrdiff_t x = 0; x < width; x++) across[x] = cover_of(x, columns, width);
    for (ptrdiff_t y = 0; y < height; y++) {
        average_down(image, 3 * columns, cover_of(y, rows, height), line);
        for (ptrdiff_t x = 0; x < width; x++) {
            const light_t mean = average_across(line, across[x]);
            for (int c = 0; c < 3; c++) planes[(c * height + y) * width + x] = mean[c] * gain[c] - offset[c];
        }
    }
    free(line), free(across);
    return DONE;
}
