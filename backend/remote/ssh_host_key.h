/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys by which an SSH server says who it is, asked for with ssh-keyscan, and their fingerprints as ssh-keygen -l shows them. Only for
 * sftp*.c and ssh*.c.
 */
#ifndef LIFEBOAT_REMOTE_SSH_HOST_KEY_H
#define LIFEBOAT_REMOTE_SSH_HOST_KEY_H

#include "../core/context.h"
#include "sftp_parts.h"

/* The name that the pinned key has in a file of known hosts. */
#define PINNED_NAME "lifeboat-pinned"

/* "SHA256:..." of a key as known_hosts has it (base64). New string; NULL: it is none. */
char *ssh_fingerprint(const char *key);

/* Those that the server has now, "SHA256:... (ssh-ed25519)", with commas between them; nothing is believed of them. New string; NULL: they could not be
 * got. */
char *ssh_host_keys(const struct sftp *sftp);

/* The one of them to be shown to a person: *RET is its fingerprint, *RET_KIND "ed25519", "ecdsa" or "rsa"; new strings. False: there is none. */
bool ssh_shown_key(const struct sftp *sftp, char **ret, char **ret_kind);

/* Makes sftp->pinned_fd: the key with the fingerprint sftp->hostkey, got from the server. 0, or -errno with a sentence; *RET_AGAIN: it did not
 * answer. */
MUST_CHECK int ssh_pin(struct context *ctx, struct sftp *sftp, bool *ret_again);

#endif
