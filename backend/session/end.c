/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "end.h"

#include <errno.h>
#include <string.h>

#include "../core/event.h"
#include "../core/progress.h"
#include "../resume/checkpoint.h"
#include "ask.h"

#define LIST_SENT 200

enum end_state end_state_of_failure(const struct session *s)
{
	return s->chosen.mode == MODE_COMPARE ? END_NOT_COMPARED : END_NOT_RESTORED;
}

/* The default. Turning around after anything but success would only do the same again, over and
 * over where the rescue boots by itself: then the machine stays as it is and says so. */
static enum after next_step(const struct session *s)
{
	enum after wanted = s->cmdline->after;

	if (s->leave != AFTER_DEFAULT)
		return (enum after)s->leave;
	if (wanted == AFTER_POWEROFF || wanted == AFTER_SHELL)
		return wanted;
	/* Where the local system cannot be started from here, the firmware might start the rescue again, and so on for ever. */
	if (s->outcome.again && !s->outcome.local_boot)
		return AFTER_DEFAULT;
	if (s->outcome.end == END_BOOTABLE && (s->chosen.mode == MODE_NUKE || wanted == AFTER_REBOOT))
		return AFTER_REBOOT;
	return AFTER_DEFAULT;
}

/* What was written, for one who reads that the machine is not restored. New string. */
static char *touched_text(const struct session *s)
{
	AUTO_BUFFER struct buffer disks = { 0 };

	for (size_t i = 0; i < strv_length(s->touched); i++)
		if ((i > 0 && buffer_append(&disks, "; ", 2) < 0) || buffer_append(&disks, s->touched[i], strlen(s->touched[i])) < 0)
			return NULL;
	return sentence("Already erased or changed: %s.", disks.data ? disks.data : "");
}

/* The sentences of the end, with what happened to the disks. */
static char *reason_text(const struct session *s)
{
	bool failed = s->outcome.end == END_NOT_RESTORED || s->outcome.end == END_NOT_COMPARED, written = atomic_load(&s->writing);
	size_t length = s->outcome.reason ? strlen(s->outcome.reason) : 0;
	AUTO_FREE char *more = NULL;

	if (failed && !written)
		more = strdup(sentence_words(N_("Nothing was written to any disk.")));
	else if (s->outcome.end == END_NOT_RESTORED)
		more = touched_text(s);
	if (!more || !length)
		return sentence("%s", more ? more : length ? s->outcome.reason : "");
	return s->outcome.reason[length - 1] == '.' ? sentence("%s %s", s->outcome.reason, more) : sentence("%s. %s", s->outcome.reason, more);
}

static json_t *end_event(const struct session *s, enum after next)
{
	AUTO_FREE char *reason = reason_text(s);
	json_t *list = json_array(), *differences = json_array();
	int status = s->outcome.end == END_COMPARED ? s->outcome.compared : end_state_status(s->outcome.end);

	for (size_t i = 0; i < s->outcome.list_count && i < LIST_SENT; i++) {
		AUTO_FREE char *line = text_printable(s->outcome.list[i]);

		json_array_append_new(list, json_string(line ? line : "?"));
	}
	for (char **line = s->outcome.finish.differences; line && *line; line++)
		json_array_append_new(differences, json_string(*line));
	return event_end(&(struct event_end){
		.state = end_state_name(s->outcome.end), .name = end_state_program_name(s->outcome.end), .status = status, .reason = reason,
		.list = list, .list_total = s->outcome.list_count + s->outcome.list_lost,
		.differences = differences, .log = s->options->log, .log_kept = s->outcome.log_kept,
		.log_lost = s->log.lost, .next = next == AFTER_DEFAULT ? "ask" : after_name(next), .seconds = session_worked_s(s) });
}

/* In the log: every line of the list, and the end state as the last line. */
static void log_end(struct session *s)
{
	AUTO_FREE char *reason = reason_text(s);

	for (size_t i = 0; i < s->outcome.list_count; i++)
		context_info(s->ctx, "  %s", s->outcome.list[i]);
	if (reason && *reason)
		context_info(s->ctx, "%s", reason);
	context_info(s->ctx, "end: %s", sentence_words(end_state_name(s->outcome.end)));
}

/* For pid 1, which acts on it when the engine has left. Without this file it starts the engine again. */
static void tell_init(struct session *s, enum after after)
{
	bool local = after == AFTER_REBOOT && s->outcome.local_boot;
	json_t *object = json_pack("{ss, ss, ss}", "state", end_state_name(s->outcome.end), "name", end_state_program_name(s->outcome.end), "after",
				   local ? "local" : after_name(after));
	AUTO_FREE char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (text)
		session_write_file(s, "end.json", text);
}

enum next { NEXT_LEAVE, NEXT_AGAIN, NEXT_SHELL };

static enum next ask_result(struct session *s, enum after preset, enum after *ret)
{
	AUTO_QUESTION struct question question = { .name = "result", .type = "choice", .title = N_("What next?") };
	AUTO_FREE char *answer = NULL;
	bool again = !atomic_load(&s->writing);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	question.text = text_format("%s", end_state_name(s->outcome.end));
	question_option(&question, "reboot", "Restart the machine", NULL, NULL);
	question_option(&question, "poweroff", "Turn the machine off", NULL, NULL);
	question_option(&question, "shell", "Open a shell", NULL, NULL);
	if (again)
		question_option(&question, "again", "Go back to the beginning", N_("Nothing was written."), NULL);
	if (preset == AFTER_REBOOT || preset == AFTER_POWEROFF) {
		question.preset = json_string(after_name(preset));
		question.certain = true;
	}
	if (session_ask_choice(s, &question, &answer) != ASK_ANSWERED) {
		*ret = (enum after)atomic_load(&s->leave);
		return NEXT_LEAVE;
	}
	if (!strcmp(answer, "again"))
		return NEXT_AGAIN;
	if (!strcmp(answer, "shell"))
		return NEXT_SHELL;
	*ret = !strcmp(answer, "reboot") ? AFTER_REBOOT : AFTER_POWEROFF;
	return NEXT_LEAVE;
}

/* Where nobody can open one, the question of what comes next is put again. */
static void try_shell(struct session *s)
{
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	(void)session_ask_shell(s);
}

bool session_conclude(struct session *s)
{
	enum after after = AFTER_DEFAULT;
	enum next next;

	if (s->outcome.end == END_NONE)
		outcome_end(&s->outcome, end_state_of_failure(s), "%s", sentence_words(s->chosen.mode == MODE_COMPARE
					? N_("The comparison did not come to its end") : N_("The restore did not come to its end")));
	atomic_store(&s->ended, true);
	log_end(s);
	/* What is mounted has changed since it was written, and the end may send people to a shell. */
	session_readme(s);
	context_emit(s->ctx, end_event(s, next_step(s)));
	if (s->state)
		checkpoint_remove(s->state);
	if (!s->options->rescue || session_is_told_to_end(s))
		return false;
	if (s->leave != AFTER_DEFAULT) {
		tell_init(s, (enum after)s->leave);
		return false;
	}
	while ((next = ask_result(s, next_step(s), &after)) == NEXT_SHELL)
		try_shell(s);
	if (session_is_told_to_end(s))
		return false;
	if (next == NEXT_LEAVE) {
		tell_init(s, after);
		return false;
	}
	session_forget_choices(s);
	atomic_store(&s->ended, false);
	atomic_store(&s->ctx->cancelled, false);
	s->chosen.ask_mode = true;
	session_set_mode(s, MODE_ASK);
	return true;
}
