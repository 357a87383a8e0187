/* What all passes share: the mark of exported functions, their answers, and arithmetic that compilers vectorise.
 *
 * Arrays are C-contiguous; the Python side checks their shapes and types. Sizes are ptrdiff_t, as NumPy's intp. Passes
 * keep no state and may run in several threads at once. */
#ifndef PORTRAIT_NATIVE_H
#define PORTRAIT_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

#define ALWAYS_INLINE inline __attribute__((always_inline)) /* so that constant arguments make loops of known length */

enum { DONE = 0, OUT_OF_MEMORY = 1, NOT_FINITE = 2, BAD_INDEX = 3 }; /* what a pass answers */

enum { CHUNK = 32 }; /* pixels that are looked at together: all background, all subject, or neither */

#define SOLID 0.995f /* alpha beyond which a pixel is all subject, and below one minus which it is all background */

static inline float min_float(float a, float b) { return a < b ? a : b; }
static inline float max_float(float a, float b) { return a > b ? a : b; }
/* NaN gives 0, so that what follows is defined. */
static inline float clamp_float(float x, float low, float high) { return min_float(max_float(x, low), high); }
static inline ptrdiff_t min_size(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t clamp_size(ptrdiff_t x, ptrdiff_t high) { return x < 0 ? 0 : x > high ? high : x; }

/* Place of the first of `count` ascending indices that is at or after `from`. */
static inline ptrdiff_t first_from(const ptrdiff_t *index, ptrdiff_t count, ptrdiff_t from) {
    ptrdiff_t low = 0, high = count;
    while (low < high) {
        const ptrdiff_t middle = low + (high - low) / 2;
        if (index[middle] < from) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Beyond the frame is what is as far inside it, the outermost sample not repeated. */
static inline ptrdiff_t reflect(ptrdiff_t i, ptrdiff_t n) {
    if (n == 1) return 0;
    return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

/* 8-bit sRGB to linear light by a polynomial, within 0.004 of a level of the curve of IEC 61966-2-1. */
static inline float linear_of_level(float level) {
    const float high = 4.63211223e-08f + level * (-1.26245601e-10f + level * (2.93776147e-13f + level * -3.10595605e-16f));
    const float curve = 8.75141900e-04f + level * (1.34901804e-04f + level * (7.67506113e-06f + level * high));
    return level < 10.5f ? level * (1.0f / (255.0f * 12.92f)) : curve;
}

/* Least and greatest of n values from 0 on, n at least 1. Such floats sort as integers do, whose minimum compilers vectorise
 * without giving up the rules of NaN. */
typedef struct { float low, high; } range_t;

static inline range_t range_of(const float *values, ptrdiff_t n) {
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        low = bits < low ? bits : low;
        high = bits > high ? bits : high;
    }
    range_t range;
    memcpy(&range.low, &low, sizeof low);
    memcpy(&range.high, &high, sizeof high);
    return range;
}

static ALWAYS_INLINE int has_bits(const float *values, const ptrdiff_t n, int32_t bits) {
    int32_t differing = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t own;
        memcpy(&own, values + i, sizeof own);
        differing |= own ^ bits;
    }
    return differing == 0;
}

enum { BITS_OF_ZERO = 0, BITS_OF_ONE = 0x3F800000 };

/* Whether all of n values, at most CHUNK, are 0.0 or, by other bits, 1.0: cheaper than their range. */
static inline int is_all(const float *values, ptrdiff_t n, int32_t bits) {
    return n == CHUNK ? has_bits(values, CHUNK, bits) : has_bits(values, n, bits);
}

/* Bilinear upsampling by a whole factor of an image with a frame of one pixel: pixel i of the large side lies between
 * samples `index` and `index` + 1 of the framed side, `part` of 2 * factor on the way. */
typedef struct { ptrdiff_t index, part; } place_t;

static inline place_t framed_place(ptrdiff_t i, ptrdiff_t factor) {
    const ptrdiff_t at = 2 * i + 1 + factor;
    return (place_t){at / (2 * factor), at % (2 * factor)};
}

#endif
