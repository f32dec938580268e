/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "not_kept.h"

#include <errno.h>
#include <string.h>

#include "../layout/copies.h"
#include "content_describe.h"
#include "parts.h"
#include "report.h"

/* WORD in a list with commas. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; list && *list; list += strcspn(list, ","), list += *list == ',')
		if (!strncmp(list, word, length) && (!list[length] || list[length] == ','))
			return true;
	return false;
}

static int tell(struct capture *capture, const struct node *node, const char *reason)
{
	AUTO_FREE char *what = content_describe(capture->manifest->layout, node);

	return what && reason ? capture_exclude(capture, what, reason) : -ENOMEM;
}

static bool has_quotas(const struct node *filesystem)
{
	static const char *const options[] = { "usrquota", "grpquota", "prjquota", "uquota", "gquota", "pquota", "quota" };
	const char *mounted = node_property(filesystem, "mount_options");

	if (node_property(filesystem, "quota"))
		return true;
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
		if (has_word(mounted, options[i]))
			return true;
	return false;
}

/* A feature of its files that nothing but its own tools can give them. */
static const struct {
	const char *feature, *reason;
} features[] = {
	{ "encrypt", N_("only the encryption of its directories: their files come back as they can be read now") },
	{ "verity", N_("only the seals of fs-verity on its files; set them again with 'fsverity enable'") },
	{ "casefold", N_("only that some of its directories ignore upper and lower case (chattr +F)") },
};

/* ORIGINAL: what NODE is a copy of (layout/copies.h), or NULL. */
static int tell_filesystem(struct capture *capture, const struct node *node, const struct node *original)
{
	const char *options = node_property(node, "extended_mount_options"), *groups = node_property(node, "quota_groups");
	const char *list = node_property(node, "features");
	int r = 0;

	if (original) {
		AUTO_FREE char *of = content_describe(capture->manifest->layout, original);
		AUTO_FREE char *reason = of ? sentence("only its UUID, which it shares with the one that it is a copy of (%s): it comes back with one "
							  "of its own", of) : NULL;

		r = tell(capture, node, reason);
	}
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(features); i++)
		if (has_word(list, features[i].feature))
			r = tell(capture, node, features[i].reason);
	if (r == 0 && options && strchr(options, ','))
		r = tell(capture, node, N_("only its extended default mount options (tune2fs -E mount_opts), because there is more than one"));
	if (r == 0 && has_quotas(node))
		r = tell(capture, node, N_("only its quota limits; save them with repquota or xfs_quota, and set them again with setquota or "
					"xfs_quota"));
	if (r == 0 && groups) {
		AUTO_FREE char *reason = sentence("only its quotas (%s groups, %s of them with limits); set them again with 'btrfs quota "
						     "enable' and 'btrfs qgroup limit'",
						     groups, node_property(node, "quota_limits"));

		r = tell(capture, node, reason);
	}
	return r;
}

/* What UUID is among the subvolumes of the same filesystem. */
static const struct node *find_sibling(const struct layout *layout, const struct node *subvolume, const char *uuid)
{
	const struct node *other;

	for (size_t at = 0; (other = layout_next_child(layout, subvolume->on[0], NODE_SUBVOLUME, &at));)
		if (other->uuid && !strcmp(other->uuid, uuid))
			return other;
	return NULL;
}

/* Of what is gone nobody can know it. */
static int tell_subvolume(struct capture *capture, const struct node *node)
{
	const struct layout *layout = capture->manifest->layout;
	const struct node *origin = node->subvolume.parent ? find_sibling(layout, node, node->subvolume.parent) : NULL;
	const struct node *filesystem = layout_find(layout, node->on[0]);
	AUTO_FREE char *what = NULL, *reason = NULL, *of = filesystem ? content_describe(layout, filesystem) : NULL;

	if (!origin)
		return 0;
	what = of ? sentence("%s, subvolume %s", of, node->subvolume.path) : NULL;
	reason = sentence("only that it is a snapshot of %s: it comes back with all its files, which share no space with those of the "
			     "other any more", origin->subvolume.path);
	return what && reason ? capture_exclude(capture, what, reason) : -ENOMEM;
}

int not_kept_tell(struct capture *capture)
{
	const struct layout *layout = capture->manifest->layout;
	AUTO_FREE const struct node **originals = NULL;
	int r = copies_find(layout, &originals);

	for (size_t i = 0; r == 0 && i < layout->count; i++) {
		if (layout->nodes[i]->type == NODE_FILESYSTEM)
			r = tell_filesystem(capture, layout->nodes[i], originals[i]);
		else if (layout->nodes[i]->type == NODE_SUBVOLUME)
			r = tell_subvolume(capture, layout->nodes[i]);
	}
	return r == -ENOMEM ? context_oom(capture->ctx) : r;
}
