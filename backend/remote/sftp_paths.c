/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sftp_paths.h"

#include <errno.h>
#include <string.h>

#include "../core/bytes.h"

char *sftp_path(const struct sftp *sftp, const char *name)
{
	const char *path = sftp->path;

	if (!*name)
		return strdup(*path ? path : ".");
	return text_format("%s%s%s", path, !*path || !strcmp(path, "/") ? "" : "/", name);
}

int sftp_failed(struct context *ctx, const struct sftp *sftp, const char *name, int r)
{
	AUTO_FREE char *path = sftp_path(sftp, name);

	switch (-r) {
	case ENOMEM:
		return context_oom(ctx);
	case EACCES:
		return *context_detail(ctx) ? r : context_fail(ctx, EACCES, "the SSH server %s does not allow it: %s; check whose directory it is there",
							       sftp->host, path ? path : "?");
	case EPROTO:
		return *context_detail(ctx) ? r : context_fail(ctx, EPROTO, "the SSH server %s does not keep to the SFTP protocol", sftp->host);
	case EREMOTEIO:
		return context_fail(ctx, EREMOTEIO, "the SSH server %s says no more of %s than that it failed", sftp->host, path ? path : "?");
	default:
		return r;
	}
}
