/* Bayesian unmixing of soft pixels, alpha known, by local Gaussian models of both layers' colours (Chuang et al. 2001,
 * doi:10.1109/CVPR.2001.990970). */
#include "native.h"

enum { MODEL = 9, RECORD = 20 }; /* channels of a model: means, variances, covariances RG, GB, BR; of two models, padded */
enum { GROUP = 16 };             /* pixels that are unmixed together */

typedef struct {
    const float *records; /* (height, width, RECORD): foreground, background */
    ptrdiff_t height, width, top, left, step;
} models_t;

/* A group of pixels; one row a channel, as vector instructions take it. */
typedef struct {
    float models[RECORD][GROUP];
    float light[3][GROUP];
    float alpha[GROUP];
    float foreground[3][GROUP], background[3][GROUP];
} group_t;

/* Samples on both sides of a pixel, the outermost ones repeated, and its place between them. */
typedef struct { ptrdiff_t low, high; float part; } sampled_t;

static sampled_t sampled_place(ptrdiff_t at, ptrdiff_t first, ptrdiff_t step, ptrdiff_t samples) {
    const ptrdiff_t last = samples - 1, offset = at - first;
    if (offset < 0) return (sampled_t){0, 0, 0.0f};
    const ptrdiff_t low = min_size(offset / step, last);
    return (sampled_t){low, min_size(low + 1, last), (float)(offset % step) / (float)step};
}

/* Both models at a pixel, bilinear, as column i of the group. */
static void interpolate_models(const models_t *models, ptrdiff_t y, ptrdiff_t x, group_t *group, ptrdiff_t i) {
    const sampled_t down = sampled_place(y, models->top, models->step, models->height);
    const sampled_t across = sampled_place(x, models->left, models->step, models->width);
    const float *const upper = models->records + RECORD * models->width * down.low;
    const float *const lower = models->records + RECORD * models->width * down.high;
    const float *restrict a = upper + RECORD * across.low, *restrict b = upper + RECORD * across.high;
    const float *restrict c = lower + RECORD * across.low, *restrict d = lower + RECORD * across.high;
    float record[RECORD];
    for (int k = 0; k < RECORD; k++) {
        const float above = a[k] + across.part * (b[k] - a[k]), below = c[k] + across.part * (d[k] - c[k]);
        record[k] = above + down.part * (below - above);
    }
    for (int k = 0; k < 2 * MODEL; k++) group->models[k][i] = record[k];
}

static inline float clamp_or_nan(float x) { return min_float(1.0f, max_float(0.0f, x)); } /* what is NaN stays NaN */

typedef struct { float red, green, blue; } vector_t;

static inline float dot(vector_t a, vector_t b) { return a.red * b.red + a.green * b.green + a.blue * b.blue; }

/* Symmetric 3 x 3 matrix: diagonal, and RG, GB, BR. */
typedef struct { vector_t diagonal, off; } matrix_t;

static inline vector_t times(matrix_t m, vector_t v) {
    return (vector_t){m.diagonal.red * v.red + m.off.red * v.green + m.off.blue * v.blue,
                      m.diagonal.green * v.green + m.off.green * v.blue + m.off.red * v.red,
                      m.diagonal.blue * v.blue + m.off.blue * v.red + m.off.green * v.green};
}

/* By LDL^T: the adjugate loses all digits where the channels nearly agree. */
static inline vector_t solve(matrix_t m, vector_t v) {
    const float g_by_r = m.off.red / m.diagonal.red, b_by_r = m.off.blue / m.diagonal.red;
    const float pivot_g = m.diagonal.green - g_by_r * m.off.red, rest_gb = m.off.green - b_by_r * m.off.red;
    const float b_by_g = rest_gb / pivot_g;
    const float pivot_b = m.diagonal.blue - b_by_r * m.off.blue - b_by_g * rest_gb;
    const float right_g = v.green - g_by_r * v.red;
    const float blue = (v.blue - b_by_r * v.red - b_by_g * right_g) / pivot_b;
    const float green = right_g / pivot_g - b_by_g * blue;
    return (vector_t){v.red / m.diagonal.red - g_by_r * green - b_by_r * blue, green, blue};
}

static inline vector_t mix(float a, vector_t v, float b, vector_t w) {
    return (vector_t){a * v.red + b * w.red, a * v.green + b * w.green, a * v.blue + b * w.blue};
}

static inline vector_t vector_of(float (*rows)[GROUP], int i) { return (vector_t){rows[0][i], rows[1][i], rows[2][i]}; }

/* The residual of the means is divided by the covariances of both layers and of alpha's own error, and each layer gets its
 * part of it. */
static void unmix_group(group_t *restrict g, float alpha_variance) {
    for (int i = 0; i < GROUP; i++) {
        const float alpha = g->alpha[i], beta = 1.0f - alpha;
        const vector_t mean = vector_of(g->models, i), behind = vector_of(g->models + MODEL, i);
        const matrix_t own = {vector_of(g->models + 3, i), vector_of(g->models + 6, i)};
        const matrix_t other = {vector_of(g->models + MODEL + 3, i), vector_of(g->models + MODEL + 6, i)};
        const vector_t light = vector_of(g->light, i), difference = mix(1.0f, mean, -1.0f, behind);
        const float by_alpha = alpha_variance * alpha * beta;
        matrix_t covariance = {mix(alpha * alpha, own.diagonal, beta * beta, other.diagonal),
                               mix(alpha * alpha, own.off, beta * beta, other.off)};
        const vector_t squares = {difference.red * difference.red, difference.green * difference.green,
                                  difference.blue * difference.blue};
        const vector_t products = {difference.red * difference.green, difference.green * difference.blue,
                                   difference.blue * difference.red};
        covariance.diagonal = mix(1.0f, covariance.diagonal, by_alpha, squares);
        covariance.off = mix(1.0f, covariance.off, by_alpha, products);
        const vector_t gain = solve(covariance, mix(1.0f, light, -1.0f, mix(alpha, mean, beta, behind)));
        const float to_both = by_alpha * dot(difference, gain) / (alpha * alpha + beta * beta);
        const vector_t moved = mix(1.0f, mean, alpha, mix(1.0f, times(own, gain), to_both, difference));
        const vector_t front = {clamp_or_nan(moved.red), clamp_or_nan(moved.green), clamp_or_nan(moved.blue)};
        const vector_t back = mix(1.0f / beta, light, -alpha / beta, front);
        g->background[0][i] = clamp_or_nan(back.red);
        g->background[1][i] = clamp_or_nan(back.green);
        g->background[2][i] = clamp_or_nan(back.blue);
        g->foreground[0][i] = min_float(light.red / alpha, front.red); /* not brightened where the background is clipped */
        g->foreground[1][i] = min_float(light.green / alpha, front.green);
        g->foreground[2][i] = min_float(light.blue / alpha, front.blue);
    }
}

static void gather_pixel(const uint8_t *image, const float *alpha, ptrdiff_t at, const float *linear, group_t *group,
                         ptrdiff_t i) {
    for (int c = 0; c < 3; c++) group->light[c][i] = linear[image[3 * at + c]];
    group->alpha[i] = alpha[at];
}

/* Soft pixels at `index` of an image (rows, columns, 3), by models (height, width, RECORD) of samples `step` pixels apart
 * -> foreground and background (count, 3), linear light. */
EXPORT int unmix(const uint8_t *image, const float *alpha, ptrdiff_t rows, ptrdiff_t columns, const ptrdiff_t *index,
                 ptrdiff_t count, const float *records, ptrdiff_t height, ptrdiff_t width, ptrdiff_t top, ptrdiff_t left,
                 ptrdiff_t step, float alpha_variance, const float *linear, float *foreground, float *background) {
    const models_t models = {records, height, width, top, left, step};
    group_t group;
    for (ptrdiff_t start = 0; start < count; start += GROUP) {
        const ptrdiff_t n = min_size(GROUP, count - start);
        for (ptrdiff_t i = 0; i < GROUP; i++) { /* the last pixel again where there are no more */
            const ptrdiff_t at = index[start + min_size(i, n - 1)];
            if (at < 0 || at >= rows * columns) return BAD_INDEX;
            gather_pixel(image, alpha, at, linear, &group, i);
            interpolate_models(&models, at / columns, at % columns, &group, i);
        }
        unmix_group(&group, alpha_variance);
        for (ptrdiff_t i = 0; i < 3 * n; i++) {
            foreground[3 * start + i] = group.foreground[i % 3][i / 3];
            background[3 * start + i] = group.background[i % 3][i / 3];
        }
    }
    return DONE;
}

/* Places, from `first` on, of the values from `low` to `high`, ascending, and how many they are. */
EXPORT int find_between(const float *values, ptrdiff_t n, float low, float high, ptrdiff_t first, ptrdiff_t *index,
                        ptrdiff_t *count) {
    ptrdiff_t found = 0;
    for (ptrdiff_t start = 0; start < n; start += CHUNK) {
        const ptrdiff_t size = min_size(CHUNK, n - start);
        const range_t range = range_of(values + start, size);
        if (range.high < low || range.low > high) continue;
        for (ptrdiff_t i = start; i < start + size; i++) {
            index[found] = first + i; /* written over by the next one unless it counts */
            found += values[i] >= low && values[i] <= high;
        }
    }
    *count = found;
    return DONE;
}
