// The checksum of Ogg pages, four bits at a time.
#include "busker_ogg.h"

uint32_t busker_ogg_checksum(const uint8_t *page, size_t count)
{
    // The remainders of the 16 four-bit values under 0x04C11DB7.
    static const uint32_t table[16] = {
        0x00000000, 0x04c11db7, 0x09823b6e, 0x0d4326d9, 0x130476dc, 0x17c56b6b, 0x1a864db2, 0x1e475005,
        0x2608edb8, 0x22c9f00f, 0x2f8ad6d6, 0x2b4bcb61, 0x350c9b64, 0x31cd86d3, 0x3c8ea00a, 0x384fbdbd,
    };
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum ^= (uint32_t)page[i] << 24;
        sum = sum << 4 ^ table[sum >> 28];
        sum = sum << 4 ^ table[sum >> 28];
    }
    return sum;
}
