/* Filesystems on the captured disks that the machine does not show, or only in part: those that are not mounted, those of which only a
 * directory is bound somewhere, a btrfs of which only some subvolumes are mounted. Each is mounted where nobody sees it, and its files
 * go into the set below LAYOUT_UNMOUNTED, in a directory of its own. What another mount shows of a btrfs stays where it is seen.
 */
#ifndef LIFEBOAT_CAPTURE_UNMOUNTED_H
#define LIFEBOAT_CAPTURE_UNMOUNTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct capture;
struct unmounted;

/* Opens all of them, and adds to the layout where their files will lie; what cannot be opened becomes a line of what will not come
 * back. 0 or -errno with a sentence. */
int unmounted_open(struct capture *capture, struct unmounted **ret);
void unmounted_close(struct unmounted *unmounted);

/* The I-th one's directory, relative to the root, and its open top; NULL past the last. */
const char *unmounted_path(const struct unmounted *unmounted, size_t i, int *ret_top);
/* The directory that *PATH (relative to the root) has to be opened from: ROOT_FD, or the top of one of these filesystems with *PATH
 * moved to what lies below it. */
int unmounted_base(const struct unmounted *unmounted, int root_fd, const char **path);

enum unmounted_view {
	UNMOUNTED_NO_VIEW,
	UNMOUNTED_BOUND,         /* at PATH a part of such a filesystem is mounted: its files are captured with all of it */
	UNMOUNTED_SHOWN,         /* PATH is a subvolume in such a filesystem that is captured where it is mounted */
};
/* PATH is relative to the root. *RET_REASON (with UNMOUNTED_BOUND) is borrowed. */
enum unmounted_view unmounted_view(const struct unmounted *unmounted, const char *path, const char **ret_reason);

/* What those use that nothing else shows, to measure progress by. */
void unmounted_used(const struct unmounted *unmounted, uint64_t *bytes, uint64_t *files);

#endif
