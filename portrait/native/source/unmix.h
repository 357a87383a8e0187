/* Bayesian unmixing of soft pixels, alpha known, by Gaussian models of both layers' colours (Chuang et al. 2001,
 * doi:10.1109/CVPR.2001.990970). */
#ifndef PORTRAIT_UNMIX_H
#define PORTRAIT_UNMIX_H

#include "lanes.h"

enum { MODEL = 9, RECORD = 20 }; /* channels of a model: means, variances, covariances RG, GB, BR; of two models, padded */
enum { GROUP = LANES };          /* pixels that are unmixed together */

/* A group of pixels; one row a channel. */
typedef struct {
    float models[2 * MODEL][GROUP];
    float light[3][GROUP];
    float alpha[GROUP];
    float foreground[3][GROUP], background[3][GROUP];
} group_t;

/* What is NaN stays NaN. */
static inline lanes_t clamp_or_nan(lanes_t x) {
    return min_lanes(all_lanes(1.0f), max_lanes(all_lanes(0.0f), x));
}

static inline lanes_t dot(vector_t a, vector_t b) { return a.red * b.red + a.green * b.green + a.blue * b.blue; }

/* Symmetric 3 x 3 matrix: diagonal, and RG, GB, BR. */
typedef struct { vector_t diagonal, off; } matrix_t;

static inline vector_t times(matrix_t m, vector_t v) {
    return (vector_t){m.diagonal.red * v.red + m.off.red * v.green + m.off.blue * v.blue,
                      m.diagonal.green * v.green + m.off.green * v.blue + m.off.red * v.red,
                      m.diagonal.blue * v.blue + m.off.blue * v.red + m.off.green * v.green};
}

/* By LDL^T: the adjugate loses all digits where the channels nearly agree. */
static inline vector_t solve(matrix_t m, vector_t v) {
    const lanes_t by_red = 1.0f / m.diagonal.red, g_by_r = m.off.red * by_red, b_by_r = m.off.blue * by_red;
    const lanes_t by_green = 1.0f / (m.diagonal.green - g_by_r * m.off.red), rest_gb = m.off.green - b_by_r * m.off.red;
    const lanes_t b_by_g = rest_gb * by_green;
    const lanes_t pivot_b = m.diagonal.blue - b_by_r * m.off.blue - b_by_g * rest_gb;
    const lanes_t right_g = v.green - g_by_r * v.red;
    const lanes_t blue = (v.blue - b_by_r * v.red - b_by_g * right_g) / pivot_b;
    const lanes_t green = right_g * by_green - b_by_g * blue;
    return (vector_t){v.red * by_red - g_by_r * green - b_by_r * blue, green, blue};
}

static inline vector_t mix(lanes_t a, vector_t v, lanes_t b, vector_t w) {
    return (vector_t){a * v.red + b * w.red, a * v.green + b * w.green, a * v.blue + b * w.blue};
}

static inline vector_t minus(vector_t v, vector_t w) {
    return (vector_t){v.red - w.red, v.green - w.green, v.blue - w.blue};
}

static inline vector_t add_times(vector_t v, lanes_t a, vector_t w) {
    return (vector_t){v.red + a * w.red, v.green + a * w.green, v.blue + a * w.blue};
}

static inline vector_t load_vector(float (*rows)[GROUP]) {
    return (vector_t){load_lanes(rows[0]), load_lanes(rows[1]), load_lanes(rows[2])};
}

static inline void store_vector(float (*rows)[GROUP], vector_t v) {
    store_lanes(rows[0], v.red), store_lanes(rows[1], v.green), store_lanes(rows[2], v.blue);
}

static inline vector_t clamp_vector(vector_t v) {
    return (vector_t){clamp_or_nan(v.red), clamp_or_nan(v.green), clamp_or_nan(v.blue)};
}

/* The residual of the means is divided by the covariances of both layers and of alpha's own error, and each layer gets its
 * part of it. */
static void unmix_group(group_t *g, float alpha_variance) {
    const lanes_t alpha = load_lanes(g->alpha), beta = 1.0f - alpha;
    const vector_t mean = load_vector(g->models), behind = load_vector(g->models + MODEL);
    const matrix_t own = {load_vector(g->models + 3), load_vector(g->models + 6)};
    const matrix_t other = {load_vector(g->models + MODEL + 3), load_vector(g->models + MODEL + 6)};
    const vector_t light = load_vector(g->light), difference = minus(mean, behind);
    const lanes_t by_alpha = alpha_variance * alpha * beta;
    const vector_t squares = {difference.red * difference.red, difference.green * difference.green,
                              difference.blue * difference.blue};
    const vector_t products = {difference.red * difference.green, difference.green * difference.blue,
                               difference.blue * difference.red};
    matrix_t covariance = {mix(alpha * alpha, own.diagonal, beta * beta, other.diagonal),
                           mix(alpha * alpha, own.off, beta * beta, other.off)};
    covariance.diagonal = add_times(covariance.diagonal, by_alpha, squares);
    covariance.off = add_times(covariance.off, by_alpha, products);
    const vector_t gain = solve(covariance, minus(light, mix(alpha, mean, beta, behind)));
    const lanes_t to_both = by_alpha * dot(difference, gain) / (alpha * alpha + beta * beta);
    const vector_t moved = add_times(mean, alpha, add_times(times(own, gain), to_both, difference));
    const vector_t front = clamp_vector(moved);
    const lanes_t by_own = 1.0f / alpha, by_other = 1.0f / beta;
    const vector_t rest = add_times(light, -alpha, front);
    const vector_t back = {rest.red * by_other, rest.green * by_other, rest.blue * by_other};
    const vector_t kept = {min_lanes(light.red * by_own, front.red), min_lanes(light.green * by_own, front.green),
                           min_lanes(light.blue * by_own, front.blue)}; /* not brightened where the background is clipped */
    store_vector(g->background, clamp_vector(back)), store_vector(g->foreground, kept);
}

#endif
