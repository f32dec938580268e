/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files on an SSH server, by its SFTP subsystem and the system's own ssh: read like those of remote.h, and written. A connection that breaks is made
 * again and what was under way is taken up, as long as the server's patience lasts. Keys, known hosts and ssh's configuration are those of
 * access.h, else the user's own; nobody is asked for a password. All functions but sftp_free() may be called from any thread.
 */
#ifndef LIFEBOAT_REMOTE_SFTP_H
#define LIFEBOAT_REMOTE_SFTP_H

#include "../core/context.h"
#include "../core/location.h"
#include "remote.h"

struct sftp;

/* The place that LOCATION names, "ssh://[USER@]HOST[:PORT]/PATH[?hostkey=SHA256:...]", where "/~/PATH" is one in the user's home directory.
 * Nothing is asked of it yet. PATIENCE as for remote_new(). 0 or -errno with a sentence. */
MUST_CHECK int sftp_new(struct context *ctx, const struct location *location, double patience, struct sftp **ret);
/* NULL is ignored. Nothing is being asked of it any more. */
void sftp_free(struct sftp *sftp);
/* A key by which the server of LOCATION says who it is, that of ed25519 where it shows one: *RET is its fingerprint, "SHA256:...", and *RET_KIND the
 * word that its file /etc/ssh/ssh_host_*_key.pub has; new strings. Nothing is believed of it. 0 or -errno with a sentence: it shows none. */
MUST_CHECK int sftp_shown_key(struct context *ctx, const struct location *location, char **ret, char **ret_kind);
void sftp_be_patient(struct sftp *sftp, double patience);
/* Whatever is asked of it ends soon, with -ECANCELED. */
void sftp_stop(struct sftp *sftp);

/* In all of them NAME is below the place, "" the place itself. -ENOENT without a sentence: it has no such file; -errno with one. Cancelled by CTX. */

/* As remote_look(), remote_load() and remote_read(). */
MUST_CHECK int sftp_look(struct context *ctx, struct sftp *sftp, const char *name, bool touch, struct remote_file *ret);
MUST_CHECK int sftp_load(struct context *ctx, struct sftp *sftp, const char *name, uint64_t limit, void **ret, size_t *ret_length);
MUST_CHECK ssize_t sftp_read(struct context *ctx, struct sftp *sftp, const char *name, uint64_t offset, void *buffer, size_t length);

/* A file or directory, as it is listed. */
struct sftp_entry {
	const char *name;
	bool directory, regular;
	uint64_t size;
	uint32_t modified;       /* seconds, by the server's clock */
};
/* What NAME itself is; ENTRY has no name then. */
MUST_CHECK int sftp_describe(struct context *ctx, struct sftp *sftp, const char *name, struct sftp_entry *ret);
/* Calls EACH for all in the directory NAME but "." and ".."; what it returns but 0 ends that. */
MUST_CHECK int sftp_list(struct context *ctx, struct sftp *sftp, const char *name, int (*each)(void *data, const struct sftp_entry *entry),
			 void *data);

/* Writes DATA at OFFSET of the file NAME, which is made where OFFSET is 0 and must not be there before; it has exactly as many bytes afterwards, and
 * they are persistent, where the server can do that. -ENOSPC. */
MUST_CHECK int sftp_store(struct context *ctx, struct sftp *sftp, const char *name, uint64_t offset, const void *data, size_t length);
/* Makes the new file NAME of DATA, in one attempt: -EEXIST without a sentence: there is one already. */
MUST_CHECK int sftp_claim(struct context *ctx, struct sftp *sftp, const char *name, const void *data, size_t length);
/* -EEXIST without a sentence: it is there already. */
MUST_CHECK int sftp_make_directory(struct context *ctx, struct sftp *sftp, const char *name);
MUST_CHECK int sftp_remove(struct context *ctx, struct sftp *sftp, const char *name);
MUST_CHECK int sftp_remove_directory(struct context *ctx, struct sftp *sftp, const char *name);
/* Makes the directory of the place, and those above it, where they are missing: *RET_MADE of them, from the innermost on. 0 or -errno with a
 * sentence. */
MUST_CHECK int sftp_make_place(struct context *ctx, struct sftp *sftp, unsigned *ret_made);
/* Removes as many of them as are empty. */
void sftp_remove_place(struct context *ctx, struct sftp *sftp, unsigned made);
/* OLD becomes NEW, which is not there yet, at once and persistently; in one attempt: -ECONNRESET with a sentence: it may or may not have happened. */
MUST_CHECK int sftp_rename(struct context *ctx, struct sftp *sftp, const char *old, const char *new);
/* What is written survives a power failure of the server, once sftp_store() has said so. After the first sftp_store(). */
bool sftp_is_persistent(struct sftp *sftp);

#endif
