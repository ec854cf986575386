/* SPDX-License-Identifier: MIT */
#include "util/hashname.h"

#include "util/digest.h"

#include <openssl/evp.h>

#define NAME_LIMIT 255
#define NAME_KEPT  200
#define HASH_BYTES 6

/* Not in the middle of a UTF-8 sequence. */
static size_t cut_at(const struct buf *name)
{
	size_t n = NAME_KEPT;

	while (n && ((unsigned char)name->ptr[n] & 0xc0) == 0x80)
		n--;
	return n;
}

int hashname_limit(struct buf *name, struct bytes original)
{
	unsigned char hash[32];
	char hex[2 * HASH_BYTES + 1];

	if (name->len <= NAME_LIMIT)
		return 0;
	if (EVP_Digest(original.ptr, original.len, hash, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	hex_encode(hash, HASH_BYTES, hex);
	name->len = cut_at(name);
	return buf_addf(name, "~%s", hex);
}
