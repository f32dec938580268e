/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an ISO image: a set is opened and verified, or refused with a sentence. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../backend/core/file.h"
#include "../../backend/set/set.h"
#include "../../backend/set/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CLOSE int fd = memfd_create("image", MFD_CLOEXEC);
	AUTO_FREE char *path = text_format("/proc/self/fd/%d", fd);
	AUTO_SET struct set *set = NULL;
	struct verify_result result = { 0 };
	struct verify_options options = { .workers = 1 };
	struct context ctx;
	int r;

	if (fd < 0 || write_all(fd, data, size) < 0)
		abort();
	context_init(&ctx);
	r = set_open(&ctx, path, &set);
	if (r == 0)
		r = set_verify(&ctx, set, &options, &result);
	if (r < 0 && !*context_detail(&ctx))
		abort();
	verify_result_done(&result);
	set_close(TAKE_POINTER(set));
	context_done(&ctx);
	return 0;
}
