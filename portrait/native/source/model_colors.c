/* Local Gaussian models of a layer's colours: weighted moments over windows of 3 x 3 samples, inpainted where the layer is
 * not visible. */
#include "inpaint.h"
#include "unmix.h"

#include <stdlib.h>

enum { MOMENTS = MODEL + 1 }; /* means, squares, products RG, GB, BR; and weight */

static const int next_channel[3] = {1, 2, 0};

static void weigh_moments(const float *light, const float *weight, ptrdiff_t n, float *moments) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float *const color = light + 3 * i;
        float *const to = moments + MOMENTS * i;
        for (int c = 0; c < 3; c++) {
            const float weighted = weight[i] * color[c];
            to[c] = weighted;
            to[3 + c] = weighted * color[c];
            to[6 + c] = weighted * color[next_channel[c]];
        }
        to[MODEL] = weight[i];
    }
}

/* Means over windows of 3 x 3: (height, width, MOMENTS) -> (height, width, MODEL), and those of the weight. `line` has room
 * for a row. */
static void blur_moments(const float *moments, ptrdiff_t height, ptrdiff_t width, float *line, float *means, float *known) {
    const ptrdiff_t row = MOMENTS * width;
    for (ptrdiff_t y = 0; y < height; y++) {
        const float *above = moments + row * reflect(y - 1, height), *here = moments + row * y;
        const float *below = moments + row * reflect(y + 1, height);
        for (ptrdiff_t i = 0; i < row; i++) line[i] = above[i] + here[i] + below[i];
        for (ptrdiff_t x = 0; x < width; x++) {
            const float *left = line + MOMENTS * reflect(x - 1, width), *middle = line + MOMENTS * x;
            const float *right = line + MOMENTS * reflect(x + 1, width);
            const ptrdiff_t at = y * width + x;
            for (int k = 0; k < MODEL; k++) means[MODEL * at + k] = (left[k] + middle[k] + right[k]) * (1.0f / 9.0f);
            known[at] = (left[MODEL] + middle[MODEL] + right[MODEL]) * (1.0f / 9.0f);
        }
    }
}

/* Moments (n, MODEL) to means, variances and covariances, at the start of n records. */
static void put_model(const float *moments, ptrdiff_t n, float least_variance, float *records) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float *const from = moments + MODEL * i;
        float *const model = records + RECORD * i;
        for (int c = 0; c < 3; c++) {
            const float variance = from[3 + c] - from[c] * from[c];
            model[c] = from[c];
            model[3 + c] = max_float(0.0f, variance) + least_variance;
            model[6 + c] = from[6 + c] - from[c] * from[next_channel[c]];
        }
    }
}

/* How the models are learned, as in layer_models.py. */
typedef struct { float certain, least_weight, known_gain, least_variance, alpha_variance; } rules_t;

/* The samples, the colours that either layer is taken to have there, and how much these tell; subject first. */
typedef struct {
    ptrdiff_t height, width;
    float *light, *alpha;             /* (height, width, 3) and without channels */
    float *colors[2], *weight[2];
    float *moments, *means, *known;   /* scratch */
    ptrdiff_t *soft, soft_count;      /* the samples of which both layers are learned */
} samples_t;

static int open_samples(samples_t *s) {
    const size_t n = (size_t)(s->height * s->width), scratch = MOMENTS * (n + (size_t)s->width) + (MODEL + 1) * n;
    float *const memory = malloc(sizeof(float) * (12 * n + scratch));
    s->soft = malloc(sizeof(ptrdiff_t) * n);
    s->light = memory;
    if (memory == NULL || s->soft == NULL) return 0;
    s->alpha = memory + 3 * n;
    for (int layer = 0; layer < 2; layer++) s->colors[layer] = memory + (4 + 4 * layer) * n, s->weight[layer] = s->colors[layer] + 3 * n;
    s->moments = memory + 12 * n, s->means = s->moments + MOMENTS * (n + (size_t)s->width), s->known = s->means + MODEL * n;
    return 1;
}

static void close_samples(samples_t *s) { free(s->light), free(s->soft); }

static float first_weight(float opacity, rules_t rules) {
    return opacity >= rules.certain ? 1.0f : rules.least_weight * (opacity + rules.least_weight);
}

static void take_samples(samples_t *s, const uint8_t *image, const float *alpha, ptrdiff_t columns, ptrdiff_t top,
                         ptrdiff_t left, ptrdiff_t step, const float *linear, rules_t rules) {
    s->soft_count = 0;
    for (ptrdiff_t i = 0; i < s->height * s->width; i++) {
        const ptrdiff_t at = (top + i / s->width * step) * columns + left + i % s->width * step;
        const float opacity = alpha[at];
        for (int c = 0; c < 3; c++) s->light[3 * i + c] = linear[image[3 * at + c]];
        s->alpha[i] = opacity;
        s->weight[0][i] = first_weight(opacity, rules), s->weight[1][i] = first_weight(1.0f - opacity, rules);
        if (opacity > 1.0f - rules.certain && opacity < rules.certain) s->soft[s->soft_count++] = i;
    }
    for (int layer = 0; layer < 2; layer++)
        memcpy(s->colors[layer], s->light, sizeof(float) * 3 * (size_t)(s->height * s->width));
}

/* The models of both layers, as records. */
static int model_layers(samples_t *s, rules_t rules, float *records) {
    const ptrdiff_t n = s->height * s->width;
    for (int layer = 0; layer < 2; layer++) {
        weigh_moments(s->colors[layer], s->weight[layer], n, s->moments);
        blur_moments(s->moments, s->height, s->width, s->moments + MOMENTS * n, s->means, s->known);
        const int status =
            inpaint_planes(s->means, s->known, s->height, s->width, MODEL, rules.known_gain, 0, s->moments);
        if (status != DONE) return status;
        put_model(s->moments, n, rules.least_variance, records + MODEL * layer);
    }
    return DONE;
}

static float sum_of(const float *three) { return three[0] + three[1] + three[2]; }

/* A soft sample, unmixed, as a sample of both layers, weighted in each by how much it tells about it. */
static void put_unmixed(samples_t *s, ptrdiff_t at, const float *record, const group_t *group, ptrdiff_t lane, rules_t rules) {
    const float opacity = s->alpha[at], rest = 1.0f - opacity;
    const float about[2] = {opacity * opacity * sum_of(record + 3), rest * rest * sum_of(record + MODEL + 3)};
    for (int layer = 0; layer < 2; layer++) {
        const float share = about[layer] / (about[0] + about[1]);
        s->weight[layer][at] = max_float(share * share, rules.least_weight);
        for (int c = 0; c < 3; c++)
            s->colors[layer][3 * at + c] = layer == 0 ? group->foreground[c][lane] : group->background[c][lane];
    }
}

static void unmix_samples(samples_t *s, rules_t rules, const float *records) {
    group_t group;
    for (ptrdiff_t start = 0; start < s->soft_count; start += GROUP) {
        const ptrdiff_t n = min_size(GROUP, s->soft_count - start);
        for (ptrdiff_t i = 0; i < GROUP; i++) { /* the last one again where there are no more */
            const ptrdiff_t at = s->soft[start + min_size(i, n - 1)];
            for (int k = 0; k < 2 * MODEL; k++) group.models[k][i] = records[RECORD * at + k];
            for (int c = 0; c < 3; c++) group.light[c][i] = s->light[3 * at + c];
            group.alpha[i] = s->alpha[at];
        }
        unmix_group(&group, rules.alpha_variance);
        for (ptrdiff_t i = 0; i < n; i++) {
            const ptrdiff_t at = s->soft[start + i];
            put_unmixed(s, at, records + RECORD * at, &group, i, rules);
        }
    }
}

/* The models of both layers' colours at samples `step` pixels apart of an image `columns` wide -> records (height, width,
 * RECORD), whose padding is 0. Soft samples are unmixed so many `rounds`. */
EXPORT int learn_models(const uint8_t *image, const float *alpha, ptrdiff_t columns, ptrdiff_t top, ptrdiff_t left,
                        ptrdiff_t step, ptrdiff_t height, ptrdiff_t width, ptrdiff_t rounds, float certain,
                        float least_weight, float known_gain, float least_variance, float alpha_variance,
                        const float *linear, float *records) {
    const rules_t rules = {certain, least_weight, known_gain, least_variance, alpha_variance};
    samples_t samples = {.height = height, .width = width};
    int status = open_samples(&samples) ? DONE : OUT_OF_MEMORY;
    if (status == DONE) {
        memset(records, 0, sizeof(float) * RECORD * (size_t)(height * width));
        take_samples(&samples, image, alpha, columns, top, left, step, linear, rules);
        status = model_layers(&samples, rules, records);
    }
    for (ptrdiff_t round = 0; status == DONE && samples.soft_count > 0 && round < rounds; round++) {
        unmix_samples(&samples, rules, records);
        status = model_layers(&samples, rules, records);
    }
    close_samples(&samples);
    return status;
}
