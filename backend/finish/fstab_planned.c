/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fstab_planned.h"

#include <errno.h>
#include <string.h>

#include "fields.h"

static bool mounts_at(const struct fstab *fstab, const char *path)
{
	for (size_t i = 0; i < fstab->count; i++)
		if (!strcmp(fstab->entries[i].file, path))
			return true;
	return false;
}

/* Of several system partitions the system starts without those but the first. */
static int add_line(struct buffer *out, const struct node *filesystem, const char *path, const char *why, bool nofail)
{
	const char *comment = strcmp(why, "uefi") ? "planned in by the restore: for a further disk that the machine starts from" :
						    "planned in by the restore: this machine starts by UEFI";
	AUTO_FREE char *line = filesystem->uuid ? text_format("UUID=%s %s %s umask=0077%s 0 %d\n", filesystem->uuid, path, filesystem->filesystem.kind,
							      nofail ? ",nofail" : "", nofail ? 2 : 1) : NULL;
	bool ended = !out->length || out->data[out->length - 1] == '\n';

	return !line || (!ended && append_text(out, "\n") < 0) || append_comment(out, comment) < 0 ||
	       append_text(out, line) < 0 ? -ENOMEM : 0;
}

int fstab_add_planned(const struct plan *plan, const struct fstab *fstab, struct buffer *out)
{
	const struct layout *result = plan->target.result;
	int added = 0, r = 0;

	for (size_t i = 0; r == 0 && i < result->count; i++) {
		const struct node *mount = result->nodes[i], *filesystem = layout_filesystem_of(result, mount);
		const char *why = node_property(mount, PLANNED_PROPERTY);

		if (mount->type != NODE_MOUNT || !why || !filesystem || mounts_at(fstab, mount->mount.path))
			continue;
		r = add_line(out, filesystem, mount->mount.path, why, added > 0 || strcmp(why, "uefi"));
		added += r == 0;
	}
	return r < 0 ? r : added;
}
