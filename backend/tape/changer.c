/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "changer.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "../core/bytes.h"
#include "../core/file.h"
#include "../core/run.h"
#include "drives.h"

#define CHANGERS "/sys/class/scsi_changer"
#define TAPES "/sys/class/scsi_tape"
#define SLOTS_MAX 1024u
#define MOVE_S 600 /* an arm that looks for its place, and a drive that loads */
#define CLEANING "CLN" /* bar codes of cleaning cartridges begin so: LTO Ultrium Cartridge Label Specification */

struct changer {
	char *device;
	bool tried[SLOTS_MAX + 1];
	unsigned last; /* slot of the tape that was in the drive; 0: not known */
};

/* What "mtx status" says. */
struct inventory {
	unsigned drives, loaded_from; /* slot; 0: not known */
	bool loaded;
	bool full[SLOTS_MAX + 1];
	char *tags[SLOTS_MAX + 1];
};

static void inventory_done(struct inventory *inventory)
{
	for (size_t i = 0; i <= SLOTS_MAX; i++)
		free(inventory->tags[i]);
}

/* ---- where it is ---- */

/* "6:0:0" of the SCSI address "6:0:0:2" that the directory CLASS/NAME/device leads to, new. */
static char *target_of(struct context *ctx, const char *class, const char *name)
{
	AUTO_FREE char *place = text_format("%s/%s/device", class, name), *path = place ? context_path(ctx, place) : NULL;
	AUTO_FREE char *real = path ? realpath(path, NULL) : NULL;
	char *address = real && strrchr(real, '/') ? strrchr(real, '/') + 1 : NULL;
	char *lun = address ? strrchr(address, ':') : NULL;

	return lun ? strndup(address, (size_t)(lun - address)) : NULL;
}

static int list_changers(struct context *ctx, char ***ret)
{
	AUTO_FREE char *path = context_path(ctx, CHANGERS);
	AUTO_CLOSEDIR DIR *directory = path ? opendir(path) : NULL;
	struct dirent *entry;

	while (directory && directory_next(directory, &entry) == 1)
		if (entry->d_name[0] != '.' && strv_append(ret, entry->d_name) < 0)
			return context_oom(ctx);
	return path ? 0 : context_oom(ctx);
}

int changer_find(struct context *ctx, const char *path, char **ret)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	AUTO_STRV char **changers = NULL, **drives = NULL;
	AUTO_FREE char *target = NULL;
	const char *found = NULL;
	int r = list_changers(ctx, &changers);

	*ret = NULL;
	if (r == 0 && changers)
		r = tape_drives(ctx, &drives);
	if (r < 0 || !changers)
		return r;
	target = target_of(ctx, TAPES, name);
	for (char **each = changers; target && *each && !found; each++) {
		AUTO_FREE char *other = target_of(ctx, CHANGERS, *each);

		if (other && !strcmp(other, target))
			found = *each;
	}
	if (!found && target && strv_length(changers) == 1 && strv_length(drives) == 1)
		found = changers[0];
	if (found && !(*ret = text_format("/dev/%s", found)))
		return context_oom(ctx);
	return 0;
}

/* ---- what is in it ---- */

/* The number that follows WORDS at the beginning of *LINE, which then leads behind it. */
static bool take_number(const char **line, const char *words, unsigned *ret)
{
	char *end;

	if (strncmp(*line, words, strlen(words)) != 0)
		return false;
	*ret = (unsigned)strtoul(*line + strlen(words), &end, 10);
	*line = end;
	return end[-1] >= '0' && end[-1] <= '9';
}

/* The bar code behind "VolumeTag", new; NULL: none is told. */
static char *take_tag(const char *line)
{
	const char *tag = strstr(line, "VolumeTag");

	if (!tag)
		return NULL;
	tag += strlen("VolumeTag");
	tag += strspn(tag, " =");
	return strndup(tag, strcspn(tag, " \r\n"));
}

static void take_line(struct inventory *inventory, const char *line)
{
	const char *from;
	unsigned number;

	line += strspn(line, " ");
	if (take_number(&line, "Data Transfer Element ", &number)) {
		inventory->drives++;
		inventory->loaded = !strncmp(line, ":Full", strlen(":Full"));
		from = strstr(line, "(Storage Element ");
		if (!from || !take_number(&from, "(Storage Element ", &inventory->loaded_from) || inventory->loaded_from > SLOTS_MAX)
			inventory->loaded_from = 0;
	} else if (take_number(&line, "Storage Element ", &number) && number && number <= SLOTS_MAX) {
		inventory->full[number] = strstr(line, ":Full");
		free(inventory->tags[number]);
		inventory->tags[number] = take_tag(line);
	}
}

static int take_inventory(struct context *ctx, const struct changer *changer, struct inventory *ret)
{
	const char *const argv[] = { "mtx", "-f", changer->device, "status", NULL };
	struct run run = { .argv = argv, .deadline_s = MOVE_S };
	AUTO_RUN_RESULT struct run_result result = { 0 };
	int r = run_program(ctx, &run, &result);

	for (char *line = result.output, *next; r == 0 && line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		take_line(ret, line);
		if (!next)
			break;
	}
	if (r == 0 && ret->drives != 1)
		return context_fail(ctx, EOPNOTSUPP, "it has %u drives, and Lifeboat moves tapes only where there is one", ret->drives);
	return r;
}

/* ---- what it does ---- */

struct changer *changer_new(const char *device)
{
	struct changer *changer = calloc(1, sizeof(*changer));

	if (changer && !(changer->device = strdup(device))) {
		free(changer);
		return NULL;
	}
	return changer;
}

void changer_free(struct changer *changer)
{
	if (!changer)
		return;
	free(changer->device);
	free(changer);
}

void changer_begin(struct changer *changer)
{
	memset(changer->tried, 0, sizeof(changer->tried));
}

static int move(struct context *ctx, const struct changer *changer, const char *what, unsigned slot)
{
	AUTO_FREE char *number = text_format("%u", slot);
	const char *const argv[] = { "mtx", "-f", changer->device, what, number, "0", NULL };
	struct run run = { .argv = argv, .deadline_s = MOVE_S };

	return number ? run_program(ctx, &run, NULL) : context_oom(ctx);
}

static bool is_cleaning(const char *tag)
{
	return tag && !strncmp(tag, CLEANING, strlen(CLEANING));
}

/* In the order of the slots, from the one behind that of the last tape; 0: none is left. */
static unsigned next_slot(const struct changer *changer, const struct inventory *inventory)
{
	for (unsigned i = 1; i <= SLOTS_MAX; i++) {
		unsigned slot = (changer->last + i - 1) % SLOTS_MAX + 1;

		if (inventory->full[slot] && !changer->tried[slot] && !is_cleaning(inventory->tags[slot]))
			return slot;
	}
	return 0;
}

static int home_slot(struct context *ctx, const struct inventory *inventory, unsigned *ret)
{
	*ret = inventory->loaded_from;
	if (*ret && !inventory->full[*ret])
		return 0;
	return context_fail(ctx, EBUSY, "the slot of the tape in its drive is not known: unload that tape with mtx");
}

static int load_next(struct context *ctx, struct changer *changer, struct inventory *inventory)
{
	unsigned slot = 0;
	int r = take_inventory(ctx, changer, inventory);

	if (r == 0 && inventory->loaded) {
		r = home_slot(ctx, inventory, &slot);
		if (r == 0) {
			changer->last = slot;
			changer->tried[slot] = true;
		}
	}
	if (r < 0)
		return r;
	slot = next_slot(changer, inventory);
	if (!slot)
		return 0;
	changer->tried[slot] = true;
	context_info(ctx, "The autoloader %s puts in the tape of its slot %u (%s)", changer->device, slot, inventory->tags[slot] ? inventory->tags[slot] : "-");
	if (inventory->loaded)
		r = move(ctx, changer, "unload", changer->last);
	if (r == 0)
		r = move(ctx, changer, "load", slot);
	if (r == 0)
		changer->last = slot;
	return r < 0 ? r : 1;
}

int changer_load_next(struct context *ctx, struct changer *changer)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(ctx);
	struct inventory *inventory = calloc(1, sizeof(*inventory));
	int r = inventory ? load_next(ctx, changer, inventory) : context_oom(ctx);

	if (inventory)
		inventory_done(inventory);
	free(inventory);
	if (r == -ECANCELED || r == -ENOMEM)
		return context_scope_keep(&scope, r);
	if (r < 0)
		context_warn(ctx, "The autoloader %s cannot be moved: %s", changer->device, context_detail(ctx));
	return r < 0 ? 0 : r;
}
