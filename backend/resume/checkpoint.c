#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "../machine/mount_points.h"
#include "../session/phases.h"
#include "remains.h"

#define NAME "checkpoint.json"
#define LIMIT (16u << 20)

static char *checkpoint_path(const struct session *s)
{
	return s->state ? text_format("%s/" NAME, s->state) : NULL;
}

/* The kernel's number of the disk since the machine was started, which no other disk gets (Linux 5.15); NULL: none. New string. */
static char *sequence_of(const struct session *s, const struct node *disk)
{
	AUTO_FREE char *path = disk->disk.name ? text_format("/sys/block/%s/diskseq", disk->disk.name) : NULL;
	AUTO_FREE char *number = path ? file_attribute(s->ctx, path) : NULL;

	return number ? text_format("diskseq %s", number) : NULL;
}

/* What a disk is known by that was agreed to be erased: WWN, "model:serial", by-path name, else its sequence number. NULL: nothing. New
 * string. */
static char *identity_of(const struct session *s, const struct node *disk)
{
	if (disk->disk.wwn)
		return strdup(disk->disk.wwn);
	if (disk->disk.serial && disk->disk.model)
		return text_format("%s:%s", disk->disk.model, disk->disk.serial);
	if (disk->disk.serial)
		return strdup(disk->disk.serial);
	return disk->disk.by_path ? strdup(disk->disk.by_path) : sequence_of(s, disk);
}

char *checkpoint_consent(const struct session *s)
{
	AUTO_BUFFER struct buffer text = { 0 };
	const char *set_id = set_manifest(s->set)->set_id;

	if (buffer_append(&text, set_id ? set_id : "", set_id ? strlen(set_id) : 0) < 0)
		return NULL;
	for (size_t i = 0; i < s->plan->map->count; i++) {
		const struct disk_pair *pair = s->plan->map->pairs + i;
		const struct node *disk = pair->target ? layout_find(s->plan->target.present, pair->target) : NULL;
		AUTO_FREE char *identity = disk ? identity_of(s, disk) : strdup("left out");
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
static json_t *map_to_json(const struct session *s)
{
	json_t *map = json_object();

	for (size_t i = 0; s->plan && s->agreed && i < s->plan->map->count; i++) {
		const struct disk_pair *pair = s->plan->map->pairs + i;
		const struct node *disk = pair->target ? layout_find(s->plan->target.present, pair->target) : NULL;
		AUTO_FREE char *identity = disk ? identity_of(s, disk) : NULL, *sequence = disk ? sequence_of(s, disk) : NULL;

		json_object_set_new(map, pair->source, disk ? json_pack("{ss*, ss*, sI}", "identity", identity, "sequence", sequence, "size",
									(json_int_t)disk->size) : json_null());
	}
	return map;
}

/* The one disk of PRESENT that is KNOWN, as map_to_json() has it; NULL when none or several are. */
static const struct node *find_known(const struct session *s, const struct layout *present, json_t *known)
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
		number = sequence_of(s, disk);
		if (number && sequence && !strcmp(number, sequence))
			return disk;
		own = identity_of(s, disk);
		if (own && identity && !strcmp(own, identity)) {
			found = disk;
			count++;
		}
	}
	return count == 1 ? found : NULL;
}

json_t *checkpoint_map(const struct session *s, const struct layout *present)
{
	json_t *map = json_object(), *known;
	const char *source;

	json_object_foreach(s->restarted_map, source, known) {
		const struct node *disk = json_is_null(known) ? NULL : find_known(s, present, known);

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

void checkpoint_save(struct session *s)
{
	const struct manifest *manifest = s->set ? set_manifest(s->set) : NULL;
	AUTO_FREE char *consent = s->set && s->plan && s->agreed ? checkpoint_consent(s) : NULL;
	AUTO_FREE char *text = NULL;
	json_t *object;

	if (!s->state)
		return;
	pthread_mutex_lock(&s->segments_lock);
	object = json_pack("{ss, ss, si, ss*, ss*, ss*, sb, so, so}", "phase", s->table[s->current].name, "mode", mode_name(s->mode), "crashes", (int)s->crashes,
			   "set_id", manifest ? manifest->set_id : NULL, "digest", s->plan ? s->plan->digest : NULL, "consent", consent, "writing",
			   (int)atomic_load(&s->writing), "map", map_to_json(s), "touched", texts_to_json(s->touched));
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	if (text)
		session_write_file(s, NAME, text);
	pthread_mutex_unlock(&s->segments_lock);
}

void checkpoint_remove(struct session *s)
{
	AUTO_FREE char *path = checkpoint_path(s);

	if (path)
		unlink(path);
}

static void take_texts(json_t *array, char ***ret)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (json_is_string(item))
			strv_append(ret, json_string_value(item));
}

static void unmount_media(struct session *s)
{
	AUTO_STRV char **points = NULL;

	mount_points_now(MEDIA_DIRECTORY, &points);
	for (size_t i = 0; i < strv_length(points); i++) {
		AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

		if (s->ctx->ops->unmount(s->ctx, points[i], 0) < 0)
			context_warn(s->ctx, "%s", context_detail(s->ctx));
	}
}

/* What the earlier engine had started and mounted. */
static void clear_remains(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	if (remains_clear(s->ctx, s->root, s->options->rescue) < 0)
		context_warn(s->ctx, "%s", context_detail(s->ctx));
	unmount_media(s);
}

/* The file says from now on that it was read once more, whatever comes. */
static void count_crash(struct session *s, json_t *object)
{
	AUTO_FREE char *text = NULL;

	s->crashes = (unsigned)json_integer_value(json_object_get(object, "crashes")) + 1;
	json_object_set_new(object, "crashes", json_integer(s->crashes));
	text = json_dumps(object, JSON_COMPACT);
	if (text)
		session_write_file(s, NAME, text);
}

void checkpoint_load(struct session *s)
{
	AUTO_FREE char *path = checkpoint_path(s), *text = NULL;
	const char *phase, *consent, *set_id, *mode;
	json_t *object;

	if (!path || file_read(AT_FDCWD, path, LIMIT, &text, NULL) < 0) {
		/* One that died before it began to restore left no file, but may have mounted something. */
		if (s->options->rescue && !s->options->state)
			clear_remains(s);
		return;
	}
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object)) {
		context_warn(s->ctx, "Where the engine had stopped cannot be read from %s; it starts from the beginning", path);
		json_decref(object);
		clear_remains(s);
		return;
	}
	phase = json_string_value(json_object_get(object, "phase"));
	consent = json_string_value(json_object_get(object, "consent"));
	set_id = json_string_value(json_object_get(object, "set_id"));
	mode = json_string_value(json_object_get(object, "mode"));
	s->restarted = true;
	s->restarted_phase = phase ? strdup(phase) : NULL;
	s->restarted_set = set_id ? strdup(set_id) : NULL;
	s->restarted_mode = MODE_ASK;
	if (mode)
		mode_parse(mode, &s->restarted_mode);
	count_crash(s, object);
	context_warn(s->ctx, "The engine stopped unexpectedly in the phase '%s' and was started again", phase ? phase : "?");
	take_texts(json_object_get(object, "touched"), &s->touched);
	atomic_store(&s->writing, json_is_true(json_object_get(object, "writing")));
	if (consent && atomic_load(&s->writing)) {
		s->restarted_consent = strdup(consent);
		s->restarted_map = json_incref(json_object_get(object, "map"));
	}
	json_decref(object);
	clear_remains(s);
}
