// The checksum of Ogg pages.
#pragma once

#include "busker_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The checksum of one Ogg page whose own four checksum bytes are zero: CRC-32, polynomial 0x04C11DB7, RFC 3533.
uint32_t busker_ogg_checksum(const uint8_t *__counted_by(count) page __noescape, size_t count);

#ifdef __cplusplus
}
#endif
