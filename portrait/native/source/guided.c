/* Coefficients of the guided filter with a colour guide (He, Sun & Tang 2013, doi:10.1109/TPAMI.2012.213). */
#include "native.h"

#include <stdlib.h>
#include <string.h>

enum { PLANES = 4 };   /* slope in red, green, blue; offset */
enum { MOMENTS = 16 }; /* colours, target, RR GG BB RG RB GB, colours times target; three of no use */

/* Beyond the frame is what is as far inside it, the outermost value repeated. */
static ptrdiff_t mirrored(ptrdiff_t i, ptrdiff_t n) {
    while (i < 0 || i >= n) i = i < 0 ? -1 - i : 2 * n - 1 - i;
    return i;
}

static ALWAYS_INLINE void add(const float *restrict from, float sign, ptrdiff_t n, float *restrict to) {
    for (ptrdiff_t i = 0; i < n; i++) to[i] += sign * from[i];
}

/* Means over windows of side 2 radius + 1 of (height, width, n); `sums` has room for a row and a pixel. */
static ALWAYS_INLINE void window_means(const float *values, ptrdiff_t height, ptrdiff_t width, ptrdiff_t radius,
                                       const int n, float *sums, float *means) {
    const ptrdiff_t row = n * width, side = 2 * radius + 1;
    const float by = 1.0f / (float)(side * side);
    float *const across = sums + row;
    memset(sums, 0, sizeof(float) * (size_t)row);
    for (ptrdiff_t y = -radius; y < radius; y++) add(values + row * mirrored(y, height), 1.0f, row, sums);
    for (ptrdiff_t y = 0; y < height; y++, means += row) {
        add(values + row * mirrored(y + radius, height), 1.0f, row, sums);
        memset(across, 0, sizeof(float) * (size_t)n);
        for (ptrdiff_t x = -radius; x < radius; x++) add(sums + n * mirrored(x, width), 1.0f, n, across);
        for (ptrdiff_t x = 0; x < width; x++) {
            add(sums + n * mirrored(x + radius, width), 1.0f, n, across);
            for (int k = 0; k < n; k++) means[n * x + k] = by * across[k];
            add(sums + n * mirrored(x - radius, width), -1.0f, n, across);
        }
        add(values + row * mirrored(y - radius, height), -1.0f, row, sums);
    }
}

static void put_moments(const float *guide, const float *target, ptrdiff_t n, float *moments) {
    for (ptrdiff_t i = 0; i < n; i++, moments += MOMENTS) {
        const float red = guide[3 * i], green = guide[3 * i + 1], blue = guide[3 * i + 2], t = target[i];
        const float all[MOMENTS] = {red,         green,        blue,    t,         red * red, green * green, blue * blue,
                                    red * green, red * blue,   green * blue, red * t, green * t, blue * t};
        memcpy(moments, all, sizeof all);
    }
}

/* Linear regression of the target on the colours in a window, by LDL^T: moments -> slope and offset. */
static void regress(const float *m, float epsilon, float *coefficients) {
    const float rr = m[4] - m[0] * m[0] + epsilon, gg = m[5] - m[1] * m[1] + epsilon, bb = m[6] - m[2] * m[2] + epsilon;
    const float rg = m[7] - m[0] * m[1], rb = m[8] - m[0] * m[2], gb = m[9] - m[1] * m[2];
    const float rt = m[10] - m[0] * m[3], gt = m[11] - m[1] * m[3], bt = m[12] - m[2] * m[3];
    const float g_by_r = rg / rr, b_by_r = rb / rr, pivot_g = gg - g_by_r * rg, rest_gb = gb - b_by_r * rg;
    const float b_by_g = rest_gb / pivot_g, pivot_b = bb - b_by_r * rb - b_by_g * rest_gb, right_g = gt - g_by_r * rt;
    const float blue = (bt - b_by_r * rt - b_by_g * right_g) / pivot_b;
    const float green = right_g / pivot_g - b_by_g * blue, red = rt / rr - g_by_r * green - b_by_r * blue;
    coefficients[0] = red, coefficients[1] = green, coefficients[2] = blue;
    coefficients[3] = m[3] - red * m[0] - green * m[1] - blue * m[2];
}

/* Guide (height, width, 3) and target (height, width) -> (PLANES, height, width). */
EXPORT int guided_coefficients(const float *guide, const float *target, ptrdiff_t height, ptrdiff_t width,
                               ptrdiff_t radius, float epsilon, float *coefficients) {
    const size_t n = (size_t)(height * width);
    float *const memory = malloc(sizeof(float) * (2 * MOMENTS * n + MOMENTS * ((size_t)width + 1)));
    if (memory == NULL) return OUT_OF_MEMORY;
    float *const moments = memory, *const means = moments + MOMENTS * n, *const sums = means + MOMENTS * n;
    put_moments(guide, target, (ptrdiff_t)n, moments);
    window_means(moments, height, width, radius, MOMENTS, sums, means);
    for (size_t i = 0; i < n; i++) regress(means + MOMENTS * i, epsilon, moments + PLANES * i);
    window_means(moments, height, width, radius, PLANES, sums, means);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < PLANES; k++) coefficients[k * n + i] = means[PLANES * i + k];
    free(memory);
    return DONE;
}
