/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the phase table: each carries out one phase, as phases.h says of struct phase. */
#ifndef LIFEBOAT_SESSION_PHASE_TABLE_H
#define LIFEBOAT_SESSION_PHASE_TABLE_H

#include "../machine/modules.h"
#include "../restore/compare.h"
#include "phases.h"

int phase_early(struct session *session);
int phase_essential_modules(struct session *session);
int phase_network(struct session *session);
int phase_media(struct session *session);
int phase_tools(struct session *session);
int phase_all_modules(struct session *session);
int phase_subsystems(struct session *session);
int phase_mode(struct session *session);
int phase_expert(struct session *session);
int phase_manifest(struct session *session);
int phase_plan(struct session *session);
int phase_confirm(struct session *session);
int phase_disks(struct session *session);
int phase_extract(struct session *session);
int phase_boot(struct session *session);
int phase_verify(struct session *session);
int phase_compare(struct session *session);
int phase_finish(struct session *session);

/* Whether disks may be erased that hold an interrupted restore with all its files (session->resumed says so): not unattended, unless they
 * were named or it was agreed to before. */
bool session_may_erase_late(const struct session *session);
#define ERASE_LATE N_("The system may have been started since, so it is not erased unattended: name its disk with lifeboat.target=, or restore " \
		      "interactively")

/* Loads drivers for all devices, and looks which are still without driver or firmware. *RESULT is cleared by the caller. 0 or -errno with
 * a sentence. */
int session_find_drivers(struct session *session, struct modules_result *result);
/* Looks for recovery sets, for a while, and publishes what there is. 0 or -errno with a sentence. */
int session_find_sets(struct session *session);
/* Probes the disks and publishes "hardware". *RET may be NULL. 0 or -errno. */
int session_probe(struct session *session, struct layout **ret);
/* Opens the set at LOCATION for the session and forgets the other media. 0 or -errno with a sentence. */
int session_open_set(struct session *session, const char *location);
/* Begins to read all of the set, before anything is erased for it: in the background for a restore; digests only, and waited for, otherwise. 0
 * or -errno with a sentence. */
int session_begin_check(struct session *session);
/* What that found, when it is over, or after its end with WAIT: 0 go on, 1 another set is to be chosen (session_jump() was called); -errno with
 * a sentence. Damage is a question. */
int session_check_set(struct session *session, bool wait);
/* Whether damage of the set costs only the files it lies in, on the operator's word. */
bool session_salvages(const struct session *session);
/* Damage of the set was met by what looks ahead, which said ERROR and whose sentence the context has: unless salvage was chosen, it is a question
 * like that of the check; where its medium is away, "media-lost". 0: to be salvaged, the sentence is in *RET, a new string; else as session_check_set(), or ASK_RESCAN: to be looked at again. */
int session_meet_damage(struct session *session, int error, char **ret);
/* Opens the session's set again, wherever it is now: its medium was away. Only the very set that was checked, confirmed and planned for is
 * taken. 0 or -errno with a sentence. */
int session_reopen_set(struct session *session);
/* Puts the question NAME, which shows the list of the end and can only be acknowledged. 0 or -errno. */
int session_show_differences(struct session *session, const char *name, const char *title, uint64_t total);
/* compare_tree() with the session's set; a set that is away is asked for, and then the comparison begins again. What it finds is added to the list of
 * the end where OPTIONS says so. 0 or -errno with a sentence. */
int session_compare_tree(struct session *session, const char *step, int root_fd, const struct compare_options *options,
			 struct compare_result *result);
/* Adds a difference of compare_tree() to the list of the end; DATA is the session. */
void session_found_difference(void *data, const struct difference *difference);

/* Whether the restore is resumed behind STAGE, whose step of the progress is then counted as done. */
bool session_is_past(struct session *session, enum restore_stage stage);
/* All that was done before STAGE is on the disks, and the notes say so; failing costs only work, should the restore be interrupted. */
void session_note_stage(struct session *session, enum restore_stage stage);
/* What was written goes to the disks, and memory forgets it: what is verified is read from the disks. */
void session_forget_cached(struct session *session);

#endif
