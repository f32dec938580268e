/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "entry_metadata.h"

#include <errno.h>
#include <string.h>

#include "metadata.h"
#include "parts.h"
#include "report.h"

/* The one id that stands for "none" belongs to no file: a set that held it would be refused. */
int entry_take_stat(struct capture *capture, const struct stat *st, struct pax_entry *entry)
{
	const unsigned none = (unsigned)-1, nobody = 65534;

	metadata_stat(st, entry);
	if (entry->uid != none && entry->gid != none)
		return 0;
	entry->uid = entry->uid == none ? nobody : entry->uid;
	entry->gid = entry->gid == none ? nobody : entry->gid;
	return capture_not_read(capture, entry->path,
				N_("its owner or group is 4294967295, which no file can have; 65534 is saved in its place"));
}

/* Remembers that WHAT could not be read: R is -errno, or 0. */
static void take_failure(int r, const char *what, char **names, int *error)
{
	char *longer = r < 0 ? *names ? sentence("%s, %s", *names, sentence_words(what)) : strdup(sentence_words(what)) : NULL;

	if (r == 0)
		return;
	if (!longer)
		*error = ENOMEM;
	else if (!*error)
		*error = -r;
	free(*names);
	*names = longer;
}

int entry_take_attributes(struct capture *capture, int fd, const char *path, struct pax_entry *entry)
{
	AUTO_FREE char *names = NULL, *what = NULL;
	int error = 0, r;

	if (!path) {
		take_failure(metadata_flags(fd, &entry->flags), N_("inode flags"), &names, &error);
		take_failure(hints_get(fd, &entry->hints), N_("project and allocation hints"), &names, &error);
	}
	r = metadata_xattrs(fd, path, entry);
	if (r == -ENOMEM || (path && (r == -ENOENT || r == -EINVAL)))
		return r;
	take_failure(r, N_("extended attributes"), &names, &error);
	if (!error)
		return 0;
	what = names ? sentence("%s could not be read", names) : NULL;
	return what ? capture_failed_to_read(capture, entry->path, what, error) : -ENOMEM;
}
