/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "claim.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "digest.h"
#include "macro.h"

/* An abstract address ends with the process that has it. */
int claim_take(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char digest[DIGEST_HEX];
	int length;

	if (fd < 0)
		return -errno;
	if (digest_buffer(name, strlen(name), digest) < 0)
		return -ENOMEM;
	length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "lifeboat-restore-%s", digest);
	if (bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) < 0)
		return -errno;
	return TAKE_FD(fd);
}
