/* Sweeps of a geodesic distance transform: portrait/core/matting/geodesic.py says what they are for. */
#include "native.h"

/* Shorten the distances of a row by ways over the next row: straight, and over its neighbours to the left and right. */
static void shorten(float *end, const float *start, const float *straight, const float *from_left, const float *from_right, ptrdiff_t n) {
    for (ptrdiff_t x = 0; x < n; x++) end[x] = min_float(start[x] + straight[x], end[x]);
    for (ptrdiff_t x = 1; x < n; x++) end[x] = min_float(start[x - 1] + from_left[x - 1], end[x]);
    for (ptrdiff_t x = 0; x < n - 1; x++) end[x] = min_float(start[x + 1] + from_right[x], end[x]);
}

/* Distances (rows, sets, columns), shortened by ways from row to row, down and up again. The steps from a row to the one below
 * cost `straight` (rows - 1, columns), `right` and `left` (rows - 1, columns - 1). */
EXPORT int sweep_distances(float *distances, ptrdiff_t rows, ptrdiff_t sets, ptrdiff_t columns, const float *straight, const float *right,
                           const float *left) {
    const ptrdiff_t row = sets * columns, slanted = columns - 1;
    for (ptrdiff_t y = 0; y < rows - 1; y++)
        for (ptrdiff_t i = 0; i < row; i += columns)
            shorten(distances + (y + 1) * row + i, distances + y * row + i, straight + y * columns, right + y * slanted, left + y * slanted, columns);
    for (ptrdiff_t y = rows - 2; y >= 0; y--)
        for (ptrdiff_t i = 0; i < row; i += columns)
            shorten(distances + y * row + i, distances + (y + 1) * row + i, straight + y * columns, left + y * slanted, right + y * slanted, columns);
    return DONE;
}
