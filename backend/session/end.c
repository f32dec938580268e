/* The end of a session: its state, its words, and what comes next. */
#include <errno.h>
#include <string.h>

#include "../core/progress.h"
#include "../resume/checkpoint.h"
#include "phases.h"
#include "set_check.h"

#define LIST_SENT 200

static const struct {
	const char *state, *name;
	int status;
} ends[] = {
	[END_NONE] = { "not restored", "not-restored", 5 },
	[END_BOOTABLE] = { "restored, bootable", "bootable", 0 },
	[END_NOT_BOOTABLE] = { "restored, not bootable", "not-bootable", 3 },
	[END_PARTIAL] = { "partial", "partial", 4 },
	[END_NOT_RESTORED] = { "not restored", "not-restored", 5 },
	[END_COMPARED] = { "compared", "compared", 0 },
	[END_NOT_COMPARED] = { "not compared", "not-compared", 6 },
};

const char *end_state_name(enum end_state end)
{
	return ends[end].state;
}

int end_state_status(enum end_state end)
{
	return ends[end].status;
}

enum end_state end_state_of_failure(const struct session *s)
{
	return s->mode == MODE_COMPARE ? END_NOT_COMPARED : END_NOT_RESTORED;
}

enum end_state end_state_parse(const char *name)
{
	for (size_t i = END_BOOTABLE; name && i < ARRAY_LENGTH(ends); i++)
		if (!strcmp(ends[i].name, name))
			return (enum end_state)i;
	return END_NONE;
}

const char *end_state_program_name(enum end_state end)
{
	return ends[end].name;
}

/* What happens unless somebody says otherwise. Turning around after anything but success would only do the same again, over and
 * over where the rescue boots by itself: then the machine stays as it is and says so. */
static enum after next_step(const struct session *s)
{
	enum after wanted = s->cmdline->after;

	if (s->leave != AFTER_DEFAULT)
		return (enum after)s->leave;
	if (wanted == AFTER_POWEROFF || wanted == AFTER_SHELL)
		return wanted;
	/* Where the local system cannot be started from here, the firmware might start the rescue again, and so on for ever. */
	if (s->again && !s->local_boot)
		return AFTER_DEFAULT;
	if (s->end == END_BOOTABLE && (s->mode == MODE_NUKE || wanted == AFTER_REBOOT))
		return AFTER_REBOOT;
	return AFTER_DEFAULT;
}

/* The sentences of the end, with what happened to the disks. */
static char *reason_text(const struct session *s)
{
	AUTO_BUFFER struct buffer text = { 0 };
	size_t length = s->reason ? strlen(s->reason) : 0;
	const char *separator = !length ? "" : s->reason[length - 1] == '.' ? " " : ". ";

	if (s->reason)
		buffer_append(&text, s->reason, length);
	if ((s->end == END_NOT_RESTORED || s->end == END_NOT_COMPARED) && !atomic_load(&s->writing)) {
		buffer_append(&text, separator, strlen(separator));
		buffer_append(&text, "Nothing was written to any disk.", 32);
	} else if (s->end == END_NOT_RESTORED) {
		buffer_append(&text, separator, strlen(separator));
		buffer_append(&text, "Already erased or changed: ", 27);
		for (size_t i = 0; i < strv_length(s->touched); i++) {
			if (i > 0)
				buffer_append(&text, "; ", 2);
			buffer_append(&text, s->touched[i], strlen(s->touched[i]));
		}
		buffer_append(&text, ".", 1);
	}
	return text_printable(text.data ? text.data : "");
}

static json_t *end_event(const struct session *s, enum after next)
{
	AUTO_FREE char *reason = reason_text(s);
	json_t *list = json_array();
	int status = s->end == END_COMPARED ? s->compared : ends[s->end].status;

	for (size_t i = 0; i < s->list_count && i < LIST_SENT; i++) {
		AUTO_FREE char *line = text_printable(s->list[i]);

		json_array_append_new(list, json_string(line ? line : "?"));
	}
	return json_pack("{ss, ss, ss, si, ss, so, sI, so, sI, ss?, ss, sf}", "event", "end", "state", ends[s->end].state, "name",
			 ends[s->end].name, "status", status, "reason", reason ? reason : "", "list", list, "list_total",
			 (json_int_t)s->list_count, "log", s->options->log ? json_string(s->options->log) : json_null(),
			 "log_lost", (json_int_t)s->log.lost, "log_kept", s->log_kept, "next", next == AFTER_DEFAULT ? "ask" : after_name(next), "seconds",
			 session_worked_s(s));
}

/* In the log: every line of the list, and the end state as the last line. */
static void log_end(struct session *s)
{
	AUTO_FREE char *reason = reason_text(s);

	for (size_t i = 0; i < s->list_count; i++)
		context_info(s->ctx, "  %s", s->list[i]);
	if (reason && *reason)
		context_info(s->ctx, "%s", reason);
	context_info(s->ctx, "end: %s", ends[s->end].state);
}

/* For pid 1, which acts on it when the engine has left. Without this file it starts the engine again. */
static void tell_init(struct session *s, enum after after)
{
	bool local = after == AFTER_REBOOT && s->local_boot;
	json_t *object = json_pack("{ss, ss, ss}", "state", ends[s->end].state, "name", ends[s->end].name, "after",
				   local ? "local" : after_name(after));
	AUTO_FREE char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (text)
		session_write_file(s, "end.json", text);
}

enum next { NEXT_LEAVE, NEXT_AGAIN, NEXT_SHELL };

static enum next ask_result(struct session *s, enum after preset, enum after *ret)
{
	AUTO_QUESTION struct question question = { .name = "result", .type = "choice", .title = "What next?" };
	AUTO_FREE char *answer = NULL;
	bool again = !atomic_load(&s->writing);
	AUTO_SCOPE struct error_scope scope = context_scope_begin(s->ctx);

	question.text = text_format("%s", ends[s->end].state);
	question_option(&question, "reboot", "Restart the machine", NULL, NULL);
	question_option(&question, "poweroff", "Turn the machine off", NULL, NULL);
	question_option(&question, "shell", "Open a shell", NULL, NULL);
	if (again)
		question_option(&question, "again", "Go back to the beginning", "Nothing was written.", NULL);
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

void session_forget_choices(struct session *s)
{
	set_check_free(TAKE_POINTER(s->check));
	s->salvage = false;
	plan_free(TAKE_POINTER(s->plan));
	set_close(TAKE_POINTER(s->set));
	finish_result_done(&s->finish);
	s->finish = (struct finish_result){ 0 };
	s->agreed = strv_free(s->agreed);
	s->list = strv_free(s->list);
	s->list_count = 0;
	free(TAKE_POINTER(s->reason));
	s->end = END_NONE;
	s->extracted = s->verified = s->mounted = false;
	s->log_kept = NULL;
	progress_free(TAKE_POINTER(s->ctx->progress));
	s->ctx->progress = NULL;
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

	if (s->end == END_NONE)
		session_end(s, end_state_of_failure(s), s->mode == MODE_COMPARE ? "The comparison did not come to its end"
										 : "The restore did not come to its end");
	atomic_store(&s->ended, true);
	log_end(s);
	context_emit(s->ctx, end_event(s, next_step(s)));
	checkpoint_remove(s);
	if (!s->options->rescue)
		return false;
	if (s->leave != AFTER_DEFAULT) {
		tell_init(s, (enum after)s->leave);
		return false;
	}
	while ((next = ask_result(s, next_step(s), &after)) == NEXT_SHELL)
		try_shell(s);
	if (next == NEXT_LEAVE) {
		tell_init(s, after);
		return false;
	}
	session_forget_choices(s);
	atomic_store(&s->ended, false);
	atomic_store(&s->ctx->cancelled, false);
	s->ask_mode = true;
	session_set_mode(s, MODE_ASK);
	return true;
}
