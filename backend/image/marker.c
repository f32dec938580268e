/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "marker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/digest.h"
#include "../core/file.h"

#define READ_BLOCK (1u << 20)

static int digest_file(struct context *ctx, const char *path, char hex[DIGEST_HEX])
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct digest AUTO_DIGEST *digest = digest_new();
	AUTO_FREE char *block = malloc(READ_BLOCK);
	ssize_t got = fd < 0 ? -errno : 0;

	if (!digest || !block)
		return context_oom(ctx);
	while (got >= 0 && (got = read_full(fd, block, READ_BLOCK)) > 0)
		digest_update(digest, block, (size_t)got);
	if (got < 0)
		return context_fail(ctx, (int)-got, "Cannot read %s: %s", path, strerror((int)-got));
	digest_finish(digest, hex);
	return 0;
}

int marker_print(struct context *ctx, const struct menu *menu, const char *release, const char *kernel, const char *initramfs, char **ret)
{
	char kernel_digest[DIGEST_HEX], initramfs_digest[DIGEST_HEX];
	json_t *marker;
	int r = digest_file(ctx, kernel, kernel_digest);

	if (r == 0)
		r = digest_file(ctx, initramfs, initramfs_digest);
	if (r < 0)
		return r;
	marker = json_pack("{s:s,s:s,s:s,s:s,s:s?}", "media_id", menu->media_id, "kernel", release, "kernel_sha256", kernel_digest,
			   "initramfs_sha256", initramfs_digest, "set_id", menu->set_id);
	*ret = marker ? json_dumps(marker, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
	json_decref(marker);
	return *ret ? 0 : context_oom(ctx);
}
