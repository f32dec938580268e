/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a capture: what it leaves out, what it could not read, what changed meanwhile. Of files that share a reason one line is said
 * at the end, however many they are; each is a debug line, and (but for changes, which the index marks) a line of the manifest. */
#ifndef LIFEBOAT_CAPTURE_REPORT_H
#define LIFEBOAT_CAPTURE_REPORT_H

#include <stdint.h>

struct capture;

/* All are thread-safe and give 0 or -ENOMEM; PATH is bytes, relative to the captured directory; REASON is text.
 * What is left out by rule: said in the log and kept in the manifest. */
int capture_exclude(struct capture *capture, const char *path, const char *reason);
/* A part of the machine that is not in the set and will not come back with it: counted, said as a warning, kept as a line of
 * manifest->lost. WHAT names it: a path below the root as in capture_exclude(), or a device and what it holds ("/dev/sda3, ext4
 * "data", 20 GiB"). REASON says why, and what to do. */
int capture_lose(struct capture *capture, const char *what, const char *reason);
int capture_exclude_pattern(struct capture *capture, const char *pattern, uint64_t names);
/* A file that is not in the set, or not as it was: counted, kept in manifest->lost, said at the end. */
int capture_not_read(struct capture *capture, const char *path, const char *reason);
int capture_unreadable(struct capture *capture, const char *path, int error);
/* The same of a part of the file. WHAT: N_("extended attributes could not be read"). */
int capture_failed_to_read(struct capture *capture, const char *path, const char *what, int error);
/* A file that is saved, but not as it was at any one moment, or one that vanished. */
int capture_changed(struct capture *capture, const char *path, const char *what);
/* Says what was reported, one line a reason. */
void capture_say_reports(struct capture *capture);
void capture_reports_free(struct capture *capture);

/* The sentence for R, an error while the set is written, unless one is kept already. R. */
int capture_write_failed(struct capture *capture, int r);

#endif
