/* Linear light to 8-bit sRGB by a table of 65,536 levels. */
#ifndef PORTRAIT_ENCODE_H
#define PORTRAIT_ENCODE_H

#include "native.h"

enum { VALUES = 3 * CHUNK }; /* of a chunk of pixels */

static const int32_t infinite = 0x7F800000; /* the bits of infinity; those of NaN are more */

/* n values, at most VALUES. Gives the largest of their bits but the sign. */
static inline int32_t encode_chunk(const float *light, ptrdiff_t n, const uint8_t *srgb, uint8_t *out) {
    int32_t steps[VALUES], largest = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        int32_t bits;
        memcpy(&bits, light + i, sizeof bits);
        bits &= 0x7FFFFFFF;
        largest = bits > largest ? bits : largest;
        steps[i] = (int32_t)(clamp_float(light[i], 0.0f, 1.0f) * 65535.0f + 0.5f);
    }
    for (ptrdiff_t i = 0; i < n; i++) out[i] = srgb[steps[i]];
    return largest;
}

#endif
