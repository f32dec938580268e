#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>

#include "../core/file.h"
#include "../core/ops.h"
#include "phases.h"

#define NAME "checkpoint.json"
#define LIMIT (16u << 20)

static char *checkpoint_path(const struct session *s)
{
	return s->state ? text_format("%s/" NAME, s->state) : NULL;
}

char *checkpoint_identity(const struct node *disk)
{
	if (disk->disk.wwn)
		return strdup(disk->disk.wwn);
	if (disk->disk.serial && disk->disk.model)
		return text_format("%s:%s", disk->disk.model, disk->disk.serial);
	if (disk->disk.serial)
		return strdup(disk->disk.serial);
	return disk->disk.by_path ? strdup(disk->disk.by_path) : NULL;
}

char *checkpoint_consent(const struct session *s)
{
	AUTO_BUFFER struct buffer text = { 0 };
	const char *set_id = set_manifest(s->set)->set_id;

	if (buffer_append(&text, set_id ? set_id : "", set_id ? strlen(set_id) : 0) < 0)
		return NULL;
	for (size_t i = 0; i < s->plan->map->count; i++) {
		const struct disk_pair *pair = s->plan->map->pairs + i;
		const struct node *disk = pair->target ? layout_find(s->plan->present, pair->target) : NULL;
		AUTO_FREE char *identity = disk ? checkpoint_identity(disk) : strdup("left out");
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

/* What the agreed disks are known by. */
static json_t *identities(const struct session *s)
{
	json_t *array = json_array();

	for (size_t i = 0; s->plan && i < strv_length(s->agreed); i++) {
		const struct node *disk = layout_find(s->plan->present, s->agreed[i]);
		AUTO_FREE char *identity = disk ? checkpoint_identity(disk) : NULL;

		if (identity)
			json_array_append_new(array, json_string(identity));
	}
	return array;
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
	object = json_pack("{ss, ss, ss*, ss*, ss*, sb, so, so}", "phase", s->table[s->current].name, "mode", mode_name(s->mode),
			   "set_id", manifest ? manifest->set_id : NULL, "digest", s->plan ? s->plan->digest : NULL, "consent", consent, "writing",
			   (int)atomic_load(&s->writing), "targets", identities(s), "touched", texts_to_json(s->touched));
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

/* Mount points at or below DIRECTORY, the last mounted first. */
static char **mounts_below(struct context *ctx, const char *directory)
{
	AUTO_FREE char *path = context_path(ctx, "/proc/self/mountinfo"), *text = NULL;
	char **found = NULL, *save = NULL;
	size_t length = strlen(directory), count;

	if (!path || file_read(AT_FDCWD, path, LIMIT, &text, NULL) < 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char point[4096];

		/* proc(5): the fifth field is the mount point. Ours have no character that would be escaped there. */
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && !strncmp(point, directory, length) &&
		    (point[length] == '/' || point[length] == '\0'))
			strv_append(&found, point);
	}
	count = strv_length(found);
	for (size_t i = 0; i < count / 2; i++) {
		char *swap = found[i];

		found[i] = found[count - 1 - i];
		found[count - 1 - i] = swap;
	}
	return found;
}

static void unmount_below(struct session *s, const char *directory)
{
	AUTO_STRV char **points = mounts_below(s->ctx, directory);

	for (size_t i = 0; i < strv_length(points); i++) {
		if (s->ctx->ops->unmount(s->ctx, points[i], 0) == 0)
			continue;
		context_warn(s->ctx, "%s", context_detail(s->ctx));
		context_clear(s->ctx);
	}
}

void checkpoint_load(struct session *s)
{
	AUTO_FREE char *path = checkpoint_path(s), *text = NULL;
	const char *phase, *consent;
	json_t *object;

	if (!path || file_read(AT_FDCWD, path, LIMIT, &text, NULL) < 0)
		return;
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object)) {
		context_warn(s->ctx, "Where the engine had stopped cannot be read from %s; it starts anew", path);
		json_decref(object);
		return;
	}
	phase = json_string_value(json_object_get(object, "phase"));
	consent = json_string_value(json_object_get(object, "consent"));
	s->restarted = true;
	context_warn(s->ctx, "The engine stopped unexpectedly in the phase '%s' and was started again", phase ? phase : "?");
	take_texts(json_object_get(object, "touched"), &s->touched);
	atomic_store(&s->writing, json_is_true(json_object_get(object, "writing")));
	if (consent && atomic_load(&s->writing)) {
		s->restarted_consent = strdup(consent);
		take_texts(json_object_get(object, "targets"), &s->restarted_targets);
	}
	json_decref(object);
	unmount_below(s, s->root);
	unmount_below(s, MEDIA_DIRECTORY);
}
