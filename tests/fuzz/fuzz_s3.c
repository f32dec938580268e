/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as a page of a list of an S3 server, and as a file of profiles. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../backend/core/bytes.h"
#include "../../backend/remote/s3.h"
#include "../../backend/remote/s3_profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *data, const struct s3_item *item)
{
	if (!*item->name || (item->folder && item->name[strlen(item->name) - 1] == '/' && !item->name[1]))
		*(unsigned *)data += 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *token = NULL;
	struct s3_profile profile = { 0 };
	unsigned line = 0, count = 0;
	bool found;
	int r;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	r = s3_list_read(data, size, "sets/", 5, take, &count, &token);
	if (r > 0 || (r < 0 && token))
		abort();
	free(token);
	if (s3_profile_read(text, "default", &profile, &found, &line) == -EINVAL && !line)
		abort();
	s3_profile_done(&profile);
	free(text);
	return 0;
}
