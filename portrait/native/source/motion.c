/* What moved between two frames, on small images of them. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 9, MOST_CHANGE = 255 * WINDOW, REACH = 2 }; /* pixels of 3 x 3; of a dilation by 5 x 5 */

/* Sums of the change over windows of 3 x 3, in the channel that changed most: whole numbers, 0 ... MOST_CHANGE. `column` has
 * room for a row of colours. */
static void sum_changes(const uint8_t *before, const uint8_t *after, ptrdiff_t height, ptrdiff_t width, int16_t *column,
                        int16_t *change) {
    const ptrdiff_t row = 3 * width;
    for (ptrdiff_t y = 0; y < height; y++) {
        const ptrdiff_t lines[3] = {row * reflect(y - 1, height), row * y, row * reflect(y + 1, height)};
        for (ptrdiff_t i = 0; i < row; i++) {
            int sum = 0;
            for (int k = 0; k < 3; k++) sum += after[lines[k] + i] - before[lines[k] + i];
            column[i] = (int16_t)sum;
        }
        for (ptrdiff_t x = 0; x < width; x++) {
            const int16_t *left = column + 3 * reflect(x - 1, width), *here = column + 3 * x;
            const int16_t *right = column + 3 * reflect(x + 1, width);
            int most = 0;
            for (int c = 0; c < 3; c++) {
                const int sum = abs(left[c] + here[c] + right[c]);
                most = sum > most ? sum : most;
            }
            change[y * width + x] = (int16_t)most;
        }
    }
}

/* Of n whole numbers: the one in the middle, or the mean of two. */
static float median(const int16_t *change, ptrdiff_t n) {
    ptrdiff_t counts[MOST_CHANGE + 1], below = 0;
    memset(counts, 0, sizeof counts);
    for (ptrdiff_t i = 0; i < n; i++) counts[change[i]]++;
    int low = 0;
    for (; below + counts[low] <= (n - 1) / 2; low++) below += counts[low];
    int high = low;
    for (; below + counts[high] <= n / 2; high++) below += counts[high];
    return 0.5f * (float)(low + high);
}

/* Greatest values within REACH of each of n, `step` apart. */
static void dilate(const float *values, ptrdiff_t n, ptrdiff_t step, float *greatest) {
    for (ptrdiff_t i = 0; i < n; i++) {
        float most = values[i * step];
        for (ptrdiff_t k = i < REACH ? 0 : i - REACH; k < n && k <= i + REACH; k++) most = max_float(most, values[k * step]);
        greatest[i * step] = most;
    }
}

/* Two images (height, width, 3) -> 0 still ... 1 moved, (height, width). What changed by less than `margin` times the median,
 * within `least` ... `most` levels, is noise. */
EXPORT int measure_motion(const uint8_t *before, const uint8_t *after, ptrdiff_t height, ptrdiff_t width, float margin,
                          float least, float most, float *motion) {
    const ptrdiff_t n = height * width;
    int16_t *const change = malloc(sizeof(int16_t) * (size_t)(n + 3 * width));
    float *const across = malloc(sizeof(float) * (size_t)n);
    if (change == NULL || across == NULL) return free(change), free(across), OUT_OF_MEMORY;
    sum_changes(before, after, height, width, change + n, change);
    const float threshold = clamp_float(margin * median(change, n) / WINDOW, least, most);
    for (ptrdiff_t i = 0; i < n; i++)
        motion[i] = clamp_float(((float)change[i] / WINDOW - threshold) / threshold, 0.0f, 1.0f);
    for (ptrdiff_t y = 0; y < height; y++) dilate(motion + y * width, width, 1, across + y * width);
    for (ptrdiff_t x = 0; x < width; x++) dilate(across + x, height, width, motion + x);
    free(change), free(across);
    return DONE;
}
