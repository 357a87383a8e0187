/* Which of the library's builds this processor can run, and what the library was made of. */
#include "native.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* The registers that the system saves: bits 1 and 2 stand for those of AVX. */
static uint32_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int has_all(uint32_t flags, uint32_t wanted) { return (flags & wanted) == wanted; }

/* 2 or 3: the build that uses the instructions of this level of x86-64; 1: none of them can run. */
static int x86_64_level(void) {
    enum { AVX_SAVED = 0x06 };
    uint32_t a, b, c, d, b7, c7, d7;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has_all(c, bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT)) return 1;
    if (!has_all(c, bit_AVX | bit_FMA | bit_OSXSAVE) || !__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return 2;
    return has_all(saved_registers(), AVX_SAVED) && has_all(b7, bit_AVX2) ? 3 : 2;
}
#endif

/* The level of x86-64 of this processor, 1 to 3; 0 on others, for which there is one build. */
EXPORT int cpu_level(void) {
#if defined(__x86_64__)
    return x86_64_level();
#else
    return 0;
#endif
}

/* A digest of the sources, given by the build. */
EXPORT const char *source_digest(void) { return SOURCE_DIGEST; }

EXPORT const char *compiler(void) {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}
