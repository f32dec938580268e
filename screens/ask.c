/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ask.h"

#include <string.h>
#include <strings.h>

#include "../ui/line.h"
#include "ask_edit.h"
#include "ask_network.h"
#include "plain_text.h"
#include "proof.h"
#include "text.h"
#include "words.h"

static bool is_type(const struct ask *ask, const char *type)
{
	return !strcmp(member_text(ask->question, "type"), type);
}

static json_t *data_of(const struct ask *ask)
{
	return json_object_get(ask->question, "data");
}

static json_t *source_of(const struct ask *ask)
{
	return json_array_get(member_array(data_of(ask), "sources"), ask->step);
}

void ask_begin(struct ask *ask, json_t *question)
{
	json_t *settings = json_object_get(json_object_get(question, "data"), "settings");

	*ask = (struct ask){ .question = json_incref(question), .map = json_is_object(settings) ? json_deep_copy(settings) : json_object() };
}

void ask_done(struct ask *ask)
{
	json_decref(ask->question);
	json_decref(ask->map);
	*ask = (struct ask){ 0 };
}

/* Number from 1 of the default among OPTIONS; 0: none. */
static size_t default_number(const struct ask *ask, json_t *options)
{
	json_t *wanted = json_object_get(ask->question, "default"), *option;
	size_t i;

	json_array_foreach(options, i, option)
		if (wanted && json_equal(json_object_get(option, "value"), wanted) && member_true(option, "enabled"))
			return i + 1;
	return 0;
}

static void print_options(const struct ask *ask, FILE *out)
{
	json_t *option;
	size_t i;

	json_array_foreach(member_array(ask->question, "options"), i, option) {
		AUTO_FREE char *text = line_clean(words_translate(member_text(option, "text")), false);
		AUTO_FREE char *number = line_format("  %zu) ", i + 1);

		if (member_true(option, "enabled")) {
			plain_text(out, number, text);
			plain_text(out, "     ", words_translate(member_text(option, "detail")));
		} else {
			plain_text(out, "  -) ", text);
			plain_text(out, _("     cannot be chosen: "), member_text(option, "reason"));
		}
	}
}

/* Does an earlier disk have the present disk ID already? */
static bool is_taken(const struct ask *ask, const char *id)
{
	const char *source;
	json_t *target;

	json_object_foreach(ask->map, source, target)
		if (json_is_string(target) && !strcmp(json_string_value(target), id))
			return true;
	return false;
}

static void print_candidates(const struct ask *ask, FILE *out)
{
	json_t *source = source_of(ask), *candidate;
	AUTO_FREE char *saved = line_format(_("Saved disk: %s"), member_text(source, "text"));
	size_t i;

	plain_text(out, "", saved);
	plain_text(out, "", _("Target disk:"));
	json_array_foreach(member_array(source, "candidates"), i, candidate) {
		AUTO_FREE char *disk = words_disk_line(candidate);
		AUTO_FREE char *number = line_format("  %zu) ", i + 1);
		AUTO_FREE char *text = NULL;

		if (!member_true(candidate, "usable")) {
			plain_text(out, "  -) ", disk);
			plain_text(out, _("     cannot be used: "), member_text(candidate, "reason"));
			continue;
		}
		text = line_format("%s%s", disk,
			is_taken(ask, member_text(candidate, "id")) ? _(" - chosen already: both saved disks would share it") :
			member_true(candidate, "unfinished") ? _(" - an interrupted restore of this set, which is resumed") :
			member_true(candidate, "same_identity") ? _(" - the same disk as captured") :
			member_true(candidate, "blank") ? "" : _(" - has data, will be erased"));
		plain_text(out, number, text);
		if (*member_text(candidate, "shrinks"))
			plain_text(out, _("     smaller: "), member_text(candidate, "shrinks"));
	}
	if (json_array_size(member_array(data_of(ask), "sources")) > 1)
		fprintf(out, _("  0) do not restore this disk\n"));
}

static void print_lost(json_t *object, FILE *out)
{
	AUTO_FREE char *lost = words_lost(object), *heading = line_format("%s:", lost);
	char *line;

	if (*lost)
		plain_text(out, "", heading);
	for (size_t i = 0; (line = words_lost_line(object, i)); i++) {
		plain_text(out, "  ", line);
		free(line);
	}
}

/* SENTENCE, which ends its line by itself, wrapped. */
static void print_sentence(FILE *out, const char *sentence)
{
	AUTO_FREE char *line = line_format("%.*s", (int)strcspn(sentence, "\n"), sentence);

	plain_text(out, "", line);
}

static void print_erase(const struct ask *ask, FILE *out)
{
	AUTO_FREE char *disk = words_disk_line(data_of(ask));
	AUTO_FREE char *erases = words_lines(member_array(data_of(ask), "erases"), "  ");
	AUTO_FREE char *heading = line_format(_("EVERYTHING ON THIS DISK WILL BE ERASED (disk %d of %d):\n"),
					      (int)member_number(data_of(ask), "index") + 1, (int)member_number(data_of(ask), "count"));

	print_sentence(out, heading);
	plain_text(out, "  ", disk);
	if (*erases) {
		fprintf(out, _("On it now, and lost afterwards:\n"));
		plain_text(out, "", erases);
	} else {
		print_sentence(out, _("No partitions or filesystems were found on it; it looks blank.\n"));
	}
	print_lost(data_of(ask), out);
}

static void print_list(const struct ask *ask, FILE *out)
{
	AUTO_FREE char *lines = words_lines(member_array(data_of(ask), "list"), "  ");

	plain_text(out, "", lines);
}

static void print_after(json_t *plan, FILE *out)
{
	json_t *disk, *row;
	size_t i, k;

	if (json_array_size(member_array(plan, "after")))
		plain_text(out, "", _("On the disks afterwards:"));
	json_array_foreach(member_array(plan, "after"), i, disk) {
		plain_text(out, "  ", member_text(disk, "text"));
		json_array_foreach(member_array(disk, "rows"), k, row) {
			AUTO_FREE char *line = words_tree_row(row);

			plain_text(out, "  ", line);
		}
	}
}

static void print_plan(const struct ask *ask, const struct model *model, FILE *out)
{
	json_t *item;
	size_t i;

	plain_text(out, "", words_translate(member_text(data_of(ask), "resumes")));
	json_array_foreach(member_array(model->plan, "disks"), i, item) {
		AUTO_FREE char *target = words_disk_line(item);
		AUTO_FREE char *text = *member_text(item, "target")
					       ? line_format(_("Target disk: %s\nSaved disk: %s"), target, member_text(item, "source"))
					       : line_format(_("Not restored: %s"), member_text(item, "source"));

		plain_text(out, "", text);
	}
	json_array_foreach(member_array(model->plan, "actions"), i, item) {
		AUTO_FREE char *number = line_format("%c %3zu. ", words_action_sign(item), i + 1);

		plain_text(out, number, member_text(item, "text"));
	}
	print_after(model->plan, out);
	print_lost(model->plan, out);
	json_array_foreach(member_array(model->plan, "notices"), i, item)
		plain_text(out, "+ ", json_string_value(item));
	json_array_foreach(member_array(data_of(ask), "doubts"), i, item)
		plain_text(out, "? ", json_string_value(item));
	if (model->plan_is_cut)
		print_sentence(out, _("Only the beginning is shown here; the log has all actions.\n"));
	if (*member_text(data_of(ask), "resumes"))
		print_sentence(out, _("'=' keeps and checks what an earlier run made; '!' erases.\n"));
	else
		print_sentence(out, _("Then the files are restored, the machine is made bootable, and all is compared with the set.\n"));
}

void ask_print(const struct ask *ask, const struct model *model, FILE *out)
{
	fputc('\n', out);
	plain_text(out, "", words_translate(member_text(ask->question, "title")));
	if (!strcmp(member_text(ask->question, "name"), "resume")) {
		AUTO_FREE char *text = words_resume(ask->question);

		plain_text(out, "", text ? text : "");
	} else if (!strcmp(member_text(ask->question, "name"), "plan")) {
		print_plan(ask, model, out);
	} else if (!is_type(ask, "erase") && !is_type(ask, "edit")) {
		plain_text(out, "", words_translate(member_text(ask->question, "text")));
	}
	print_list(ask, out);
	if (is_type(ask, "erase"))
		print_erase(ask, out);
}

/* What can be typed instead of an answer. */
static void print_commands(const struct ask *ask, FILE *out)
{
	bool back = member_true(ask->question, "back"), rescan = member_true(ask->question, "rescan");

	if (back)
		fprintf(out, _("  b) go back\n"));
	if (rescan)
		fprintf(out, _("  r) look again\n"));
	fprintf(out, _("  ?) help: log, hardware, shell, stop\n"));
}

static void prompt_erase(const struct ask *ask, FILE *out)
{
	struct proof proof = proof_of(data_of(ask));
	AUTO_FREE char *wanted = line_clean(proof.text, false), *prompt = NULL;

	switch (proof.kind) {
	case PROOF_SERIAL:
		prompt = line_format(_("To confirm, type its serial number (%s). Anything else writes nothing: "), wanted);
		break;
	case PROOF_WWN:
		prompt = line_format(_("To confirm, type its WWN (%s). Anything else writes nothing: "), wanted);
		break;
	case PROOF_PATH:
		prompt = line_format(_("No number tells this disk from the others. To confirm, type the path that it is connected at (%s). "
				       "Anything else writes nothing: "), wanted);
		break;
	case PROOF_NAME:
		prompt = line_format(_("Neither a number nor a path tells this disk from the others. To confirm, type its present name "
				       "(%s). Anything else writes nothing: "), wanted);
		break;
	}
	plain_prompt_text(out, prompt ? prompt : "");
}

/* Number from 1 of the candidate that is proposed; 0: none. */
static size_t proposed_number(const struct ask *ask)
{
	json_t *source = source_of(ask), *candidate;
	size_t i;

	json_array_foreach(member_array(source, "candidates"), i, candidate)
		if (*member_text(source, "target") && !strcmp(member_text(candidate, "id"), member_text(source, "target")))
			return i + 1;
	return 0;
}

static void prompt_choice(const struct ask *ask, FILE *out)
{
	json_t *options = member_array(ask->question, "options");
	size_t number = default_number(ask, options);

	if (number == 0 && json_array_size(options) == 1)
		number = 1;
	if (member_true(data_of(ask), "free_text"))
		fprintf(out, number ? _("Number, or a place [%zu]: ") : _("Number, or a place: "), number);
	else
		fprintf(out, number ? _("Number [%zu]: ") : _("Number: "), number);
}

void ask_prompt(const struct ask *ask, FILE *out)
{
	json_t *wanted = json_object_get(ask->question, "default");

	if (is_type(ask, "map"))
		print_candidates(ask, out);
	else if (is_type(ask, "edit"))
		ask_edit_print(ask->question, out);
	else if (is_type(ask, "settings"))
		ask_network_print(ask->question, ask->map, out);
	else
		print_options(ask, out);
	print_commands(ask, out);
	if (is_type(ask, "erase")) {
		prompt_erase(ask, out);
	} else if (is_type(ask, "yesno")) {
		fprintf(out, json_is_true(wanted)    ? _("yes or no [yes]: ")
			     : json_is_false(wanted) ? _("yes or no [no]: ")
						     : _("yes or no: "));
	} else if (is_type(ask, "map")) {
		size_t number = proposed_number(ask);

		fprintf(out, number ? _("Number [%zu]: ") : _("Number: "), number);
	} else if (is_type(ask, "choices")) {
		fprintf(out, _("Numbers, with commas: "));
	} else if (is_type(ask, "choice")) {
		prompt_choice(ask, out);
	} else {
		fprintf(out, json_is_string(wanted) ? "[%s]: " : ": ", json_string_value(wanted));
	}
	fflush(out);
}

static json_t *enabled_option(const struct ask *ask, uint64_t number)
{
	json_t *option = number ? json_array_get(member_array(ask->question, "options"), number - 1) : NULL;

	return option && member_true(option, "enabled") ? json_object_get(option, "value") : NULL;
}

static enum ask_result choice_line(const struct ask *ask, const char *line, json_t **ret_value, const char **ret_why)
{
	json_t *options = member_array(ask->question, "options"), *value = NULL, *option;
	uint64_t number;
	size_t i;

	if (!*line) {
		number = default_number(ask, options);
		if (number == 0 && json_array_size(options) == 1)
			number = 1;
		value = enabled_option(ask, number);
	} else if (parse_u64(line, &number)) {
		value = enabled_option(ask, number);
	} else {
		json_array_foreach(options, i, option)
			if (!strcmp(member_text(option, "value"), line))
				value = enabled_option(ask, i + 1);
		if (!value && member_true(data_of(ask), "free_text")) {
			*ret_value = json_string(line);
			return *ret_value ? ASK_DONE : ASK_BAD;
		}
	}
	*ret_why = _("Please type one of the numbers above.");
	if (!value)
		return ASK_BAD;
	*ret_value = json_incref(value);
	return ASK_DONE;
}

static enum ask_result choices_line(const struct ask *ask, const char *line, json_t **ret_value, const char **ret_why)
{
	json_auto_t *values = json_array();
	AUTO_FREE char *copy = strdup(line);
	char *rest = NULL;

	*ret_why = _("Please type numbers from above with commas between them, or nothing for none.");
	for (char *word = copy ? strtok_r(copy, ", ", &rest) : NULL; word; word = strtok_r(NULL, ", ", &rest)) {
		json_t *value;
		uint64_t number;

		if (!parse_u64(word, &number) || !(value = enabled_option(ask, number)))
			return ASK_BAD;
		json_array_append(values, value);
	}
	*ret_value = json_incref(values);
	return ASK_DONE;
}

static enum ask_result map_line(struct ask *ask, const char *line, json_t **ret_value, const char **ret_why)
{
	json_t *source = source_of(ask), *candidate, *sources = member_array(data_of(ask), "sources");
	uint64_t number = proposed_number(ask);

	*ret_why = _("Please type the number of a disk that can be used.");
	if (*line && !parse_u64(line, &number))
		return ASK_BAD;
	if (*line && number == 0 && json_array_size(sources) > 1) {
		json_object_set_new(ask->map, member_text(source, "id"), json_null());
	} else {
		candidate = number ? json_array_get(member_array(source, "candidates"), number - 1) : NULL;
		if (!candidate || !member_true(candidate, "usable"))
			return ASK_BAD;
		json_object_set(ask->map, member_text(source, "id"), json_object_get(candidate, "id"));
	}
	ask->step++;
	if (ask->step < json_array_size(sources))
		return ASK_MORE;
	*ret_value = json_incref(ask->map);
	return ASK_DONE;
}

static enum ask_result erase_line(const struct ask *ask, const char *line, json_t **ret_value)
{
	struct proof proof = proof_of(data_of(ask));

	if (!proof_is_given(&proof, line, false))
		return ASK_NO;
	*ret_value = json_pack("{ss}", "erase", member_text(data_of(ask), "disk"));
	return ASK_DONE;
}

int ask_yes_or_no(const char *line)
{
	size_t length = strlen(line);

	if (!strncasecmp(line, _("yes"), length) || !strncasecmp(line, "yes", length))
		return 1;
	if (!strncasecmp(line, _("no"), length) || !strncasecmp(line, "no", length))
		return 0;
	return -1;
}

static enum ask_result yesno_line(const struct ask *ask, const char *line, json_t **ret_value, const char **ret_why)
{
	json_t *wanted = json_object_get(ask->question, "default");
	int answer = *line ? ask_yes_or_no(line) : json_is_boolean(wanted) ? json_is_true(wanted) : -1;

	*ret_why = _("Please type yes or no.");
	if (answer < 0)
		return ASK_BAD;
	*ret_value = json_boolean(answer);
	return ASK_DONE;
}

enum ask_result ask_line(struct ask *ask, const char *line, json_t **ret_value, const char **ret_why)
{
	json_t *wanted = json_object_get(ask->question, "default");
	int64_t number;

	if (is_type(ask, "erase"))
		return erase_line(ask, line, ret_value);
	if (is_type(ask, "edit"))
		return ask_edit_line(ask->question, line, ret_value, ret_why);
	if (is_type(ask, "settings"))
		return ask_network_line(ask->question, ask->map, line, ret_value, ret_why);
	if (is_type(ask, "map"))
		return map_line(ask, line, ret_value, ret_why);
	if (is_type(ask, "choice"))
		return choice_line(ask, line, ret_value, ret_why);
	if (is_type(ask, "choices"))
		return choices_line(ask, line, ret_value, ret_why);
	if (is_type(ask, "yesno"))
		return yesno_line(ask, line, ret_value, ret_why);
	if (is_type(ask, "number")) {
		*ret_why = _("Please type a whole number.");
		if (!*line && json_is_integer(wanted))
			*ret_value = json_incref(wanted);
		else if (parse_i64(line, &number))
			*ret_value = json_integer(number);
		else
			return ASK_BAD;
		return ASK_DONE;
	}
	*ret_value = !*line && json_is_string(wanted) ? json_incref(wanted) : json_string(line);
	*ret_why = _("This text cannot be used.");
	return *ret_value ? ASK_DONE : ASK_BAD;
}
