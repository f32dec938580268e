/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths on an SFTP server, and the sentences for what it has against them. Only for sftp*.c. */
#ifndef LIFEBOAT_REMOTE_SFTP_PATHS_H
#define LIFEBOAT_REMOTE_SFTP_PATHS_H

#include "sftp_parts.h"

/* Of NAME below the place. New string; NULL without memory. */
char *sftp_path(const struct sftp *sftp, const char *name);
/* R, what a call about NAME ended with, with a sentence where sftp.h wants one. */
int sftp_failed(struct context *ctx, const struct sftp *sftp, const char *name, int r);

#endif
