/* Checks of a matte. */
#include "native.h"

/* How many of n values are not within 0 ... 1, NaN included, and how many are above a limit -> (2). */
EXPORT int survey(const float *values, ptrdiff_t n, float limit, ptrdiff_t *counts) {
    counts[0] = counts[1] = 0;
    for (ptrdiff_t start = 0; start < n; start += 16 * CHUNK) {
        const ptrdiff_t stop = min_size(n, start + 16 * CHUNK);
        int32_t inside = 0, above = 0;
        for (ptrdiff_t i = start; i < stop; i++) {
            inside += values[i] >= 0.0f && values[i] <= 1.0f;
            above += values[i] > limit;
        }
        counts[0] += stop - start - inside, counts[1] += above;
    }
    return DONE;
}
