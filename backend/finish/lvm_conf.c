/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lvm_conf.h"

#include <errno.h>
#include <regex.h>
#include <string.h>
#include <strings.h>

#include "fields.h"
#include "identifiers.h"
#include "rooted.h"
#include "stack_names.h"

#define CONF_LIMIT (1u << 20)
#define CONF_PATH "etc/lvm/lvm.conf"
#define DEVICES_PATH "etc/lvm/devices/system.devices"

/* ---- filters ---- */

enum verdict { VERDICT_NONE, VERDICT_ACCEPT, VERDICT_REJECT };

/* What one PATTERN ("a|^/dev/sd|", LENGTH bytes) says of the device NAME. */
static enum verdict ask_pattern(const char *pattern, size_t length, const char *name)
{
	static const char *const brackets = "()[]{}";
	AUTO_FREE char *expression = NULL;
	const char *opening;
	char closing;
	regex_t regex;
	bool matches;

	if (length < 3 || (*pattern != 'a' && *pattern != 'r'))
		return VERDICT_NONE;
	opening = strchr(brackets, pattern[1]);
	closing = opening && (opening - brackets) % 2 == 0 ? opening[1] : pattern[1];
	if (pattern[length - 1] != closing)
		return VERDICT_NONE;
	expression = strndup(pattern + 2, length - 3);
	if (!expression || regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB))
		return VERDICT_NONE;
	matches = regexec(&regex, name, 0, NULL, 0) == 0;
	regfree(&regex);
	return !matches ? VERDICT_NONE : *pattern == 'a' ? VERDICT_ACCEPT : VERDICT_REJECT;
}

/* The first of the patterns in quotes in TEXT that matches NAME decides. */
static enum verdict ask_filter(const char *text, size_t length, const char *name)
{
	enum verdict verdict = VERDICT_NONE;

	for (size_t at = 0; verdict == VERDICT_NONE && at < length; at++) {
		const char *end = text[at] == '"' ? memchr(text + at + 1, '"', length - at - 1) : NULL;

		if (!end)
			continue;
		verdict = ask_pattern(text + at + 1, (size_t)(end - text) - at - 1, name);
		at = (size_t)(end - text);
	}
	return verdict;
}

/* By any of its names a device is taken, unless all that are judged are rejected. */
static bool takes(const struct plan *plan, const struct node *holder, const char *text, size_t length)
{
	const struct node *captured = layout_find(plan->target.captured, holder->id);
	AUTO_STRV char **names = NULL;
	bool rejected = false;

	if (stack_names(captured ? captured : holder, &names) < 0 || (!names && holder->device && strv_append(&names, holder->device) < 0))
		return true;
	for (char **name = names; name && *name; name++) {
		enum verdict verdict = ask_filter(text, length, *name);

		if (verdict == VERDICT_ACCEPT)
			return true;
		rejected |= verdict == VERDICT_REJECT;
	}
	return !rejected;
}

/* Whether the filter of LENGTH bytes at TEXT takes all physical volumes that were restored. */
static bool takes_all(const struct plan *plan, const char *text, size_t length)
{
	const struct layout *result = plan->target.result;

	for (size_t i = 0; i < result->count; i++) {
		const struct node *volume = result->nodes[i], *holder = volume->type == NODE_PV ? layout_find(result, volume->on[0]) : NULL;

		if (holder && plan_makes(plan, volume) && !takes(plan, holder, text, length))
			return false;
	}
	return true;
}

/* The bytes of a filter's setting that begins with the line TEXT: up to the bracket that closes it; 0: none begins here. */
static size_t filter_length(const char *text)
{
	static const char *const names[] = { "global_filter", "filter" };
	const char *at = text + strspn(text, " \t"), *rest = NULL;
	bool quoted = false;

	for (size_t i = 0; !rest && i < ARRAY_LENGTH(names); i++)
		if (!strncmp(at, names[i], strlen(names[i])))
			rest = at + strlen(names[i]) + strspn(at + strlen(names[i]), " \t");
	if (!rest || *rest != '=')
		return 0;
	for (; *rest && (quoted || *rest != ']'); rest++)
		quoted ^= *rest == '"';
	rest += strcspn(rest, "\n");
	return (size_t)(rest - text) + (*rest == '\n');
}

int lvm_conf_correct(const struct plan *plan, const char *text, struct buffer *out)
{
	int changed = 0, r = 0;

	for (size_t length; r == 0 && *text; text += length) {
		size_t filter = filter_length(text);

		length = filter ? filter : strcspn(text, "\n");
		if (!filter)
			length += text[length] == '\n';
		if (filter && !takes_all(plan, text, filter)) {
			r = append_commented(out, "the next lines reject what volume groups lie on here", text, length);
			changed++;
		} else {
			r = buffer_append(out, text, length);
		}
	}
	return r < 0 ? -ENOMEM : changed;
}

static int finish_filters(struct context *ctx, struct finish_job *job)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, CONF_PATH, CONF_LIMIT, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return job_reason(job, "/%s could not be read, so it was not checked: %s.", CONF_PATH, root_strerror(r));
	changed = lvm_conf_correct(job->options->plan, text, &corrected);
	if (changed <= 0)
		return changed;
	r = job_replace(ctx, job, CONF_PATH, &corrected);
	return r <= 0 ? r :
			job_reason(job, "A filter in /%s rejected the physical volumes here and was switched off; the original is /%s%s.", CONF_PATH,
				   CONF_PATH, ROOTED_ORIGINAL);
}

/* ---- the devices file ---- */

/* The value of KEY= in the line of LENGTH bytes at LINE: new string; NULL: none, or out of memory. */
static char *value_of(const char *line, size_t length, const char *key)
{
	size_t key_length = strlen(key);

	for (size_t at = 0; at + key_length < length; at++)
		if ((at == 0 || strchr(" \t", line[at - 1])) && !strncmp(line + at, key, key_length) && line[at + key_length] == '=') {
			const char *value = line + at + key_length + 1;
			size_t end = strcspn(value, " \t\n");

			return strndup(value, end < length - (size_t)(value - line) ? end : length - (size_t)(value - line));
		}
	return NULL;
}

/* A disk that is here has NAME ("naa.5000c500...", a serial number). */
static bool is_here(const struct plan *plan, const char *name)
{
	const struct layout *present = plan->target.present;

	for (size_t i = 0; i < present->count; i++) {
		const struct node *disk = present->nodes[i];
		const char *wwn = disk->type == NODE_DISK ? disk->disk.wwn : NULL, *serial = disk->type == NODE_DISK ? disk->disk.serial : NULL;

		wwn = wwn && !strncasecmp(wwn, "0x", 2) ? wwn + 2 : wwn;
		if ((wwn && *wwn && strcasestr(name, wwn)) || (serial && *serial && !strcasecmp(serial, name)))
			return true;
	}
	return false;
}

bool lvm_devices_fit(const struct plan *plan, const char *text)
{
	/* What comes back with what was restored, and names, where LVM looks for the volume itself. */
	static const char *const kept[] = { "md_uuid", "crypt_uuid", "lvmlv_uuid", "devname" };

	for (size_t length; *text; text += length) {
		AUTO_FREE char *type = NULL, *name = NULL;
		bool fits = false;

		length = strcspn(text, "\n");
		type = value_of(text, length, "IDTYPE");
		name = value_of(text, length, "IDNAME");
		for (size_t i = 0; type && *text != '#' && i < ARRAY_LENGTH(kept); i++)
			fits |= !strcmp(type, kept[i]);
		if (type && *text != '#' && !fits && (!name || !is_here(plan, name)))
			return false;
		length += text[length] == '\n';
	}
	return true;
}

static int finish_devices(struct context *ctx, struct finish_job *job)
{
	AUTO_FREE char *text = NULL;
	int r = rooted_read(job->root_fd, DEVICES_PATH, CONF_LIMIT, &text);

	if (r < 0 || lvm_devices_fit(job->options->plan, text))
		return 0;
	r = job_set_aside(job, DEVICES_PATH);
	if (r < 0)
		return job_breaks(job, "/%s lists disks of the old machine alone and could not be put aside: %s.", DEVICES_PATH, strerror(-r));
	context_info(ctx, "Put /%s aside: it lists disks of the old machine", DEVICES_PATH);
	return job_reason(job, "/%s listed disks of the old machine, so LVM would not see the ones here; it is /%s%s now, and LVM takes every disk. "
			  "'lvmdevices --addpvid' and 'vgimportdevices -a' make a new one.", DEVICES_PATH, DEVICES_PATH, ROOTED_ORIGINAL);
}

int lvm_conf_finish(struct context *ctx, struct finish_job *job)
{
	int r = finish_filters(ctx, job);

	return r == 0 ? finish_devices(ctx, job) : r;
}
