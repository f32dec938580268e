/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "partclone_map.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../core/byte_order.h"
#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/run.h"
#include "../superblocks/extent.h"
#include "domain_log.h"

#define LOG_LIMIT (64u << 20) /* two million stretches */
#define DEADLINE_S 1800

/* "exFAT file system specification" (Microsoft), 3.1.13, VolumeFlags: bit 1, VolumeDirty; bit 2, MediaFailure. */
static bool exfat_is_clean(const struct extent *extent)
{
	unsigned char boot[512];

	return extent_read(extent, 0, boot, sizeof(boot)) == 0 && !(le16(boot + 106) & 6);
}

/* Linux's include/uapi/linux/minix_fs.h: of version 1 and 2 the superblock says whether it was unmounted (bit 0) and has errors (bit 1); version 3
 * says neither. */
static bool minix_is_clean(const struct extent *extent)
{
	static const uint16_t magics[] = { 0x137f, 0x138f, 0x2468, 0x2478 };
	unsigned char super[32];

	if (extent_read(extent, 1024, super, sizeof(super)) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(magics); i++)
		if (le16(super + 16) == magics[i])
			return (le16(super + 18) & 3) == 1;
	return false;
}

static const struct known {
	const char *kind, *program;
	bool (*is_clean)(const struct extent *extent); /* NULL: the program looks itself, and gives no map else */
} knowns[] = {
	{ "exfat", "partclone.exfat", exfat_is_clean },
	{ "hfsplus", "partclone.hfsplus", NULL },
	{ "minix", "partclone.minix", minix_is_clean },
	{ "reiser4", "partclone.reiser4", NULL },
	{ "reiserfs", "partclone.reiserfs", NULL },
};

static const struct known *find(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LENGTH(knowns); i++)
		if (!strcmp(knowns[i].kind, kind))
			return &knowns[i];
	return NULL;
}

/* Runs PROGRAM on the device open as FD; what it writes in *RET_TEXT. */
static int run_partclone(struct context *ctx, const char *program, int fd, char **ret_text)
{
	AUTO_CLOSE int file = memfd_create("lifeboat-map", MFD_CLOEXEC);
	AUTO_FREE char *source = text_format("/proc/self/fd/%d", fd), *target = text_format("/proc/self/fd/%d", file);
	/* Its own log would go to /var/log. */
	const char *argv[] = { program, "--domain", "--quiet", "--logfile", "/dev/null", "--source", source, "--overwrite", target, NULL };
	const struct run run = { .argv = argv, .inherit = (const int[]){ fd, file, -1 }, .deadline_s = DEADLINE_S };
	int r;

	if (file < 0 || !source || !target)
		return -ENOMEM;
	r = run_program(ctx, &run, NULL);
	if (r == 0 && lseek(file, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : file_read_fd(file, LOG_LIMIT, ret_text, NULL);
}

/* The map, or in *RET_WHY why there is none. What PROGRAM said is not kept. */
static int ask(struct context *ctx, const char *program, int fd, uint64_t size, struct block_map *ret, char **ret_why)
{
	struct error_scope scope = context_scope_begin(ctx);
	AUTO_FREE char *text = NULL;
	int r = run_partclone(ctx, program, fd, &text);

	if (r == -ECANCELED)
		return context_scope_keep(&scope, r);
	if (r == 0)
		r = domain_log_read(text, size, ret);
	if (r < 0 && r != -ENOMEM)
		*ret_why = *context_detail(ctx) ? sentence("%s", context_detail(ctx)) : sentence("the map of them that %s made makes no sense", program);
	context_scope_end(&scope);
	return r == -ENOMEM ? r : r < 0 ? 0 : 1;
}

int partclone_map_read(struct context *ctx, const char *kind, int fd, uint64_t size, struct block_map *ret, char **ret_why)
{
	const struct known *known = find(kind);
	const struct extent whole = { fd, 0, size };
	int r = 0;

	if (!known)
		return 0;
	*ret_why = NULL;
	if (!run_is_present(NULL, known->program))
		*ret_why = sentence("%s, which tells them apart, is not installed here (package partclone)", known->program);
	else if (known->is_clean && !known->is_clean(&whole))
		*ret_why = sentence("it does not say that it was closed cleanly");
	else
		r = ask(ctx, known->program, fd, size, ret, ret_why);
	return r == 0 && !*ret_why ? -ENOMEM : r;
}
