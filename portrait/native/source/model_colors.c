/* Local Gaussian models of a layer's colours: weighted moments over windows of 3 x 3 samples, inpainted where the layer is
 * not visible. */
#include "inpaint.h"

#include <stdlib.h>

enum { MODEL = 9, MOMENTS = MODEL + 1 }; /* means, squares, products RG, GB, BR; and weight */

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

/* Moments (n, MODEL) to means, variances and covariances, (MODEL, n). */
static void put_model(const float *moments, ptrdiff_t n, float least_variance, float *model) {
    for (ptrdiff_t i = 0; i < n; i++) {
        const float *const from = moments + MODEL * i;
        for (int c = 0; c < 3; c++) {
            const float variance = from[3 + c] - from[c] * from[c];
            model[c * n + i] = from[c];
            model[(3 + c) * n + i] = max_float(0.0f, variance) + least_variance;
            model[(6 + c) * n + i] = from[6 + c] - from[c] * from[next_channel[c]];
        }
    }
}

/* Colours (height, width, 3) known by `weight` -> (MODEL, height, width). */
EXPORT int model_colors(const float *light, const float *weight, ptrdiff_t height, ptrdiff_t width, float known_gain,
                        float least_variance, float *model) {
    const ptrdiff_t n = height * width;
    float *const memory = malloc(sizeof(float) * (size_t)(MOMENTS * n + MOMENTS * width + (MODEL + 1) * n));
    if (memory == NULL) return OUT_OF_MEMORY;
    float *const moments = memory, *const line = moments + MOMENTS * n;
    float *const means = line + MOMENTS * width, *const known = means + MODEL * n;
    weigh_moments(light, weight, n, moments);
    blur_moments(moments, height, width, line, means, known);
    const int status = inpaint_planes(means, known, height, width, MODEL, known_gain, 0, moments);
    if (status == DONE) put_model(moments, n, least_variance, model);
    free(memory);
    return status;
}
