/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stream_tape.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../core/bytes.h"

#define BLOCK "block="
#define BOOT "boot="

/* The file's name may have an '&' in it. *RET_BOOT, a new string, stays NULL where no image is named. */
static int read_query(struct context *ctx, const char *query, uint32_t *ret_block, char **ret_boot)
{
	while (query && *query) {
		bool is_boot = !strncmp(query, BOOT, strlen(BOOT));
		const char *next = is_boot ? strstr(query, "&" BLOCK) : strchr(query, '&');
		size_t length = next ? (size_t)(next - query) : strlen(query);
		AUTO_FREE char *word = strndup(query, length);
		uint64_t block;

		if (!word)
			return context_oom(ctx);
		if (is_boot) {
			free(*ret_boot);
			*ret_boot = strdup(word + strlen(BOOT));
			if (!*ret_boot)
				return context_oom(ctx);
		} else if (strncmp(word, BLOCK, strlen(BLOCK)) != 0 || !parse_u64(word + strlen(BLOCK), &block) || block > UINT32_MAX) {
			return context_fail(ctx, EINVAL, "the length of records on tape is a number of bytes");
		} else {
			*ret_block = (uint32_t)block;
		}
		query += length + (query[length] == '&');
	}
	return 0;
}

int stream_tape_open(struct context *ctx, const struct location *location, struct tape_writer **ret)
{
	struct tape_options options = { 0 };
	AUTO_FREE char *boot = NULL;
	int fd = -1, r;

	if (!*location->path)
		return context_fail(ctx, EINVAL, "Name the tape drive, as in tape:/dev/nst0; 'lifeboat tape status' lists the drives");
	r = read_query(ctx, location->query, &options.block, &boot);
	if (r < 0)
		return r;
	if (boot) {
		fd = open(boot, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return context_fail(ctx, errno, "%s, which the machine is to start from, cannot be read: %s", boot, strerror(errno));
		options.image = &fd;
	}
	r = tape_writer_open(ctx, location->path, &options, ret);
	if (fd >= 0)
		close(fd);
	return r;
}

int stream_tape_finish(struct context *ctx, struct tape_writer *writer)
{
	struct tape_written written;
	AUTO_FREE char *rate = NULL;
	int r = tape_writer_finish(ctx, writer, &written);

	if (r < 0)
		return r;
	rate = bytes_print_size((uint64_t)written.rate);
	if (written.tapes > 1)
		context_info(ctx, "The recovery set is on %u tapes. Number them: a restore asks for them one after the other", written.tapes);
	if (written.underruns)
		context_info(ctx,
			     "The tape drive writes %s/s, and the data came more slowly: it stopped %u times and stood still for %.0f seconds. That wears tape and "
			     "drive; a lower --level or more --workers make a capture quicker",
			     rate ? rate : "?", written.underruns, written.waited);
	else
		context_info(ctx, "The tape drive was kept streaming, at %s/s", rate ? rate : "?");
	return 0;
}
