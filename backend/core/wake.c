/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wake.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wake_open(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

void wake_send(int fd)
{
	uint64_t one = 1;

	/* The limit of the wait makes up for any other failure. */
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void wake_take(int fd)
{
	uint64_t counter;

	while (read(fd, &counter, sizeof(counter)) < 0 && errno == EINTR)
		;
}
