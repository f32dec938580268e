/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the system's ssh is told to open the SFTP subsystem of a server, and what its refusals mean. Only for sftp*.c and ssh*.c. */
#ifndef LIFEBOAT_REMOTE_SSH_COMMAND_H
#define LIFEBOAT_REMOTE_SSH_COMMAND_H

#include "sftp_parts.h"
#include "ssh_process.h"

/* 0 or -errno without a sentence; ssh_command_failed() and ssh_process_end() in any case. */
MUST_CHECK int ssh_command_start(const struct sftp *sftp, struct ssh_process *ret);
/* The sentence for what ssh, which gave no connection, has said; R: the error that was seen here. -errno; *RET_AGAIN: another attempt may have more
 * luck. */
int ssh_command_failed(struct context *ctx, const struct sftp *sftp, struct ssh_process *process, int r, bool *ret_again);

#endif
