/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stream that lies on a series of tapes, from its beginning, as often as is wanted. What cannot be read of it is told, and its place filled: the
 * digests of its members then say what that costs.
 */
#ifndef LIFEBOAT_TAPE_TAPE_READ_H
#define LIFEBOAT_TAPE_TAPE_READ_H

#include "drive.h"
#include "label.h"

struct tape_reader;

/* OPS: NULL: as PATH is. PAUSE: seconds between two looks at a drive that is waited for; 0: one. A tape of a series must be in. 0 or -errno with a
 * sentence; -EMEDIUMTYPE: there is no recovery set on the tape. */
MUST_CHECK int tape_reader_open(struct context *ctx, const struct drive_ops *ops, const char *path, double pause, struct tape_reader **ret);
/* The same of the drive as it is now: no tape is waited for, or asked for. -EAGAIN with a sentence: it is not ready; -EMEDIUMTYPE also: another tape
 * than the first is in. */
MUST_CHECK int tape_reader_glance(struct context *ctx, const char *path, struct tape_reader **ret);
/* The drive may be opened by others, until tape_reader_rewind(). */
void tape_reader_let_go(struct tape_reader *reader);
void tape_reader_close(struct tape_reader *reader);
/* At most LENGTH bytes; 0 at the end; -errno with a sentence. Where a tape ends the next one is asked for. */
MUST_CHECK ssize_t tape_reader_read(struct context *ctx, struct tape_reader *reader, void *buffer, size_t length);
/* Before the first byte again, with the first tape. 0 or -errno with a sentence. */
MUST_CHECK int tape_reader_rewind(struct context *ctx, struct tape_reader *reader);
/* Of the tape that is in. */
const struct tape_label *tape_reader_label(const struct tape_reader *reader);
/* What comes next is no part of the stream: its own end has been read. Where the tape that is in has no record that says so, because it had no room
 * for one, no next tape is asked for then. */
void tape_reader_is_whole(struct tape_reader *reader);
/* Bytes since the last rewind whose place was filled, because they are missing or cannot be read. */
uint64_t tape_reader_lost(const struct tape_reader *reader);

#endif
