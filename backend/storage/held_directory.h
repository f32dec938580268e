/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temporary directories for the paths that programs get (hold.h). Each is locked as long as its engine lives, so that what a killed one left
 * can be told from what is in use.
 */
#ifndef LIFEBOAT_STORAGE_HELD_DIRECTORY_H
#define LIFEBOAT_STORAGE_HELD_DIRECTORY_H

/* Makes a new one directly below PARENT, and removes those that killed engines left there more than a minute ago.
 * *RET_LOCK: to be closed when it is in use no longer. 0, or -errno. */
int held_directory_make(const char *parent, char **ret, int *ret_lock);
/* Removes those directly below PARENT that are this user's, locked by nobody, more than a minute old, and hold only directories, links and block
 * nodes. */
void held_directory_remove_stale(const char *parent);

#endif
