/* What moved between two frames, on small images of them. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW = 9, MOST_CHANGE = 255 * WINDOW, REACH = 2 }; /* pixels of 3 x 3; of a dilation by 5 x 5 */

/* Changes of a row, (width, 3), summed over the rows above and below, with the pixels beyond both ends. */
static void sum_down(const uint8_t *before, const uint8_t *after, ptrdiff_t y, ptrdiff_t height, ptrdiff_t width,
                     int16_t *sums) {
    const ptrdiff_t row = 3 * width;
    const ptrdiff_t a = row * reflect(y - 1, height), b = row * y, c = row * reflect(y + 1, height);
    for (ptrdiff_t i = 0; i < row; i++)
        sums[3 + i] = (int16_t)(after[a + i] - before[a + i] + after[b + i] - before[b + i] + after[c + i] - before[c + i]);
    memcpy(sums, sums + 3 + 3 * reflect(-1, width), sizeof(int16_t) * 3);
    memcpy(sums + 3 + row, sums + 3 + 3 * reflect(width, width), sizeof(int16_t) * 3);
}

/* Sums of the change over windows of 3 x 3, in the channel that changed most: whole numbers, 0 ... MOST_CHANGE. `lines` has
 * room for two rows of colours and two pixels. */
static void sum_changes(const uint8_t *before, const uint8_t *after, ptrdiff_t height, ptrdiff_t width, int16_t *lines,
                        int16_t *change) {
    const ptrdiff_t row = 3 * width;
    int16_t *restrict const sums = lines, *restrict const windows = lines + row + 6;
    for (ptrdiff_t y = 0; y < height; y++, change += width) {
        sum_down(before, after, y, height, width, sums);
        for (ptrdiff_t i = 0; i < row; i++) {
            const int16_t sum = (int16_t)(sums[i] + sums[i + 3] + sums[i + 6]);
            windows[i] = sum < 0 ? (int16_t)-sum : sum;
        }
        for (ptrdiff_t x = 0; x < width; x++) {
            const int16_t red = windows[3 * x], green = windows[3 * x + 1], blue = windows[3 * x + 2];
            const int16_t most = red > green ? red : green;
            change[x] = most > blue ? most : blue;
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

/* Greatest values within REACH columns. */
static void dilate_across(const float *values, ptrdiff_t n, float *greatest) {
    for (ptrdiff_t x = 0; x < n; x++) {
        const ptrdiff_t first = x < REACH ? 0 : x - REACH, last = min_size(x + REACH, n - 1);
        float most = values[x];
        for (ptrdiff_t k = first; k <= last; k++) most = max_float(most, values[k]);
        greatest[x] = most;
    }
}

/* Greatest values within REACH rows. */
static void dilate_down(const float *values, ptrdiff_t height, ptrdiff_t width, float *restrict greatest) {
    for (ptrdiff_t y = 0; y < height; y++, greatest += width) {
        const ptrdiff_t first = y < REACH ? 0 : y - REACH, last = min_size(y + REACH, height - 1);
        memcpy(greatest, values + y * width, sizeof(float) * (size_t)width);
        for (ptrdiff_t k = first; k <= last; k++)
            for (ptrdiff_t x = 0; x < width; x++) greatest[x] = max_float(greatest[x], values[k * width + x]);
    }
}

/* Two images (height, width, 3) -> 0 still ... 1 moved, (height, width). What changed by less than `margin` times the median,
 * within `least` ... `most` levels, is noise. */
EXPORT int measure_motion(const uint8_t *before, const uint8_t *after, ptrdiff_t height, ptrdiff_t width, float margin,
                          float least, float most, float *motion) {
    const ptrdiff_t n = height * width;
    int16_t *const change = malloc(sizeof(int16_t) * (size_t)(n + 6 * width + 6));
    float *const across = malloc(sizeof(float) * (size_t)n);
    if (change == NULL || across == NULL) return free(change), free(across), OUT_OF_MEMORY;
    sum_changes(before, after, height, width, change + n, change);
    const float threshold = clamp_float(margin * median(change, n) / WINDOW, least, most);
    for (ptrdiff_t i = 0; i < n; i++)
        motion[i] = clamp_float(((float)change[i] / WINDOW - threshold) / threshold, 0.0f, 1.0f);
    for (ptrdiff_t y = 0; y < height; y++) dilate_across(motion + y * width, width, across + y * width);
    dilate_down(across, height, width, motion);
    free(change), free(across);
    return DONE;
}
