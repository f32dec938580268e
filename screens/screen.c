/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "screen.h"

#include <string.h>

static const struct screen screens[] = {
	{ "welcome", screen_welcome },
	{ "resume", screen_resume },
	{ "mode", screen_mode },
	{ "hardware", screen_hardware },
	{ "network", screen_network },
	{ "set", screen_set },
	{ "disks", screen_disks },
	{ "plan", screen_plan },
	{ "edit", screen_edit },
	{ "confirm", screen_confirm },
	{ "set-damaged", screen_set_damaged },
	{ "media-lost", screen_media_lost },
	{ "verify-problems", screen_problems },
	{ "compare-result", screen_problems },
	{ "result", screen_result },
	{ "expert", screen_expert },
};

static const struct screen generic = { "", screen_generic };

const struct screen *screen_find(json_t *question)
{
	for (size_t i = 0; i < ARRAY_LENGTH(screens); i++)
		if (!strcmp(screens[i].question, member_text(question, "name")))
			return &screens[i];
	return &generic;
}
