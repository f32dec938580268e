/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phase that gets consent for each disk that will be erased. It writes to no disk. */
#include <errno.h>
#include <string.h>

#include "../machine/disk_words.h"
#include "../resume/checkpoint.h"
#include "ask.h"
#include "checked_set.h"
#include "passing_set.h"
#include "passphrases.h"
#include "phase_table.h"

static int ask_erase(struct session *s, const struct node *disk, size_t index, size_t count)
{
	AUTO_QUESTION struct question question = { .name = "confirm", .type = "erase", .title = N_("Erase this disk?"), .back = true };
	AUTO_FREE char *text = node_describe(disk), *line = hardware_disk_line(s->chosen.plan->target.present, disk);
	json_t *answer = NULL;
	int r;

	question.text = sentence("Everything on this disk will be lost: %s", line ? line : disk->id);
	question.data = hardware_disk(s->chosen.plan->target.present, disk);
	question_data(&question, "disk", json_string(disk->id));
	question_data(&question, "erases", hardware_disk_contents(s->chosen.plan->target.present, disk));
	question_data(&question, "index", json_integer((json_int_t)index));
	question_data(&question, "count", json_integer((json_int_t)count));
	manifest_tell_lost(set_manifest(s->chosen.set), question.data);
	/* The map was built by the engine alone only when the target was named or nothing could be lost: map.h says when. */
	question.certain = s->chosen.plan_is_certain;
	question.preset = json_pack("{ss}", "erase", disk->id);
	question.reason = sentence("Nobody confirmed that this disk may be erased");
	r = session_ask(s, &question, &answer);
	json_decref(answer);
	if (r == ASK_ANSWERED)
		context_info(s->ctx, "Erasing was confirmed: %s", text ? text : disk->id);
	return r;
}

/* Present disks the plan writes to, each once. */
static int target_disks(struct session *s, char ***ret)
{
	for (size_t i = 0; i < s->chosen.plan->map->count; i++) {
		const char *target = s->chosen.plan->map->pairs[i].target;

		if (target && !strv_contains(*ret, target) && strv_append(ret, target) < 0)
			return context_oom(s->ctx);
	}
	return 0;
}

int phase_confirm(struct session *s)
{
	AUTO_STRV char **targets = NULL;
	int r = session_check_set(s, true);

	if (r != 0)
		return r < 0 ? r : 0;
	r = passing_set_agree(s);
	if (r == ASK_ANSWERED)
		r = passphrases_ask(s);
	if (r != ASK_ANSWERED)
		return r == ASK_BACK ? session_jump(s, "plan") : r;
	if (s->restarted.consent || s->chosen.resuming) {
		AUTO_FREE char *consent = checkpoint_consent(s->ctx, set_manifest(s->chosen.set), s->chosen.plan);

		/* What was confirmed before the crash holds for the same set on the same disks only. */
		s->chosen.plan_is_certain &= consent && s->restarted.consent && !strcmp(consent, s->restarted.consent);
	}
	r = target_disks(s, &targets);
	for (size_t i = 0; r == 0 && i < strv_length(targets); i++) {
		const struct node *disk = layout_find(s->chosen.plan->target.present, targets[i]);

		if (!disk)
			return context_fail(s->ctx, ESTALE, "The disk %s is gone", targets[i]);
		r = ask_erase(s, disk, i, strv_length(targets));
		if (r == ASK_BACK) {
			s->chosen.confirmed = strv_free(s->chosen.confirmed);
			return session_jump(s, "plan");
		}
		if (r == ASK_ANSWERED)
			r = strv_append(&s->chosen.confirmed, targets[i]) < 0 ? context_oom(s->ctx) : 0;
	}
	if (r < 0)
		return r;
	session_checkpoint(s);
	return session_note(s, PLURAL(strv_length(targets), "%zu disk confirmed", "%zu disks confirmed"), strv_length(targets));
}
