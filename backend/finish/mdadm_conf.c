/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mdadm_conf.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "fields.h"
#include "identifiers.h"
#include "rooted.h"

#define CONF_LIMIT (1u << 20)

/* DEVICE matches one of LIST's words ("/dev/sd*"), divided by any of DIVIDERS; "partitions" stands for all devices. */
static bool names_member(const char *device, const char *list, size_t length, const char *dividers)
{
	for (size_t at = 0; at < length;) {
		size_t word = strcspn(list + at, dividers);
		AUTO_FREE char *pattern = strndup(list + at, word < length - at ? word : length - at);

		if (!pattern)
			return true;
		if (*pattern == '#')
			return false;
		if (!fnmatch(pattern, device, FNM_PATHNAME) || !strcasecmp(pattern, "partitions"))
			return true;
		at += word + 1;
	}
	return false;
}

/* The same of all members of the arrays that are made; ARRAY: of this one only. */
static bool names_all_members(const struct plan *plan, const char *list, size_t length, const char *dividers, const struct node *array)
{
	const struct layout *result = plan->target.result;

	for (size_t i = 0; i < result->count; i++) {
		const struct node *node = result->nodes[i];

		if (node->type != NODE_RAID || !plan_makes(plan, node) || (array && node != array))
			continue;
		for (char **id = node->on; id && *id; id++) {
			const struct node *member = layout_find(result, *id);

			if (member && member->device && !names_member(member->device, list, length, dividers))
				return false;
		}
	}
	return true;
}

/* The restored array that had one of the devices in LIST as a member. */
static const struct node *array_of(const struct plan *plan, const char *list, size_t length)
{
	const struct layout *captured = plan->target.captured;

	for (size_t i = 0; i < captured->count; i++) {
		const struct node *array = captured->nodes[i];

		for (char **id = array->type == NODE_RAID ? array->on : NULL; id && *id; id++) {
			const struct node *member = layout_find(captured, *id);

			if (member && member->device && names_member(member->device, list, length, ","))
				return layout_find(plan->target.result, array->id);
		}
	}
	return NULL;
}

/* The length of the keyword's line that begins at TEXT, with the lines that continue it: those that begin with white space. */
static size_t entry_length(const char *text)
{
	size_t length = 0;

	do {
		length += strcspn(text + length, "\n");
		length += text[length] == '\n';
	} while (text[length] == ' ' || text[length] == '\t');
	return length;
}

static bool is_keyword(const char *text, size_t length, const char *keyword)
{
	size_t word = strlen(keyword);

	return length > word && !strncasecmp(text, keyword, word) && strchr(" \t", text[word]);
}

/* An ARRAY entry, with the words devices= left out that do not name its members here; it is found by what else it says, or by the UUID that is
 * written in their place. 1 when it was changed, 0, -ENOMEM. */
static int correct_array(const struct plan *plan, const char *text, size_t length, struct buffer *out)
{
	static const char word[] = "devices=";
	bool has_uuid = false, changed = false;
	int r = 0;

	for (size_t at = 0; at < length; at++)
		has_uuid |= length - at > 5 && !strncasecmp(text + at, "uuid=", 5);
	for (size_t at = 0; r == 0 && at < length;) {
		bool starts = at && strchr(" \t\n", text[at - 1]) && length - at > strlen(word) && !strncasecmp(text + at, word, strlen(word));
		const char *list = text + at + strlen(word);
		size_t list_length = starts ? strcspn(list, " \t\n") : 0;
		const struct node *array = starts ? array_of(plan, list, list_length) : NULL;

		if (!starts || (array && names_all_members(plan, list, list_length, ",", array))) {
			r = buffer_append(out, text + at++, 1);
			continue;
		}
		at += strlen(word) + list_length;
		changed = true;
		if (!has_uuid && array && array->uuid)
			r = append_text(out, "UUID=") < 0 ? -ENOMEM : append_text(out, array->uuid);
	}
	return r < 0 ? r : changed;
}

int mdadm_conf_correct(const struct plan *plan, const char *text, struct buffer *out)
{
	int changed = 0, r = 0;

	for (size_t length; r >= 0 && *text; text += length) {
		const char *list;

		length = entry_length(text);
		list = text + strlen("DEVICE");
		if (is_keyword(text, length, "DEVICE") && !names_all_members(plan, list, length - strlen("DEVICE"), " \t\n", NULL))
			r = append_commented(out, "the next lines name devices of the old machine", text, length) < 0 ? -ENOMEM : 1;
		else if (is_keyword(text, length, "ARRAY"))
			r = correct_array(plan, text, length, out);
		else
			r = buffer_append(out, text, length);
		changed += r > 0;
	}
	return r < 0 ? r : changed;
}

static int correct_file(struct context *ctx, struct finish_job *job, const char *path)
{
	AUTO_BUFFER struct buffer corrected = { 0 };
	AUTO_FREE char *text = NULL;
	int changed, r = rooted_read(job->root_fd, path, CONF_LIMIT, &text);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return job_reason(job, "/%s could not be read, so it was not checked: %s.", path, root_strerror(r));
	changed = mdadm_conf_correct(job->options->plan, text, &corrected);
	if (changed <= 0)
		return changed;
	r = job_replace(ctx, job, path, &corrected);
	return r <= 0 ? r : job_reason(job, "/%s named devices that are not the members of the arrays here and was corrected; the original is /%s%s.",
				       path, path, ROOTED_ORIGINAL);
}

int mdadm_conf_finish(struct context *ctx, struct finish_job *job)
{
	static const char *const paths[] = { "etc/mdadm/mdadm.conf", "etc/mdadm.conf" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(paths); i++)
		r = correct_file(ctx, job, paths[i]);
	return r;
}
