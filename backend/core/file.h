/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole small files in and out: sysfs attributes, configuration, checkpoints. Short reads and full disks are errors. */
#ifndef LIFEBOAT_CORE_FILE_H
#define LIFEBOAT_CORE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "context.h"

/* Reads at most LIMIT bytes of PATH below DIRFD (AT_FDCWD allowed) into a new NUL-ended buffer. 0 or -errno (-EFBIG past the
 * limit); says nothing in a context. RET_LENGTH may be NULL. */
MUST_CHECK int file_read(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_length);
/* The same of an open file, from where it stands. */
MUST_CHECK int file_read_fd(int fd, size_t limit, char **ret, size_t *ret_length);
/* First line of a sysfs-like attribute below the context's prefix, stripped, in a new string; NULL when unreadable. */
char *file_attribute(const struct context *ctx, const char *path);
/* Writes a new file beside PATH, syncs it, renames it over PATH and syncs the directory. 0 or -errno. */
MUST_CHECK int file_replace(int dirfd, const char *path, const void *data, size_t length, mode_t mode);
/* The same for what is written piece by piece to *RET_FD, of which file_replace_end() then disposes: with R 0 it replaces PATH, otherwise
 * what was written is removed and R returned. *RET_TEMPORARY is the new file's name, freed there, too. 0 or -errno. */
MUST_CHECK int file_replace_begin(int dirfd, const char *path, mode_t mode, char **ret_temporary, int *ret_fd);
MUST_CHECK int file_replace_end(int dirfd, const char *path, mode_t mode, char *temporary, int fd, int r);
/* A file that has no name, and goes with its descriptor: in TMPDIR, /var/tmp or /tmp, else in memory. Descriptor or -errno. */
MUST_CHECK int file_open_unnamed(void);
/* write(2) until all is written. 0 or -errno. */
MUST_CHECK int write_all(int fd, const void *data, size_t length);
/* read(2) until LENGTH bytes or the end; bytes read or -errno. */
ssize_t read_full(int fd, void *data, size_t length);
/* The same with pread(2). */
ssize_t read_full_at(int fd, void *data, size_t length, off_t offset);
/* The next entry of DIRECTORY but "." and "..", valid until the next call. 1; 0: there is no more; -errno, which readdir(3) alone does not tell
 * from the end. */
MUST_CHECK int directory_next(DIR *directory, struct dirent **ret);
/* mkdir -p. 0 or -errno. */
MUST_CHECK int make_directories(const char *path, mode_t mode);
/* The same below DIRFD. */
MUST_CHECK int make_directories_at(int dirfd, const char *path, mode_t mode);

#endif
