/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an initramfs whose members are listed. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../backend/core/file.h"
#include "../../backend/finish/initramfs_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CLOSE int fd = memfd_create("initramfs", MFD_CLOEXEC);
	AUTO_BUFFER struct buffer names = { 0 };
	struct context ctx;
	int r;

	context_init(&ctx);
	if (fd < 0 || write_all(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	r = initramfs_list(&ctx, fd, &names);
	if (r == -EBADMSG ? !*context_detail(&ctx) : r != 0)
		abort();
	if (r == 0 && strlen(names.data) != names.length)
		abort();
	context_done(&ctx);
	return 0;
}
