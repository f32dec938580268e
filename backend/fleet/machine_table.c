/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "machine_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The names for programs (docs/fleet.md), in the order in which people look at them. */
enum standing { STANDING_ENDED_BADLY, STANDING_SILENT, STANDING_WAITS, STANDING_RUNS, STANDING_ENDED_WELL };

static bool is_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool notice_is_same_machine(const struct notice *a, const struct notice *b)
{
	if (a->mac && b->mac)
		return !strcmp(a->mac, b->mac);
	return a->uuid && b->uuid && !strcmp(a->uuid, b->uuid);
}

static struct fleet_machine *find(const struct machine_table *table, const struct notice *notice)
{
	for (size_t i = 0; i < table->count; i++)
		if (notice_is_same_machine(&table->machines[i].notice, notice))
			return &table->machines[i];
	return NULL;
}

static int add(struct machine_table *table, struct notice *notice, double at)
{
	if (table->count == MACHINES_MAX)
		return -ENOSPC;
	if (table->count == table->room) {
		size_t room = table->room ? table->room * 2 : 64;
		struct fleet_machine *grown = reallocarray(table->machines, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		table->machines = grown;
		table->room = room;
	}
	table->machines[table->count++] = (struct fleet_machine){ .notice = *notice, .began = at, .last = at, .kept = at, .since = at };
	*notice = (struct notice){ 0 };
	return 1;
}

/* What a message leaves open was said before: which host and set it is. */
static void keep_known(struct notice *newer, struct notice *older)
{
	if (!newer->host)
		newer->host = TAKE_POINTER(older->host);
	if (!newer->uuid)
		newer->uuid = TAKE_POINTER(older->uuid);
	if (!newer->mac)
		newer->mac = TAKE_POINTER(older->mac);
}

int machine_table_take(struct machine_table *table, struct notice *notice, double at)
{
	struct fleet_machine *machine = find(table, notice);
	struct notice *old;
	bool restarted, changed;

	if (!machine)
		return add(table, notice, at);
	old = &machine->notice;
	restarted = strcmp(old->boot, notice->boot) != 0;
	if (!restarted && notice->sequence <= old->sequence)
		return 0;
	changed = restarted || notice->kind == NOTICE_BEGIN || notice->kind == NOTICE_END || old->kind == NOTICE_END ||
		  !is_equal(old->question, notice->question) || at - machine->last > SILENT_S;
	if (restarted || notice->kind == NOTICE_BEGIN)
		machine->began = at;
	if (changed)
		machine->since = at;
	changed |= !is_equal(old->phase, notice->phase) || !is_equal(old->mode, notice->mode) || !is_equal(old->set, notice->set);
	machine->last = at;
	keep_known(notice, old);
	notice_done(old);
	*old = *notice;
	*notice = (struct notice){ 0 };
	if (!changed && at - machine->kept < KEPT_S)
		return 0;
	machine->kept = at;
	return 1;
}

void machine_table_done(struct machine_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		notice_done(&table->machines[i].notice);
	free(table->machines);
	*table = (struct machine_table){ 0 };
}

/* ---- for people ---- */

static enum standing standing_of(const struct fleet_machine *machine, double now)
{
	const struct notice *notice = &machine->notice;

	if (notice->kind == NOTICE_END)
		return !strcmp(notice->end, "bootable") || (!strcmp(notice->end, "compared") && !notice->status) ? STANDING_ENDED_WELL
														 : STANDING_ENDED_BADLY;
	if (now - machine->last > SILENT_S)
		return STANDING_SILENT;
	return notice->question ? STANDING_WAITS : STANDING_RUNS;
}

static const char *standing_name(enum standing standing, const struct notice *notice)
{
	static const char *const names[] = { [STANDING_SILENT] = "silent", [STANDING_WAITS] = "waits", [STANDING_RUNS] = "running" };

	return notice->kind == NOTICE_END ? notice->end : names[standing];
}

struct row {
	const struct fleet_machine *machine;
	enum standing standing;
	double since;
};

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->standing != b->standing)
		return a->standing < b->standing ? -1 : 1;
	if (a->since < b->since || a->since > b->since)
		return a->since < b->since ? -1 : 1;
	return strcmp(a->machine->notice.mac ? a->machine->notice.mac : a->machine->notice.uuid,
		      b->machine->notice.mac ? b->machine->notice.mac : b->machine->notice.uuid);
}

static json_t *number(double value)
{
	return value < 0 ? json_null() : json_real(value);
}

static json_t *row_to_json(const struct row *row)
{
	const struct notice *n = &row->machine->notice;
	bool ended = n->kind == NOTICE_END;

	return json_pack("{ss?, ss?, ss?, ss?, ss, ss?, ss?, ss?, so, so, so, so, sf, sf, sf, sb}", "mac", n->mac, "uuid", n->uuid, "host", n->host, "set",
			 n->set, "state", standing_name(row->standing, n), "mode", n->mode, "phase", n->phase, "question",
			 ended ? NULL : n->question, "fraction", number(n->fraction), "rate", number(n->rate), "eta", number(n->eta), "status",
			 ended ? json_integer(n->status) : json_null(), "began", row->machine->began, "last", row->machine->last, "since", row->since,
			 "urgent", (int)(row->standing <= STANDING_WAITS));
}

json_t *machine_table_to_json(const struct machine_table *table, double now)
{
	struct row *rows = calloc(table->count + 1, sizeof(*rows));
	json_t *array = rows ? json_array() : NULL;

	for (size_t i = 0; array && i < table->count; i++) {
		const struct fleet_machine *machine = &table->machines[i];
		enum standing standing = standing_of(machine, now);

		rows[i] = (struct row){ machine, standing, standing == STANDING_SILENT ? machine->last : machine->since };
	}
	if (array)
		qsort(rows, table->count, sizeof(*rows), compare_rows);
	for (size_t i = 0; array && i < table->count; i++)
		if (json_array_append_new(array, row_to_json(&rows[i])) < 0) {
			json_decref(array);
			array = NULL;
		}
	free(rows);
	return array;
}
