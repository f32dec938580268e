/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manifest_format.h"

#include <errno.h>
#include <string.h>

int manifest_bad(struct context *ctx, const char *what)
{
	return context_fail(ctx, EBADMSG, "the manifest %s is not valid: %s", MANIFEST_NAME, sentence_words(what));
}

bool manifest_is_digest(const char *text)
{
	return strlen(text) == DIGEST_HEX - 1 && strspn(text, "0123456789abcdef") == DIGEST_HEX - 1;
}
