/* Convolution with a kernel, tap by tap. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

#if defined(__AVX__)
#define LANE_BYTES 32
#else
#define LANE_BYTES 16
#endif

typedef float lane_t __attribute__((vector_size(LANE_BYTES), aligned(4), may_alias));

enum { LANES = 8, BLOCK = LANES * LANE_BYTES / 4 }; /* values that are summed at a time, in registers */

typedef struct { ptrdiff_t offset; float weight; } tap_t;

/* The kernel's values other than 0, turned by 180 degrees, with their places in the padded image. */
static ptrdiff_t collect_taps(const float *kernel, ptrdiff_t size, ptrdiff_t padded_values, ptrdiff_t channels, tap_t *taps) {
    ptrdiff_t count = 0;
    for (ptrdiff_t y = 0; y < size; y++)
        for (ptrdiff_t x = 0; x < size; x++) {
            const float weight = kernel[(size - 1 - y) * size + size - 1 - x];
            if (weight != 0.0f) taps[count++] = (tap_t){y * padded_values + x * channels, weight};
        }
    return count;
}

static void sum_block(const float *from, const tap_t *taps, ptrdiff_t count, float *to) {
    lane_t sums[LANES] = {{0}};
    for (ptrdiff_t t = 0; t < count; t++) {
        const lane_t *const seen = (const lane_t *)(from + taps[t].offset);
        for (int i = 0; i < LANES; i++) sums[i] += taps[t].weight * seen[i];
    }
    memcpy(to, sums, sizeof sums);
}

static void sum_values(const float *from, const tap_t *taps, ptrdiff_t count, ptrdiff_t n, float *to) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float sum = 0.0f;
        for (ptrdiff_t t = 0; t < count; t++) sum += taps[t].weight * from[taps[t].offset + i];
        to[i] = sum;
    }
}

/* (height + size - 1, width + size - 1, channels) and kernel (size, size) -> (height, width, channels). */
EXPORT int convolve(const float *padded, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, const float *kernel,
                    ptrdiff_t size, float *out) {
    const ptrdiff_t values = channels * width, padded_values = channels * (width + size - 1);
    tap_t *const taps = malloc(sizeof(tap_t) * (size_t)(size * size));
    if (taps == NULL) return OUT_OF_MEMORY;
    const ptrdiff_t count = collect_taps(kernel, size, padded_values, channels, taps);
    for (ptrdiff_t y = 0; y < height; y++) {
        const float *from = padded + y * padded_values;
        float *const to = out + y * values;
        if (values < BLOCK) sum_values(from, taps, count, values, to);
        else
            for (ptrdiff_t x = 0; x < values; x += BLOCK) {
                const ptrdiff_t start = min_size(x, values - BLOCK); /* the last block overlaps the one before */
                sum_block(from + start, taps, count, to + start);
            }
    }
    free(taps);
    return DONE;
}
