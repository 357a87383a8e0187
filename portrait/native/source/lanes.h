/* Vectors of one value a pixel. */
#ifndef PORTRAIT_LANES_H
#define PORTRAIT_LANES_H

#include "native.h"

enum { LANES = 8 }; /* pixels that are computed together */

typedef float lanes_t __attribute__((vector_size(sizeof(float) * LANES)));
typedef int32_t mask_t __attribute__((vector_size(sizeof(float) * LANES)));
typedef float half_t __attribute__((vector_size(16)));
typedef int32_t ints_t __attribute__((vector_size(16)));
typedef uint8_t bytes_t __attribute__((vector_size(16)));

static inline lanes_t select_lanes(mask_t mask, lanes_t yes, lanes_t no) {
    return (lanes_t)(((mask_t)yes & mask) | ((mask_t)no & ~mask));
}

/* Of two values of which one is NaN they give the second. */
static inline lanes_t min_lanes(lanes_t a, lanes_t b) { return select_lanes(a < b, a, b); }
static inline lanes_t max_lanes(lanes_t a, lanes_t b) { return select_lanes(a > b, a, b); }

static inline lanes_t all_lanes(float value) { return (lanes_t){0.0f} + value; }

static inline lanes_t load_lanes(const float *row) {
    lanes_t lanes;
    memcpy(&lanes, row, sizeof lanes);
    return lanes;
}

static inline void store_lanes(float *row, lanes_t lanes) { memcpy(row, &lanes, sizeof lanes); }

/* The first n lanes, LANES at most; what is loaded of the others is 0. */
static ALWAYS_INLINE lanes_t load_some(const float *row, ptrdiff_t n) {
    lanes_t lanes = {0.0f};
    if (n == LANES) return load_lanes(row);
    for (ptrdiff_t i = 0; i < n; i++) lanes[i] = row[i];
    return lanes;
}

static ALWAYS_INLINE void store_some(float *row, lanes_t lanes, ptrdiff_t n) {
    if (n == LANES) store_lanes(row, lanes);
    else
        for (ptrdiff_t i = 0; i < n; i++) row[i] = lanes[i];
}

typedef struct { lanes_t red, green, blue; } vector_t;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "levels become integers by zeros behind them");

#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (bytes_t){__VA_ARGS__})
#endif

/* Four of 16 levels, from the first on and so many apart. */
#define EVERY_THIRD(bytes, first)                                                                                      \
    (ints_t)SHUFFLE(bytes, (bytes_t){0}, first, 16, 16, 16, first + 3, 16, 16, 16, first + 6, 16, 16, 16, first + 9, 16, 16, 16)

static inline lanes_t join(ints_t low, ints_t high) {
    const half_t a = __builtin_convertvector(low, half_t), b = __builtin_convertvector(high, half_t);
    return (lanes_t){a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]};
}

/* Levels of n pixels, LANES at most. All are 24 bytes: the first four pixels begin the first 16 of them, the others end the
 * last 16. */
static ALWAYS_INLINE vector_t load_colors(const uint8_t *levels, ptrdiff_t n) {
    uint8_t some[3 * LANES] = {0};
    bytes_t a, b;
    if (n < LANES) memcpy(some, levels, 3 * (size_t)n), levels = some;
    memcpy(&a, levels, sizeof a), memcpy(&b, levels + 8, sizeof b);
    return (vector_t){join(EVERY_THIRD(a, 0), EVERY_THIRD(b, 4)), join(EVERY_THIRD(a, 1), EVERY_THIRD(b, 5)),
                      join(EVERY_THIRD(a, 2), EVERY_THIRD(b, 6))};
}

#endif
