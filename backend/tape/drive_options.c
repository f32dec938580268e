/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "drive_options.h"

#include <errno.h>
#include <string.h>

#include "changer.h"

#define DENSITY_MAX 0xff

static int take_changer(struct context *ctx, struct drive *drive, const char *value)
{
	drive->changer_known = true;
	if (!strcmp(value, "none"))
		return 0;
	changer_free(drive->changer);
	drive->changer = changer_new(value);
	return drive->changer ? 0 : context_oom(ctx);
}

static int take_density(struct context *ctx, struct drive *drive, const char *value)
{
	char *end;
	unsigned long code = strtoul(value, &end, 0);

	if (*value < '0' || *value > '9' || *end || code > DENSITY_MAX)
		return context_fail(ctx, EINVAL, "The density of tapes is a code from 0 to 0xff, not '%s'; 'lifeboat tape status' tells that of a tape", value);
	drive->density = (int)code;
	return 0;
}

static int take_compression(struct context *ctx, struct drive *drive, const char *value)
{
	drive->compression = !strcmp(value, "on");
	if (!drive->compression && strcmp(value, "off") != 0)
		return context_fail(ctx, EINVAL, "The compression of a tape drive is 'on' or 'off', not '%s'", value);
	return 0;
}

static const struct option {
	const char *name; /* with its "=" */
	int (*take)(struct context *ctx, struct drive *drive, const char *value);
} options[] = {
	{ "changer=", take_changer },
	{ "density=", take_density },
	{ "compression=", take_compression },
};

static const struct option *find(const char *text)
{
	for (size_t i = 0; i < ARRAY_LENGTH(options); i++)
		if (!strncmp(text, options[i].name, strlen(options[i].name)))
			return options + i;
	return NULL;
}

int drive_options_take(struct context *ctx, struct drive *drive)
{
	char *text = strrchr(drive->path, '?');
	int r = 0;

	drive->density = drive->compression = -1;
	if (!text || !find(text + 1))
		return 0;
	*text++ = '\0';
	for (char *next; r == 0 && text; text = next) {
		const struct option *option = find(text);

		next = strchr(text, '&');
		if (next)
			*next++ = '\0';
		r = option ? option->take(ctx, drive, text + strlen(option->name)) :
			     context_fail(ctx, EINVAL, "'%s' is no option of a tape drive: changer=, density= and compression= are", text);
	}
	return r;
}
