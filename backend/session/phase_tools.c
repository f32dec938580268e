/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase that finds the tools image of this rescue system and puts it to use. A rescue continues without one: what it needs is in the boot
 * archive. */
#include <errno.h>
#include <string.h>

#include "../core/rescue_names.h"
#include "../media/disc_search.h"
#include "../media/tools.h"
#include "phase_table.h"

#define STATE_DIRECTORY "/run/lifeboat"

/* Error of an attempt that hides no other. */
static bool ends_the_search(int error)
{
	return error == -ECANCELED || error == -ENOMEM;
}

/* The first of several discs has it, too. */
static bool is_taken_out(const char *image)
{
	AUTO_FREE char *directory = strndup(image, strlen(image) - strlen("/" TOOLS_IMAGE_NAME));

	return directory && disc_is_one_of_several(directory);
}

/* The first image on media that belongs to this boot archive, from number FIRST on: a descriptor, -ENOENT without a sentence. Others are told of. */
static int open_on_media(struct session *s, const struct tools_wanted *wanted, size_t first)
{
	struct media *media = &s->found.media;

	for (size_t i = first; i < strv_length(media->tools); i++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
		bool taken_out = is_taken_out(media->tools[i]), to_memory = s->run_from_memory || taken_out;
		int fd;

		context_info(s->ctx, "checking the tools image %s", media->tools[i]);
		fd = tools_open(s->ctx, wanted, media->tools[i], to_memory);
		if (fd == -ENOSPC && taken_out) {
			context_warn(s->ctx, "%s. It is not used: its disc is taken out for the next one of the recovery set", context_detail(s->ctx));
			continue;
		}
		if (fd == -ENOSPC) {
			context_warn(s->ctx, "%s. It is used from its medium, which stays in use", context_detail(s->ctx));
			fd = tools_open(s->ctx, wanted, media->tools[i], false);
			s->found.tools_on_medium = fd >= 0;
		} else if (fd >= 0) {
			s->found.tools_on_medium = !to_memory;
		}
		if (ends_the_search(fd))
			return context_scope_keep(&scope, fd);
		if (fd < 0) {
			context_warn(s->ctx, "%s", context_detail(s->ctx));
			continue;
		}
		if (s->found.tools_on_medium) {
			free(media->tools_used);
			media->tools_used = strdup(media->tools[i]);
			if (!media->tools_used) {
				close(fd);
				return context_oom(s->ctx);
			}
		}
		return fd;
	}
	return -ENOENT;
}

/* The same from the boot server. */
static int fetch(struct session *s, const struct tools_wanted *wanted)
{
	AUTO_SCOPE struct error_scope scope = { 0 };
	int fd;

	if (!s->cmdline->tools)
		return -ENOENT;
	scope = context_scope_begin(s->ctx);
	fd = tools_fetch(s->ctx, wanted, s->cmdline->tools);
	if (ends_the_search(fd))
		return context_scope_keep(&scope, fd);
	if (fd < 0)
		context_warn(s->ctx, "%s", context_detail(s->ctx));
	return fd < 0 ? -ENOENT : fd;
}

/* Where a set was named, nobody has looked at media yet. */
static int search_media(struct session *s, const struct tools_wanted *wanted)
{
	size_t known = strv_length(s->found.media.tools);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	int r = media_scan_tools(s->ctx, &s->found.media);

	if (ends_the_search(r))
		return context_scope_keep(&scope, r);
	if (r < 0)
		context_warn(s->ctx, "Looking for the tools image failed: %s", context_detail(s->ctx));
	return open_on_media(s, wanted, known);
}

static int use(struct session *s, int fd)
{
	size_t links = 0;
	int r = tools_mount(s->ctx, fd, TOOLS_DIRECTORY);

	if (r == 0)
		r = tools_link(s->ctx, TOOLS_DIRECTORY, "", &links);
	/* For an engine that follows this one. */
	if (r == 0 && !s->found.tools_on_medium)
		session_write_file(s, TOOLS_IN_MEMORY, "");
	if (r == 0)
		context_info(s->ctx, "the tools image adds %zu files and directories to the rescue system", links);
	return r;
}

int phase_tools(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	struct tools_wanted wanted;
	int fd = -1, r = tools_read_wanted(s->ctx, &wanted);

	if (r == -ENOENT)
		return session_skip(s, "this rescue system was made without a tools image");
	if (r == 0 && s->cmdline->tools && !strcmp(s->cmdline->tools, "off"))
		return session_skip(s, "switched off (lifeboat.tools=off)");
	/* By an engine that died. */
	if (tools_is_mounted(TOOLS_DIRECTORY)) {
		s->found.tools_on_medium = access(STATE_DIRECTORY "/" TOOLS_IN_MEMORY, F_OK) < 0;
		return session_note(s, "in use already");
	}
	if (r == 0) {
		fd = open_on_media(s, &wanted, 0);
		if (fd == -ENOENT)
			fd = fetch(s, &wanted);
		if (fd == -ENOENT)
			fd = search_media(s, &wanted);
		if (ends_the_search(fd))
			return context_scope_keep(&scope, fd);
		r = fd < 0 ? fd : use(s, fd);
		if (fd >= 0)
			close(fd);
	}
	if (r == 0)
		return session_note(s, s->found.tools_on_medium ? N_("in use") : N_("in use, from memory"));
	if (r == -ENOENT && fd == -ENOENT)
		context_warn(s->ctx, "The tools image of this rescue system is on no medium here: drivers, firmware and tools are those of the boot archive alone");
	else
		context_warn(s->ctx, "%s. Drivers, firmware and tools are those of the boot archive alone", context_detail(s->ctx));
	return session_note(s, "not found; the boot archive's own are used");
}
