/* Linear light to 8-bit sRGB, and compositing in linear light: the "over" of Porter & Duff 1984,
 * doi:10.1145/800031.808606. */
#include "encode.h"

/* n values of linear light as 8-bit sRGB, those outside 0 ... 1 clipped. */
EXPORT int encode_levels(const float *light, ptrdiff_t n, const uint8_t *srgb, uint8_t *out) {
    int32_t largest = 0;
    for (ptrdiff_t i = 0; i < n; i += VALUES) {
        const int32_t bits = encode_chunk(light + i, min_size(VALUES, n - i), srgb, out + i);
        largest = bits > largest ? bits : largest;
    }
    return largest < infinite ? DONE : NOT_FINITE;
}

/* The layers of an image: its pixels, alpha, and the own colours of its soft pixels, whose indices ascend. */
typedef struct {
    const uint8_t *image;
    const float *alpha;
    const ptrdiff_t *index;
    const float *foreground;
    ptrdiff_t count;
} layers_t;

/* n pixels from `start` on over what is behind them; `next` is the first soft pixel among them. */
static void over_chunk(const layers_t *layers, ptrdiff_t start, ptrdiff_t n, ptrdiff_t next, const float *behind,
                       float clear, const float *linear, float *light) {
    float shares[VALUES];
    for (ptrdiff_t i = 0; i < 3 * n; i++) light[i] = linear[layers->image[3 * start + i]];
    for (; next < layers->count && layers->index[next] < start + n; next++)
        memcpy(light + 3 * (layers->index[next] - start), layers->foreground + 3 * next, sizeof(float) * 3);
    for (ptrdiff_t i = 0; i < n; i++) {
        const float alpha = layers->alpha[start + i];
        shares[3 * i] = shares[3 * i + 1] = shares[3 * i + 2] = alpha > clear ? alpha : 0.0f;
    }
    for (ptrdiff_t i = 0; i < 3 * n; i++) light[i] = shares[i] * light[i] + (1.0f - shares[i]) * behind[i];
}

/* n pixels of a subject over a background in linear light, (n, 3) -> 8-bit sRGB. Pixels that are all subject are copied;
 * so little opacity as `clear` is none. */
EXPORT int composite_light(const uint8_t *image, const float *alpha, ptrdiff_t n, const ptrdiff_t *index,
                           const float *foreground, ptrdiff_t count, const float *background, float clear,
                           const float *linear, const uint8_t *srgb, uint8_t *out) {
    const layers_t layers = {image, alpha, index, foreground, count};
    ptrdiff_t next = 0;
    int32_t largest = 0;
    for (ptrdiff_t start = 0; start < n; start += CHUNK) {
        const ptrdiff_t size = min_size(CHUNK, n - start), first = next;
        for (; next < count && index[next] < start + size; next++)
            if (index[next] < start) return BAD_INDEX; /* not ascending */
        const range_t range = range_of(alpha + start, size);
        if (range.low >= 1.0f && range.high <= 1.0f) {
            memcpy(out + 3 * start, image + 3 * start, 3 * (size_t)size);
            continue;
        }
        float mixed[VALUES];
        const float *light = background + 3 * start;
        if (!(range.high <= clear)) over_chunk(&layers, start, size, first, light, clear, linear, mixed), light = mixed;
        const int32_t bits = encode_chunk(light, 3 * size, srgb, out + 3 * start);
        largest = bits > largest ? bits : largest;
    }
    if (next < count) return BAD_INDEX;
    return largest < infinite ? DONE : NOT_FINITE;
}
