/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounts a filesystem as a restore does, for tests/loop/test_mounted:
 *   mounted_driver KIND DEVICE TARGET
 * mounts, prints "mounted", waits for a line on standard input, unmounts, and prints "unmounted" or "error NUMBER: SENTENCE".
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

#include "../../backend/core/ops.h"
#include "../../backend/storage/mounted.h"

int main(int argc, char **argv)
{
	struct node filesystem = { .type = NODE_FILESYSTEM, .filesystem = { .kind = argc > 3 ? argv[1] : NULL }, .device = argc > 3 ? argv[2] : NULL };
	AUTO_CLOSE int fd = argc > 3 ? open(argv[2], O_RDWR | O_CLOEXEC) : -1;
	struct mount_device devices[] = { { fd, filesystem.device }, { 0 } };
	struct context ctx;
	int top = -1, r;

	if (fd < 0)
		return 2;
	context_init(&ctx);
	r = mounted_mount(&ctx, devices, &filesystem, argv[3], MS_NOATIME, NULL, &top);
	if (r == 0) {
		puts("mounted");
		fflush(stdout);
		getchar();
		r = mounted_unmount(&ctx, devices, top, &filesystem, argv[3]);
	}
	if (r < 0)
		printf("error %d: %s\n", -r, context_detail(&ctx));
	else
		puts("unmounted");
	context_done(&ctx);
	return r < 0;
}
