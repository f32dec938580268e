/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "digest.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "libcrypto.h"

struct digest {
	EVP_MD_CTX *state;
};

struct digest *digest_new(void)
{
	struct digest *digest = malloc(sizeof(*digest));

	if (!digest)
		return NULL;
	libcrypto_begin();
	digest->state = EVP_MD_CTX_new();
	if (!digest->state || EVP_DigestInit_ex(digest->state, EVP_sha256(), NULL) != 1) {
		digest_free(digest);
		return NULL;
	}
	return digest;
}

void digest_update(struct digest *digest, const void *data, size_t length)
{
	/* Fails only for an uninitialised state, which digest_new() and digest_finish() rule out. */
	if (EVP_DigestUpdate(digest->state, data, length) != 1)
		abort();
}

void digest_finish(struct digest *digest, char hex[DIGEST_HEX])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (EVP_DigestFinal_ex(digest->state, raw, &length) != 1 || length != DIGEST_BYTES ||
	    /* The algorithm that is set already: looking it up again costs as much as hashing a small file. */
	    EVP_DigestInit_ex(digest->state, NULL, NULL) != 1)
		abort();
	digest_print(raw, hex);
}

static const char digits[] = "0123456789abcdef";

void digest_print(const unsigned char bytes[DIGEST_BYTES], char hex[DIGEST_HEX])
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[DIGEST_HEX - 1] = '\0';
}

bool digest_parse(const char *hex, unsigned char bytes[DIGEST_BYTES])
{
	if (strlen(hex) != DIGEST_HEX - 1 || strspn(hex, digits) != DIGEST_HEX - 1)
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		bytes[i] = (unsigned char)((strchr(digits, hex[2 * i]) - digits) << 4 | (strchr(digits, hex[2 * i + 1]) - digits));
	return true;
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->state);
	free(digest);
}

int digest_buffer(const void *data, size_t length, char hex[DIGEST_HEX])
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned count = 0;

	if (EVP_Digest(data, length, raw, &count, EVP_sha256(), NULL) != 1 || count != (DIGEST_HEX - 1) / 2)
		return -ENOMEM;
	digest_print(raw, hex);
	return 0;
}
