/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the receiver knows, as lines of JSON that are only ever appended: messages that changed more than an amount, and tokens that were used. A line
 * that a crash left half written is dropped when the file is read.
 *
 *   {"at": SECONDS, "notice": {...}}    as the machine sent it
 *   {"at": SECONDS, "token": {...}}     once.h
 */
#ifndef LIFEBOAT_FLEET_STATE_FILE_H
#define LIFEBOAT_FLEET_STATE_FILE_H

#include "../core/context.h"
#include "machine_table.h"
#include "once.h"

struct state_file {
	char *path;
	int fd;                  /* -1: nothing is kept */
	int lock;                /* held while it is written; -1 */
	uint64_t appended;       /* bytes, since it was written anew */
};
#define STATE_FILE_NONE { .fd = -1, .lock = -1 }

/* Reads PATH into both; a file that is not there is empty. 0 or -errno with a sentence. */
MUST_CHECK int state_file_read(struct context *ctx, const char *path, struct machine_table *table, struct tokens *tokens);
/* The same, and writes it anew with no more than is needed, for lines that follow. Another receiver that has it open is -EBUSY. */
MUST_CHECK int state_file_open(struct context *ctx, const char *path, struct machine_table *table, struct tokens *tokens, struct state_file *ret);
void state_file_close(struct state_file *file);

/* Whether it has grown so much that it is better rewritten, by state_file_renew(): 0, or -errno with a sentence; it then stays as it was. */
bool state_file_is_large(const struct state_file *file);
MUST_CHECK int state_file_renew(struct context *ctx, struct state_file *file, const struct machine_table *table, const struct tokens *tokens);

/* Appends a line. SYNC: it is on the disk when this returns. 0 or -errno without a sentence; steals VALUE. A file that is none takes all. */
MUST_CHECK int state_file_append(struct state_file *file, double at, const char *key, json_t *value, bool sync);

#endif
