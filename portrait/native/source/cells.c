/* Classification of the cells of a matte. */
#include "cells.h"

/* Alpha (height, width) -> the kinds of its cells. */
EXPORT int find_cells(const float *alpha, ptrdiff_t height, ptrdiff_t width, uint8_t *cells) {
    for (ptrdiff_t y = 0; y < height; y += CELL)
        for (ptrdiff_t x = 0; x < width; x += CELL)
            *cells++ = (uint8_t)kind_of_cell(alpha + y * width + x, width, min_size(CELL, height - y), min_size(CELL, width - x));
    return DONE;
}
