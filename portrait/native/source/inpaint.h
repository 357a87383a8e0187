/* Inpainting by a push-pull pyramid. */
#ifndef PORTRAIT_INPAINT_H
#define PORTRAIT_INPAINT_H

#include "native.h"

/* Inpaints (height, width, channels), values times weight, into `filled`; see inpaint.c. */
int inpaint_planes(const float *values, const float *weight, ptrdiff_t height, ptrdiff_t width, int channels, float known_gain,
                   int sweeps, float *filled);

#endif
