#include "CHash.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

// FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first
// 64 primes.
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

int recover_sha256_pair_available(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return (b & bit_SHA) != 0;
}

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))

// The instructions want the eight words as ABEF and CDGH.
TARGET static inline void enter(const uint32_t *words, __m128i *abef, __m128i *cdgh) {
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)words), 0xB1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(words + 4)), 0x1B);
    *abef = _mm_alignr_epi8(low, high, 8);
    *cdgh = _mm_blend_epi16(high, low, 0xF0);
}

TARGET static inline void leave(uint32_t *words, __m128i abef, __m128i cdgh) {
    __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)words, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(words + 4), _mm_alignr_epi8(dchg, feba, 8));
}

// The next four words of the schedule, made in the place of those that are used up.
TARGET static inline __m128i schedule(__m128i w[4], int group) {
    const int now = group & 3;
    if (group >= 4) {
        const __m128i last = w[(group + 3) & 3];
        __m128i next = _mm_sha256msg1_epu32(w[now], w[(group + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(last, w[(group + 2) & 3], 4));
        w[now] = _mm_sha256msg2_epu32(next, last);
    }
    return _mm_add_epi32(w[now], _mm_load_si128((const __m128i *)(constants + 4 * group)));
}

TARGET static inline void load(__m128i w[4], const uint8_t *bytes) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
    for (int i = 0; i < 4; i++) {
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * i)), big_endian);
    }
}

// Inlined twice: without a `second` both states take the same schedule.
TARGET __attribute__((always_inline)) static inline void run(
    uint32_t one[8], const uint8_t *first, uint32_t two[8], const uint8_t *second, size_t count) {
    __m128i one_abef, one_cdgh, two_abef, two_cdgh;
    enter(one, &one_abef, &one_cdgh);
    enter(two, &two_abef, &two_cdgh);
    for (; count > 0; count--, first += 64) {
        const __m128i before[4] = {one_abef, one_cdgh, two_abef, two_cdgh};
        __m128i v[4], w[4];
        load(v, first);
        if (second) {
            load(w, second);
            second += 64;
        }
#pragma clang loop unroll(full)
        for (int group = 0; group < 16; group++) {
            const __m128i one_sum = schedule(v, group);
            const __m128i two_sum = second ? schedule(w, group) : one_sum;
            one_cdgh = _mm_sha256rnds2_epu32(one_cdgh, one_abef, one_sum);
            two_cdgh = _mm_sha256rnds2_epu32(two_cdgh, two_abef, two_sum);
            one_abef = _mm_sha256rnds2_epu32(one_abef, one_cdgh, _mm_shuffle_epi32(one_sum, 0x0E));
            two_abef = _mm_sha256rnds2_epu32(two_abef, two_cdgh, _mm_shuffle_epi32(two_sum, 0x0E));
        }
        one_abef = _mm_add_epi32(one_abef, before[0]);
        one_cdgh = _mm_add_epi32(one_cdgh, before[1]);
        two_abef = _mm_add_epi32(two_abef, before[2]);
        two_cdgh = _mm_add_epi32(two_cdgh, before[3]);
    }
    leave(one, one_abef, one_cdgh);
    leave(two, two_abef, two_cdgh);
}

TARGET void recover_sha256_pair(
    uint32_t one[8], uint32_t two[8], const uint8_t *bytes, size_t count) {
    run(one, bytes, two, NULL, count);
}

TARGET void recover_sha256_apart(
    uint32_t one[8], const uint8_t *first, uint32_t two[8], const uint8_t *second, size_t count) {
    run(one, first, two, second, count);
}

#else

int recover_sha256_pair_available(void) { return 0; }

void recover_sha256_pair(
    uint32_t one[8], uint32_t two[8], const uint8_t *bytes, size_t count) {
    (void)one, (void)two, (void)bytes, (void)count;
}

void recover_sha256_apart(
    uint32_t one[8], const uint8_t *first, uint32_t two[8], const uint8_t *second, size_t count) {
    (void)one, (void)first, (void)two, (void)second, (void)count;
}

#endif
