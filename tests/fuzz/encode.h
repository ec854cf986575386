/* SPDX-License-Identifier: MIT */
#pragma once
/* Base64 for what is stored so, that the fuzzer need not write it itself. */
#include "fuzz.h"
#include "util/buf.h"

#include <openssl/evp.h>

static inline void fuzz_base64(struct bytes in, struct buf *out)
{
	fuzz_check(in.len < INT_MAX / 2 && buf_reserve(out, in.len / 3 * 4 + 8) == 0);
	out->len += (size_t)EVP_EncodeBlock((unsigned char *)out->ptr + out->len,
					    (const unsigned char *)in.ptr, (int)in.len);
}
