/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "../core/file.h"
#include "../core/json_text.h"
#include "../plan/plan.h"
#include "../set/manifest.h"

#define NAME "checkpoint.json"
#define LIMIT (16u << 20)

int state_write(struct context *ctx, const char *state, const char *name, const char *text)
{
	AUTO_FREE char *path = text_format("%s/%s", state, name);
	int r = path ? file_replace(AT_FDCWD, path, text, strlen(text), 0600) : -ENOMEM;

	if (r < 0)
		context_warn(ctx, "%s/%s could not be written: %s", state, name, strerror(-r));
	return r;
}

/* The kernel's number of the disk since the machine was started, which no other disk gets (Linux 5.15); NULL: none. New string. */
static char *sequence_of(struct context *ctx, const struct node *disk)
{
	AUTO_FREE char *path = disk->disk.name ? text_format("/sys/block/%s/diskseq", disk->disk.name) : NULL;
	AUTO_FREE char *number = path ? file_attribute(ctx, path) : NULL;

	return number ? text_format("diskseq %s", number) : NULL;
}

/* What a disk is known by that was confirmed to be erased: WWN, "model:serial", by-path name, else its sequence number. NULL: nothing. New
 * string. */
static char *identity_of(struct context *ctx, const struct node *disk)
{
	if (disk->disk.wwn)
		return strdup(disk->disk.wwn);
	if (disk->disk.serial && disk->disk.model)
		return text_format("%s:%s", disk->disk.model, disk->disk.serial);
	if (disk->disk.serial)
		return strdup(disk->disk.serial);
	return disk->disk.by_path ? strdup(disk->disk.by_path) : sequence_of(ctx, disk);
}

char *checkpoint_consent(struct context *ctx, const struct manifest *manifest, const struct plan *plan)
{
	AUTO_BUFFER struct buffer text = { 0 };
	const char *set_id = manifest->set_id;

	if (buffer_append(&text, set_id ? set_id : "", set_id ? strlen(set_id) : 0) < 0)
		return NULL;
	for (size_t i = 0; i < plan->map->count; i++) {
		const struct disk_pair *pair = plan->map->pairs + i;
		const struct node *disk = pair->target ? layout_find(plan->target.present, pair->target) : NULL;
		AUTO_FREE char *identity = disk ? identity_of(ctx, disk) : strdup("left out");
		AUTO_FREE char *line = NULL;

		if (!identity)
			return NULL;
		line = text_format("\n%s = %s, %llu bytes", pair->source, identity, disk ? (unsigned long long)disk->size : 0);
		if (!line || buffer_append(&text, line, strlen(line)) < 0)
			return NULL;
	}
	return TAKE_POINTER(text.data);
}

static json_t *texts_to_json(char *const *texts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < strv_length(texts); i++)
		json_array_append_new(array, json_string(texts[i]));
	return array;
}

/* What the disks are known by that are erased for the captured ones. */
static json_t *map_to_json(struct context *ctx, const struct plan *plan)
{
	json_t *map = json_object();

	for (size_t i = 0; plan && i < plan->map->count; i++) {
		const struct disk_pair *pair = plan->map->pairs + i;
		const struct node *disk = pair->target ? layout_find(plan->target.present, pair->target) : NULL;
		AUTO_FREE char *identity = disk ? identity_of(ctx, disk) : NULL, *sequence = disk ? sequence_of(ctx, disk) : NULL;

		json_object_set_new(map, pair->source, disk ? json_pack("{ss*, ss*, sI}", "identity", identity, "sequence", sequence, "size",
									(json_int_t)disk->size) : json_null());
	}
	return map;
}

/* The one disk of PRESENT that is KNOWN, as map_to_json() has it; NULL when none or several are. */
static const struct node *find_known(struct context *ctx, const struct layout *present, json_t *known)
{
	const char *identity = json_string_value(json_object_get(known, "identity")),
		   *sequence = json_string_value(json_object_get(known, "sequence"));
	const struct node *found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < present->count; i++) {
		const struct node *disk = present->nodes[i];
		AUTO_FREE char *own = NULL, *number = NULL;

		if (disk->type != NODE_DISK || (json_int_t)disk->size != json_integer_value(json_object_get(known, "size")))
			continue;
		number = sequence_of(ctx, disk);
		if (number && sequence && !strcmp(number, sequence))
			return disk;
		own = identity_of(ctx, disk);
		if (own && identity && !strcmp(own, identity)) {
			found = disk;
			count++;
		}
	}
	return count == 1 ? found : NULL;
}

json_t *checkpoint_map(struct context *ctx, const struct restarted *restarted, const struct layout *present)
{
	json_t *map = json_object(), *known;
	const char *source;

	json_object_foreach(restarted->map, source, known) {
		const struct node *disk = json_is_null(known) ? NULL : find_known(ctx, present, known);

		if (!disk && !json_is_null(known)) {
			json_decref(map);
			return NULL;
		}
		json_object_set_new(map, source, disk ? json_string(disk->id) : json_null());
	}
	if (json_object_size(map) > 0)
		return map;
	json_decref(map);
	return NULL;
}

int checkpoint_save(struct context *ctx, const char *state, const struct checkpoint *now)
{
	const struct plan *confirmed = now->confirmed && now->manifest ? now->plan : NULL;
	AUTO_FREE char *consent = confirmed ? checkpoint_consent(ctx, now->manifest, confirmed) : NULL, *text = NULL;
	json_t *object = json_pack("{ss, ss, si, ss*, ss*, ss*, sb, so, so, sf, sf, sO*, sO*}", "phase", now->phase, "mode", mode_name(now->mode), "crashes",
				   (int)now->crashes, "set_id", now->manifest ? now->manifest->set_id : NULL, "digest",
				   now->plan ? now->plan->digest : NULL, "consent", consent, "writing", (int)now->writing, "map",
				   map_to_json(ctx, confirmed), "touched", texts_to_json(now->touched), "started", now->started, "waited",
				   now->waited, "wishes", now->wishes, "network", now->network);

	text = object ? json_text(object, JSON_COMPACT) : NULL;
	json_decref(object);
	if (text)
		return state_write(ctx, state, NAME, text);
	context_warn(ctx, "How far the work came could not be noted in %s: out of memory", state);
	return -ENOMEM;
}

void checkpoint_remove(const char *state)
{
	AUTO_FREE char *path = text_format("%s/" NAME, state);

	if (path)
		unlink(path);
}

void restarted_done(struct restarted *restarted)
{
	restarted_forget_consent(restarted);
	json_decref(restarted->wishes);
	json_decref(restarted->network);
	free(restarted->phase);
	strv_free(restarted->touched);
	*restarted = (struct restarted){ 0 };
}

void restarted_forget_consent(struct restarted *restarted)
{
	json_decref(TAKE_POINTER(restarted->map));
	free(TAKE_POINTER(restarted->consent));
	free(TAKE_POINTER(restarted->set_id));
}

static void take_texts(json_t *array, char ***ret)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (json_is_string(item))
			strv_append_line(ret, json_string_value(item));
}

/* The file says from now on that it was read once more, whatever comes. */
static void count_crash(struct context *ctx, const char *state, json_t *object, unsigned *ret)
{
	AUTO_FREE char *text = NULL;

	*ret = (unsigned)json_integer_value(json_object_get(object, "crashes")) + 1;
	json_object_set_new(object, "crashes", json_integer(*ret));
	text = json_text(object, JSON_COMPACT);
	if (text)
		state_write(ctx, state, NAME, text);
}

static char *copy_member(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? strdup(text) : NULL;
}

bool checkpoint_load(struct context *ctx, const char *state, struct restarted *ret)
{
	AUTO_FREE char *path = state ? text_format("%s/" NAME, state) : NULL, *text = NULL, *mode = NULL;
	json_auto_t *object = NULL;

	if (!path || file_read(AT_FDCWD, path, LIMIT, &text, NULL) < 0)
		return false;
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object)) {
		context_warn(ctx, "Where the engine had stopped cannot be read from %s; it starts from the beginning", path);
		return true;
	}
	mode = copy_member(object, "mode");
	*ret = (struct restarted){ .happened = true, .mode = MODE_ASK, .phase = copy_member(object, "phase"),
				   .set_id = copy_member(object, "set_id"), .writing = json_is_true(json_object_get(object, "writing")),
				   .started = json_number_value(json_object_get(object, "started")),
				   .waited = json_number_value(json_object_get(object, "waited")) };
	if (mode)
		mode_parse(mode, &ret->mode);
	count_crash(ctx, state, object, &ret->crashes);
	context_warn(ctx, "The engine stopped unexpectedly in the phase '%s' and was started again", ret->phase ? ret->phase : "?");
	take_texts(json_object_get(object, "touched"), &ret->touched);
	if (json_is_object(json_object_get(object, "wishes")))
		ret->wishes = json_incref(json_object_get(object, "wishes"));
	if (json_is_object(json_object_get(object, "network")))
		ret->network = json_incref(json_object_get(object, "network"));
	if (ret->writing && (ret->consent = copy_member(object, "consent")))
		ret->map = json_incref(json_object_get(object, "map"));
	return true;
}
