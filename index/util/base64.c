/* SPDX-License-Identifier: MIT */
#include "util/base64.h"

#include <openssl/evp.h>

static bool is_base64(struct bytes text)
{
	size_t end = text.len;

	while (end && end + 2 > text.len && text.ptr[end - 1] == '=')
		end--;
	for (size_t i = 0; i < end; i++) {
		char c = text.ptr[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c >= '0' && c <= '9') || c == '+' || c == '/'))
			return false;
	}
	return text.len % 4 == 0;
}

int base64_decode(struct bytes text, struct buf *ret)
{
	int n;

	/* OpenSSL passes over white space at the ends. */
	if (!is_base64(text) || text.len > INT32_MAX)
		return -EINVAL;
	if (!text.len)
		return 0;
	if (buf_reserve(ret, text.len / 4 * 3 + 1) < 0)
		return -ENOMEM;
	n = EVP_DecodeBlock((unsigned char *)ret->ptr + ret->len,
			    (const unsigned char *)text.ptr, (int)text.len);
	if (n < 0)
		return -EINVAL;
	n -= (text.ptr[text.len - 1] == '=') + (text.ptr[text.len - 2] == '=');
	ret->len += (size_t)n;
	ret->ptr[ret->len] = 0;
	return 0;
}
