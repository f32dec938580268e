/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../ui/line.h"
#include "proof.h"
#include "text.h"
#include "words.h"

/* The longest answer that a message to the engine has room for beside the rest of it, as JSON. */
#define ANSWER_MAX (ENGINE_MESSAGE_LIMIT / 2)

/* Before the name of a question whose answer is a secret. */
#define SECRET "secret:"

static const char *const names[] = {
	"resume",          "welcome",         "mode",           "hardware", "network", "host-key", "set", "disks", "plan", "edit", "confirm",
	"media-lost",      "set-damaged",     "unverified",     "disc",
	"memory",          "verify-problems", "compare-result", "result",   "expert",
};

int answers_load(const char *path, json_t **ret, char **ret_why)
{
	json_error_t error;
	struct stat status;
	json_t *answers;

	/* Neither opened nor waited for. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		*ret_why = sentence("the answers file %s is no regular file", path);
		return -EINVAL;
	}
	if (access(path, R_OK) < 0) {
		int r = -errno;

		*ret_why = sentence("the answers file %s cannot be read: %s", path, strerror(-r));
		return r;
	}
	answers = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(answers)) {
		*ret_why = answers ? sentence("the answers file %s holds no JSON object", path)
				   : sentence("the answers file %s is not valid JSON: line %d: %s", path,
						 error.line, error.text);
		json_decref(answers);
		return -EINVAL;
	}
	*ret = answers;
	return 0;
}

char *answers_unknown(json_t *answers)
{
	const char *key;
	json_t *value;
	char *list = NULL;

	json_object_foreach(answers, key, value) {
		/* Secret questions are named by what they unlock. */
		bool known = !strncmp(key, SECRET, strlen(SECRET)) && key[strlen(SECRET)];
		char *longer;

		for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
			known = known || !strcmp(names[i], key);
		if (known)
			continue;
		longer = line_format("%s%s'%s'", list ? list : "", list ? ", " : "", key);
		free(list);
		list = longer;
	}
	if (list) {
		AUTO_FREE char *quoted = words_quote(list);
		char *text = sentence("the answers file names questions that do not exist: %s", quoted);

		free(list);
		return text;
	}
	return NULL;
}

char *answers_unused(json_t *answers, const char *set)
{
	json_t *answer = json_object_get(answers, "set");
	AUTO_FREE char *quoted = words_quote(json_string_value(answer));

	if (!answer || (json_is_string(answer) && !strcmp(json_string_value(answer), set)))
		return NULL;
	return sentence("the answer 'set' ('%s') is not used, because --set names the recovery set", quoted);
}

/* Does TEXT name the candidate? "disk:1", "serial:XYZ", "MODEL:SERIAL", or its path. */
static bool names_candidate(const char *text, json_t *candidate)
{
	const char *serial = member_text(candidate, "serial");
	AUTO_FREE char *by_serial = line_format("serial:%s", serial);
	AUTO_FREE char *by_model = line_format("%s:%s", member_text(candidate, "model"), serial);

	if (!strcmp(text, member_text(candidate, "id")))
		return true;
	if (*member_text(candidate, "by_path") && !strcmp(text, member_text(candidate, "by_path")))
		return true;
	return *serial && (!strcmp(text, by_serial) || !strcmp(text, by_model) || !strcmp(text, serial));
}

/* A key of ANSWER that is none of SOURCES; NULL: there is none. */
static const char *stranger(json_t *answer, json_t *sources)
{
	const char *key;
	json_t *target;

	json_object_foreach(answer, key, target) {
		bool known = false;
		json_t *source;
		size_t i;

		json_array_foreach(sources, i, source)
			known = known || !strcmp(member_text(source, "id"), key);
		if (!known)
			return key;
	}
	return NULL;
}

static json_t *map_value(json_t *answer, json_t *question, char **ret_why)
{
	json_t *source, *sources = member_array(json_object_get(question, "data"), "sources");
	json_auto_t *map = json_object();
	size_t i;

	if (!json_is_object(answer)) {
		*ret_why = sentence("the answer 'disks' is no object of saved disks and target disks");
		return NULL;
	}
	if (stranger(answer, sources)) {
		AUTO_FREE char *quoted = words_quote(stranger(answer, sources));

		*ret_why = sentence("the answer 'disks' names '%s', and the recovery set has no such disk", quoted);
		return NULL;
	}
	json_array_foreach(sources, i, source) {
		json_t *wanted = json_object_get(answer, member_text(source, "id")), *candidate, *found = NULL;
		AUTO_FREE char *quoted = words_quote(json_string_value(wanted));
		size_t k, matches = 0;

		if (json_is_null(wanted)) {
			json_object_set_new(map, member_text(source, "id"), json_null());
			continue;
		}
		if (!json_is_string(wanted)) {
			*ret_why = sentence("the answer 'disks' does not name the target disk of %s",
					       member_text(source, "id"));
			return NULL;
		}
		json_array_foreach(member_array(source, "candidates"), k, candidate)
			if (names_candidate(json_string_value(wanted), candidate)) {
				found = candidate;
				matches++;
			}
		if (matches != 1) {
			*ret_why = sentence(
				matches ? N_("the answer 'disks' names '%s', and more than one disk is called so")
					: N_("the answer 'disks' names '%s', and no disk here is called so"),
				quoted);
			return NULL;
		}
		if (!member_true(found, "usable")) {
			*ret_why = sentence("the disk '%s' of the answer 'disks' cannot be used: %s",
					       quoted, member_text(found, "reason"));
			return NULL;
		}
		json_object_set(map, member_text(source, "id"), json_object_get(found, "id"));
	}
	return json_incref(map);
}

/* Does ONE name the disk of DATA, by what tells it from all others? A number of this run does only where no number of its own does. */
static bool confirms(json_t *one, json_t *data)
{
	const char *text = json_string_value(one);
	struct proof proof = proof_of(data);

	if (!text || !*text)
		return false;
	if (!strncmp(text, "serial:", 7) && proof.kind == PROOF_SERIAL)
		text += 7;
	return proof_is_given(&proof, text, false) || (proof_is_place(&proof) && !strcmp(text, member_text(data, "disk")));
}

static json_t *erase_value(json_t *answer, json_t *question, char **ret_why)
{
	json_t *data = json_object_get(question, "data"), *one;
	bool confirmed = confirms(answer, data);
	size_t i;

	json_array_foreach(json_is_array(answer) ? answer : NULL, i, one)
		confirmed = confirmed || confirms(one, data);
	if (!confirmed) {
		AUTO_FREE char *disk = words_disk(data);
		struct proof proof = proof_of(data);

		*ret_why = sentence("the answer 'confirm' does not name the disk that would be erased: %s; its name there is '%s'", disk,
				       proof_is_place(&proof) ? member_text(data, "disk") : proof.text);
		return NULL;
	}
	return json_pack("{ss}", "erase", member_text(data, "disk"));
}

/* The one thing that can be said, or NULL. */
static json_t *only_option(json_t *question)
{
	json_t *option, *only = NULL;
	size_t i;

	/* That a shell has ended is said by whoever sat in it. */
	if (strcmp(member_text(question, "type"), "choice") != 0 || !strcmp(member_text(question, "name"), "expert") ||
	    member_true(json_object_get(question, "data"), "free_text"))
		return NULL;
	json_array_foreach(member_array(question, "options"), i, option) {
		if (!member_true(option, "enabled"))
			continue;
		if (only)
			return NULL;
		only = json_object_get(option, "value");
	}
	return only;
}

/* What can be chosen, for a sentence. */
static char *enabled_values(json_t *question)
{
	char *list = line_format("%s", "");
	json_t *option;
	size_t i;

	json_array_foreach(member_array(question, "options"), i, option) {
		char *longer;

		if (!member_true(option, "enabled"))
			continue;
		longer = line_format("%s%s'%s'", list, *list ? ", " : "", member_text(option, "value"));
		free(list);
		list = longer;
	}
	return list;
}

static json_t *choice_value(json_t *answer, json_t *question, char **ret_why)
{
	const char *name = member_text(question, "name");
	AUTO_FREE char *values = enabled_values(question);
	json_t *option;
	size_t i;

	json_array_foreach(member_array(question, "options"), i, option)
		if (json_equal(json_object_get(option, "value"), answer)) {
			if (member_true(option, "enabled"))
				return json_incref(answer);
			*ret_why = sentence("the answer '%s' cannot be chosen: %s", name,
					       member_text(option, "reason"));
			return NULL;
		}
	if (json_is_string(answer) && member_true(json_object_get(question, "data"), "free_text"))
		return json_incref(answer);
	*ret_why = sentence("the answer '%s' is none of what can be chosen: %s", name, values);
	return NULL;
}

/* A secret from the file that ANSWER names, {"file": PATH}: its first line, as it would be typed. */
static json_t *secret_of_file(json_t *answer, const char *key, char **ret_why)
{
	const char *path = json_string_value(json_object_get(answer, "file"));
	FILE *file = path ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t size = 0;
	json_t *value;

	if (!file) {
		*ret_why = path ? sentence("the file %s, which the answer '%s' names, cannot be read: %s", path, key, strerror(errno))
				: sentence("the answer '%s' is neither a text nor {\"file\": PATH}", key);
		return NULL;
	}
	/* No buffer keeps a copy. */
	setvbuf(file, NULL, _IONBF, 0);
	if (getline(&line, &size, file) > 0)
		line[strcspn(line, "\n")] = '\0';
	value = line && *line ? json_string(line) : NULL;
	if (line)
		explicit_bzero(line, size);
	free(line);
	fclose(file);
	if (!value)
		*ret_why = sentence("the file %s, which the answer '%s' names, holds no text", path, key);
	return value;
}

/* The changes of the file lead to the question "edit" first. */
static bool wants_edit(json_t *answers, json_t *question)
{
	json_t *wishes = json_object_get(answers, "edit");

	return wishes && !strcmp(member_text(question, "name"), "plan") && !json_equal(wishes, json_object_get(json_object_get(question, "data"), "wishes"));
}

/* The changes, until the plan has them; then it is done. */
static json_t *edit_value(json_t *answer, json_t *question, char **ret_why)
{
	json_t *data = json_object_get(question, "data");

	if (!json_is_object(answer)) {
		*ret_why = sentence("the answer 'edit' is no object of changes");
		return NULL;
	}
	if (*member_text(data, "problem")) {
		*ret_why = sentence("the plan cannot be changed as the answer 'edit' says: %s", member_text(data, "problem"));
		return NULL;
	}
	return json_equal(answer, json_object_get(data, "wishes")) ? json_string("done") : json_incref(answer);
}

/* Settings, or a word: once, for they would only fail again. */
static json_t *settings_value(json_t *answer, json_t *question, char **ret_why)
{
	if (member_number(json_object_get(question, "data"), "asked") > 0) {
		*ret_why = sentence("the answer '%s' did not help: %s", member_text(question, "name"), member_text(question, "text"));
		return NULL;
	}
	return json_is_object(answer) ? json_incref(answer) : choice_value(answer, question, ret_why);
}

json_t *answers_value(json_t *answers, json_t *question, char **ret_why)
{
	const char *name = member_text(question, "name"), *type = member_text(question, "type");
	/* A secret is given only where the file calls it one. */
	AUTO_FREE char *key = line_format("%s%s", member_true(question, "secret") ? SECRET : "", name);
	json_t *answer = json_object_get(answers, key);

	*ret_why = NULL;
	if (wants_edit(answers, question))
		return json_string("edit");
	if (!answer) {
		json_t *wanted = json_object_get(question, "default");

		if (only_option(question))
			return json_incref(only_option(question));
		/* Never consent: that is the file's own word. */
		if (member_true(question, "certain") && wanted && !json_is_null(wanted) && strcmp(type, "erase") != 0)
			return json_incref(wanted);
		*ret_why = sentence("the answers file has no answer to '%s' (%s)", key,
				       member_text(question, "title"));
		return NULL;
	}
	if (json_dumpb(answer, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) > ANSWER_MAX) {
		*ret_why = sentence("the answer '%s' is longer than %u KiB", key, ANSWER_MAX >> 10);
		return NULL;
	}
	if (!strcmp(type, "map"))
		return map_value(answer, question, ret_why);
	if (!strcmp(type, "edit"))
		return edit_value(answer, question, ret_why);
	if (!strcmp(type, "settings"))
		return settings_value(answer, question, ret_why);
	if (!strcmp(type, "erase"))
		return erase_value(answer, question, ret_why);
	if (!strcmp(type, "choice"))
		return choice_value(answer, question, ret_why);
	if (member_true(question, "secret") && json_is_object(answer))
		return secret_of_file(answer, key, ret_why);
	return json_incref(answer);
}
