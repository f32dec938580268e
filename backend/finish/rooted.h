/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of the restored tree, reached from its root's descriptor. Symbolic links are followed as the restored system
 * would follow them: none leads out of the tree. Only regular files are opened: in place of one, a fifo, a device, a
 * socket or a link that leads nowhere is -ENOTREG, a directory -EISDIR (root_strerror() has words for it). Nothing is written through what is
 * there: a new file is written beside it, synced, and takes its place, with its owner, mode, ACLs and labels; before the first change
 * a copy is put beside it as NAME.lifeboat-original.
 */
#ifndef LIFEBOAT_FINISH_ROOTED_H
#define LIFEBOAT_FINISH_ROOTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../core/context.h"
#include "../core/root_open.h"

#define ROOTED_ORIGINAL ".lifeboat-original"

bool rooted_is_directory(int root_fd, const char *path);
/* A regular file that is not empty, links followed. */
bool rooted_has_content(int root_fd, const char *path);
/* The whole of a small text file as a new string. 0 or -errno; -EFBIG past LIMIT bytes, -EILSEQ when it holds a NUL: it is no text.
 * What is masked, a link to /dev/null, is empty. */
MUST_CHECK int rooted_read(int root_fd, const char *path, size_t limit, char **ret);
/* The first LENGTH bytes at most; bytes read or -errno. */
ssize_t rooted_read_start(int root_fd, const char *path, void *data, size_t length);
/* Copies PATH to PATH.lifeboat-original with owner, mode, times and attributes. A copy that is there already stays:
 * it is the older one. 0 or -errno. */
MUST_CHECK int rooted_keep_original(int root_fd, const char *path);
/* Replaces the file by one with this content, after its original was kept, and syncs it. 0, or -errno with a sentence. */
MUST_CHECK int rooted_rewrite(struct context *ctx, int root_fd, const char *path, const char *text, size_t length);
/* Puts a copy of FROM's content in the place of TO, both inside the tree, with mode 0644, and syncs it. 0 or -errno. */
MUST_CHECK int rooted_copy(int root_fd, const char *from, const char *to);
/* A new file with this content and MODE, synced. 0 or -errno; -EEXIST. */
MUST_CHECK int rooted_create(int root_fd, const char *path, const char *text, size_t length, mode_t mode);
/* Makes an empty file with mode 0644 where there is none. 0 or -errno. */
MUST_CHECK int rooted_make_empty(int root_fd, const char *path);
/* True when both are readable files of the same bytes. */
bool rooted_is_same(int root_fd, const char *a, const char *b);
/* Removes a file. 0 or -errno. */
int rooted_remove(int root_fd, const char *path);
/* mkdir -p inside the tree, mode 0755. 1 when something was made, 0 when it was there, -errno. */
MUST_CHECK int rooted_make_directories(int root_fd, const char *path);
/* Names in a directory without "." and "..", sorted bytewise, in a new NULL-ended vector; an empty vector is NULL. 0
 * or -errno. */
MUST_CHECK int rooted_list(int root_fd, const char *path, char ***ret);
/* Absolute path of the program NAME inside the tree, as a chroot there runs it, in a new string; NULL when it has
 * none. */
char *rooted_program(int root_fd, const char *name);

#endif
