/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "already_restored.h"

#include <string.h>

#include "../machine/local_boot.h"
#include "../resume/restored.h"
#include "found.h"
#include "look_inside.h"

/* Whether a machine that carries the set already is left alone. One that was being unmounted when the engine died is looked at, too. */
static bool may_be_restored(const struct session *s)
{
	if (s->chosen.resuming)
		return s->restarted.phase && !strcmp(s->restarted.phase, "finish");
	return s->chosen.mode == MODE_NUKE && s->options->rescue && !s->cmdline->again && !s->restarted.consent;
}

/* A restart would only meet the rescue medium again where the firmware prefers it. */
static void load_local_system(struct session *s, const char *where, const struct layout *present)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (local_boot_load(s->ctx, set_manifest(s->chosen.set)->layout, present, where) == 0)
		s->outcome.local_boot = true;
	else
		context_warn(s->ctx, "%s", context_detail(s->ctx));
}

/* Whether what is on the disks of PRESENT says so; then the session has its end. */
static bool is_noted(struct session *s, const struct layout *present)
{
	AUTO_FREE char *where = s->state ? text_format("%s/look", s->state) : NULL;
	struct restored restored;

	if (!where || !restored_is_here(s->ctx, set_manifest(s->chosen.set), where, present, &restored))
		return false;
	s->outcome.again = true;
	if (restored.end == END_BOOTABLE)
		load_local_system(s, where, present);
	outcome_end(&s->outcome, restored.end, "This machine already carries this very set, restored %s. It was not restored again; nothing was "
		    "written. The kernel argument lifeboat.again restores it all the same", restored.when ? restored.when : "before");
	free(restored.when);
	return true;
}

/* The same of what lies in encrypted containers that the key file opens. */
static bool is_noted_inside(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);
	AUTO_LAYOUT struct layout *present = NULL;
	struct inside *inside = NULL;
	bool found = look_inside_again(s, LOOK_UNASKED, &present, &inside) == 0 && is_noted(s, present);

	look_inside_end(s, inside);
	return found;
}

bool plan_is_restored_here(struct session *s, const struct layout *present)
{
	return may_be_restored(s) && (is_noted(s, present) || is_noted_inside(s));
}
