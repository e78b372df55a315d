#ifndef RECOVER_CHASH_H
#define RECOVER_CHASH_H

#include <stddef.h>
#include <stdint.h>

// Two SHA-256 states at once, over the same blocks or over two messages.
//
// A large file needs the digest of each block and of the whole. Both see the same 64-byte
// groups, so the message schedule, half of the work, is made once, and the two chains of
// rounds fill each other's waiting times. libcrypto hashes one message at a time.

// Whether this processor has the instructions; without them use libcrypto twice.
int recover_sha256_pair_available(void);

// Runs `count` groups of 64 bytes through both states of eight words.
void recover_sha256_pair(uint32_t one[8], uint32_t two[8], const uint8_t *bytes, size_t count);

// The same for two messages: `count` groups of each through its own state.
void recover_sha256_apart(
    uint32_t one[8], const uint8_t *first, uint32_t two[8], const uint8_t *second, size_t count);

#endif
