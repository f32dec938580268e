/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "readme.h"

#include <string.h>

#include "../core/bytes.h"

static void add(struct buffer *text, char *line)
{
	if (line)
		buffer_append(text, line, strlen(line));
	free(line);
}

static const char *state_of(const struct readme *readme)
{
	if (readme->mounted)
		return "The new system is mounted, and disks have been written to.";
	if (readme->written || readme->written_before)
		return "Disks have been written to in this session.";
	return "Nothing is mounted for writing and no disk has been touched.";
}

/* A word that a shell takes as it is. New string. */
static char *quoted(const char *text)
{
	AUTO_BUFFER struct buffer word = { 0 };

	buffer_append(&word, "'", 1);
	for (; *text; text++)
		buffer_append(&word, *text == '\'' ? "'\\''" : text, *text == '\'' ? 4 : 1);
	buffer_append(&word, "'", 1);
	return word.data ? strdup(word.data) : NULL;
}

/* mount(8) takes a comma as the end of an option, so the subvolume is reached through the top of its filesystem. */
static char *mount_by_top(const struct readme *readme, const char *device, const char *subvolume, const char *target)
{
	AUTO_FREE char *below = text_format("/%s", subvolume), *word = below ? quoted(below) : NULL;

	return word ? text_format("  mkdir -p %s/top; mount -o subvolid=5 %s %s/top\n"
				  "  mount --bind %s/top%s %s; umount %s/top\n",
				  readme->state, device, readme->state, readme->state, word, target, readme->state)
		    : NULL;
}

static char *mount_by_name(const char *device, const char *subvolume, const char *target)
{
	AUTO_FREE char *option = text_format("subvol=/%s", subvolume), *word = option ? quoted(option) : NULL;

	return word ? text_format("  mount -o %s %s %s\n", word, device, target) : NULL;
}

/* The command that mounts what ACTION mounted. */
static void add_mount(struct buffer *text, const struct readme *readme, const struct action *action)
{
	const struct node *mount = action->node, *on = mount->on ? layout_find(readme->plan->target.result, mount->on[0]) : NULL;
	const struct node *subvolume = on && on->type == NODE_SUBVOLUME ? on : NULL;
	const char *path = strcmp(mount->mount.path, "/") ? mount->mount.path : "";
	AUTO_FREE char *where = NULL, *target = NULL;

	if (subvolume)
		on = layout_find(readme->plan->target.result, subvolume->on[0]);
	if (!on || !on->device)
		return;
	where = text_format("%s%s", readme->root, path);
	target = where ? quoted(where) : NULL;
	if (!target)
		return;
	if (subvolume && strchr(subvolume->subvolume.path, ','))
		add(text, mount_by_top(readme, on->device, subvolume->subvolume.path, target));
	else if (subvolume)
		add(text, mount_by_name(on->device, subvolume->subvolume.path, target));
	else
		add(text, text_format("  mount %s %s\n", on->device, target));
}

/* How to get into the new system once it is unmounted. */
static void add_mounts(struct buffer *text, const struct readme *readme)
{
	add(text, text_format("\nThe new system is no longer mounted. To work inside it:\n"));
	for (size_t i = 0; i < readme->plan->count; i++)
		if (!strcmp(readme->plan->actions[i].type->name, "mount") && !mount_is_private(readme->plan->actions[i].node))
			add_mount(text, readme, &readme->plan->actions[i]);
	add(text, text_format("  for d in dev proc sys run; do mount --rbind /$d %s/$d; done\n"
			      "  chroot %s /bin/sh\n"
			      "and after 'exit' from it:\n"
			      "  umount -R %s\n",
			      readme->root, readme->root, readme->root));
}

static void add_sets(struct buffer *text, const struct readme *readme)
{
	for (size_t i = 0; i < readme->media->count; i++) {
		AUTO_FREE char *place = media_place_name(readme->media->sets[i].location);

		add(text, text_format("%s%s\n  %s (%s)\n", i == 0 ? "\nSets found:\n" : "", place ? place : "?",
				      readme->media->sets[i].host ? readme->media->sets[i].host : "?", readme->media->sets[i].medium));
	}
}

char *readme_text(const struct readme *readme)
{
	AUTO_BUFFER struct buffer text = { 0 };
	AUTO_FREE char *found = readme->media->count ? media_place_name(readme->media->sets[0].location) : NULL;

	add(&text,
	    text_format("Lifeboat, rescue shell.\n%s\n\n"
			"The set      %s\n"
			"The plan     %s/plan.json, once one was made;\n"
			"             'lifeboat plan --set SET' makes one and changes nothing\n"
			"The engine   %s; 'lifeboat attach' shows its screens\n"
			"The log      %s\n"
			"New system   is mounted at %s while it is restored\n\n"
			"lifeboat show --set SET              what a set holds\n"
			"lifeboat verify --set SET            checks every digest of it\n"
			"lifeboat restore --set SET --to DIR  files only, into a directory\n"
			"lifeboat restore --set SET           the whole restore\n\n"
			"'exit' goes back to the console.\n",
			state_of(readme), readme->set ? readme->set : found ? found : "none was found",
			readme->state, readme->socket,
			readme->log ? readme->log : "none is kept", readme->root));
	if (readme->plan && readme->written && !readme->mounted)
		add_mounts(&text, readme);
	add_sets(&text, readme);
	return text.data ? strdup(text.data) : NULL;
}
