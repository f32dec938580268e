/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "found.h"

#include <errno.h>

#include "../core/clock.h"
#include "../machine/cd_mode.h"
#include "../machine/hardware.h"
#include "../machine/multipath_up.h"
#include "../probe/probe.h"
#include "memory.h"

/* How long a medium may take to appear: where a person can look again, and where nobody can. */
#define MEDIA_WAIT_S 8
#define MEDIA_WAIT_UNATTENDED_S 30

int session_load_drivers(struct session *s, struct modules_result *result)
{
	int r = modules_load_for_devices(s->ctx, result);

	for (size_t i = 0; i < strv_length(result->failed); i++)
		context_info(s->ctx, "driver not loaded: %s", result->failed[i]);
	return r;
}

int session_find_drivers(struct session *s, struct modules_result *result)
{
	int r;

	modules_retry_firmware(s->ctx);
	r = session_load_drivers(s, result);
	s->found.missing = strv_free(s->found.missing);
	if (r == 0)
		r = modules_missing(s->ctx, &s->found.missing);
	for (size_t i = 0; i < strv_length(s->found.missing); i++)
		context_info(s->ctx, "%s", s->found.missing[i]);
	return r;
}

static int look_for_sets(struct session *s)
{
	int r = media_add_memory(s->ctx, &s->found.media);

	if (r < 0)
		return r;
	if (s->cmdline->set && *s->cmdline->set)
		return media_add_location(s->ctx, &s->found.media, s->cmdline->set);
	return media_scan(s->ctx, &s->found.media);
}

/* Drives that spin up and sticks that settle come late: what is not there yet may be there in a moment. */
int session_find_sets(struct session *s)
{
	bool unattended = s->chosen.mode == MODE_NUKE || s->cmdline->answers;
	double end = clock_now() + (unattended ? MEDIA_WAIT_UNATTENDED_S : MEDIA_WAIT_S);
	int r = s->options->rescue ? cd_mode_leave(s->ctx, NULL) : 0;

	if (r < 0)
		return r == -ECANCELED ? r : context_oom(s->ctx);
	for (;;) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		r = context_check_cancel(s->ctx);
		/* What lies on a disk of several paths is read through all of them; paths come late, too. */
		if (r == 0)
			r = multipath_bring_up(s->ctx, false);
		if (r < 0)
			return context_scope_keep(&scope, r);
		r = look_for_sets(s);
		if (s->found.media.count > 0 || r == -EOPNOTSUPP || r == -ENOKEY || r == -ENOMEM || clock_now() >= end) {
			context_scope_keep(&scope, r);
			break;
		}
		clock_pause(1);
	}
	session_publish(s, "sets", media_to_json(&s->found.media));
	return r;
}

int session_probe(struct session *s, struct layout **ret)
{
	struct probe_options options = { .used = true, .devices = s->options->devices };
	AUTO_LAYOUT struct layout *present = NULL;
	AUTO_STRV char **protected_disks = NULL;
	const char *location = s->chosen.set ? set_present_location(s->chosen.set) : NULL;
	int r = layout_probe(s->ctx, &options, &present);

	if (r == 0)
		r = media_protected(s->ctx, &s->found.media, location ? set_file_path(location) : NULL, &protected_disks);
	if (r == 0)
		r = session_protect_released(s, &protected_disks);
	if (r < 0)
		return r;
	session_publish(s, "hardware", hardware_report(s->ctx, present, protected_disks, s->found.missing, firmware_mode(s->ctx)));
	strv_free(s->found.protected_disks);
	s->found.protected_disks = TAKE_POINTER(protected_disks);
	if (ret)
		*ret = TAKE_POINTER(present);
	return 0;
}
