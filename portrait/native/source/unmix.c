/* Bayesian unmixing of soft pixels, alpha known, by local Gaussian models of both layers' colours (Chuang et al. 2001,
 * doi:10.1109/CVPR.2001.990970). */
#include "native.h"

enum { MODEL = 9, RECORD = 20 }; /* channels of a model: means, variances, covariances RG, GB, BR; of two models, padded */
enum { GROUP = 8 };              /* pixels that are unmixed together, one in each lane of a vector */

typedef struct {
    const float *records; /* (height, width, RECORD): foreground, background */
    ptrdiff_t height, width, top, left, step;
} models_t;

/* A group of pixels; one row a channel. */
typedef struct {
    float models[2 * MODEL][GROUP];
    float light[3][GROUP];
    float alpha[GROUP];
    float foreground[3][GROUP], background[3][GROUP];
} group_t;

/* The pixels of a line between two samples, from `start` on, with those samples: the outermost one twice beyond it. */
typedef struct { ptrdiff_t low, high, start, stop; } span_t;

static span_t span_at(ptrdiff_t at, ptrdiff_t first, ptrdiff_t step, ptrdiff_t samples, ptrdiff_t length) {
    const ptrdiff_t last = samples - 1, offset = at - first;
    if (offset < 0) return (span_t){0, 0, 0, min_size(first, length)};
    const ptrdiff_t low = min_size(offset / step, last), start = first + low * step;
    return (span_t){low, min_size(low + 1, last), start, low == last ? length : min_size(start + step, length)};
}

/* Both models at pixels of one line between the same samples, bilinear; `across` holds their parts of the way. */
static void interpolate_models(const models_t *models, ptrdiff_t y, span_t down, span_t columns, const float *across,
                               group_t *group) {
    const float *const upper = models->records + RECORD * models->width * down.low;
    const float *const lower = models->records + RECORD * models->width * down.high;
    const float *restrict a = upper + RECORD * columns.low, *restrict b = upper + RECORD * columns.high;
    const float *restrict c = lower + RECORD * columns.low, *restrict d = lower + RECORD * columns.high;
    const float part = (float)(y - down.start) / (float)models->step;
    float left[RECORD], change[RECORD];
    for (int k = 0; k < RECORD; k++) {
        left[k] = a[k] + part * (c[k] - a[k]);
        change[k] = b[k] + part * (d[k] - b[k]) - left[k];
    }
    for (int k = 0; k < 2 * MODEL; k++)
        for (int i = 0; i < GROUP; i++) group->models[k][i] = left[k] + across[i] * change[k];
}

typedef float lanes_t __attribute__((vector_size(sizeof(float) * GROUP)));
typedef int32_t mask_t __attribute__((vector_size(sizeof(float) * GROUP)));

static inline lanes_t select_lanes(mask_t mask, lanes_t yes, lanes_t no) {
    return (lanes_t)(((mask_t)yes & mask) | ((mask_t)no & ~mask));
}

static inline lanes_t min_lanes(lanes_t a, lanes_t b) { return select_lanes(a < b, a, b); }
static inline lanes_t max_lanes(lanes_t a, lanes_t b) { return select_lanes(a > b, a, b); }

/* What is NaN stays NaN. */
static inline lanes_t clamp_or_nan(lanes_t x) {
    const lanes_t zero = {0.0f};
    return min_lanes(zero + 1.0f, max_lanes(zero, x));
}

static inline lanes_t load_lanes(const float *row) {
    lanes_t lanes;
    memcpy(&lanes, row, sizeof lanes);
    return lanes;
}

static inline void store_lanes(float *row, lanes_t lanes) { memcpy(row, &lanes, sizeof lanes); }

typedef struct { lanes_t red, green, blue; } vector_t;

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
    const lanes_t g_by_r = m.off.red / m.diagonal.red, b_by_r = m.off.blue / m.diagonal.red;
    const lanes_t pivot_g = m.diagonal.green - g_by_r * m.off.red, rest_gb = m.off.green - b_by_r * m.off.red;
    const lanes_t b_by_g = rest_gb / pivot_g;
    const lanes_t pivot_b = m.diagonal.blue - b_by_r * m.off.blue - b_by_g * rest_gb;
    const lanes_t right_g = v.green - g_by_r * v.red;
    const lanes_t blue = (v.blue - b_by_r * v.red - b_by_g * right_g) / pivot_b;
    const lanes_t green = right_g / pivot_g - b_by_g * blue;
    return (vector_t){v.red / m.diagonal.red - g_by_r * green - b_by_r * blue, green, blue};
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
    const vector_t back = {(light.red - alpha * front.red) / beta, (light.green - alpha * front.green) / beta,
                           (light.blue - alpha * front.blue) / beta};
    const vector_t kept = {min_lanes(light.red / alpha, front.red), min_lanes(light.green / alpha, front.green),
                           min_lanes(light.blue / alpha, front.blue)}; /* not brightened where the background is clipped */
    store_vector(g->background, clamp_vector(back)), store_vector(g->foreground, kept);
}

/* What all groups of an image have in common. */
typedef struct {
    const uint8_t *image;
    const float *alpha;
    ptrdiff_t rows, columns;
    const float *linear; /* of the 256 levels */
    models_t models;
} scene_t;

/* Takes the first of `count` soft pixels, and those after it that lie between the same samples of models, GROUP at most. Gives
 * their number; 0 where the first is no pixel. */
static ptrdiff_t gather(const scene_t *s, const ptrdiff_t *index, ptrdiff_t count, group_t *group) {
    if (index[0] < 0 || index[0] >= s->rows * s->columns) return 0;
    const models_t *const m = &s->models;
    const ptrdiff_t y = index[0] / s->columns, line = y * s->columns;
    const span_t down = span_at(y, m->top, m->step, m->height, s->rows);
    const span_t columns = span_at(index[0] - line, m->left, m->step, m->width, s->columns);
    ptrdiff_t n = 1;
    while (n < GROUP && n < count && index[n] >= line + columns.start && index[n] < line + columns.stop) n++;
    float across[GROUP];
    for (ptrdiff_t i = 0; i < GROUP; i++) { /* the last pixel again where there are no more */
        const ptrdiff_t at = index[min_size(i, n - 1)];
        for (int c = 0; c < 3; c++) group->light[c][i] = s->linear[s->image[3 * at + c]];
        group->alpha[i] = s->alpha[at];
        across[i] = (float)(at - line - columns.start) / (float)m->step;
    }
    interpolate_models(m, y, down, columns, across, group);
    return n;
}

/* Soft pixels at `index` of an image (rows, columns, 3), by models (height, width, RECORD) of samples `step` pixels apart
 * -> foreground and background (count, 3), linear light. */
EXPORT int unmix(const uint8_t *image, const float *alpha, ptrdiff_t rows, ptrdiff_t columns, const ptrdiff_t *index,
                 ptrdiff_t count, const float *records, ptrdiff_t height, ptrdiff_t width, ptrdiff_t top, ptrdiff_t left,
                 ptrdiff_t step, float alpha_variance, const float *linear, float *foreground, float *background) {
    const scene_t scene = {image, alpha, rows, columns, linear, {records, height, width, top, left, step}};
    group_t group;
    for (ptrdiff_t start = 0, n; start < count; start += n) {
        n = gather(&scene, index + start, count - start, &group);
        if (n == 0) return BAD_INDEX;
        unmix_group(&group, alpha_variance);
        for (ptrdiff_t i = 0; i < n; i++)
            for (int c = 0; c < 3; c++) {
                foreground[3 * (start + i) + c] = group.foreground[c][i];
                background[3 * (start + i) + c] = group.background[c][i];
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
