/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a manifest, under a closing digest that is right: parsed or refused, and what is parsed prints and parses again. */
#include <stdlib.h>
#include <string.h>

#include "../../backend/set/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_MANIFEST struct manifest *manifest = NULL, *again = NULL;
	AUTO_BUFFER struct buffer text = { 0 };
	AUTO_FREE char *closing = NULL, *printed = NULL;
	char sha256[DIGEST_HEX];
	struct context ctx;
	size_t length;
	int r;

	context_init(&ctx);
	if (digest_buffer(data, size, sha256) < 0)
		abort();
	closing = text_format("  \"sha256\": \"%s\"\n}\n", sha256);
	buffer_append(&text, data, size);
	buffer_append(&text, closing, strlen(closing));
	r = manifest_parse(&ctx, text.data, text.length, &manifest);
	if (r < 0 && (!*context_detail(&ctx) || manifest))
		abort();
	if (r == 0) {
		printed = manifest_print(manifest, &length);
		if (!printed || manifest_parse(&ctx, printed, length, &again) < 0)
			abort();
	}
	context_done(&ctx);
	return 0;
}
