/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an engine that crashed leaves for the one pid 1 starts after it: /run/lifeboat/checkpoint.json. A hint: the machine is
 * asked what is there, and nothing is erased on the strength of this file unless the plan's digest is the same.
 */
#ifndef LIFEBOAT_RESUME_CHECKPOINT_H
#define LIFEBOAT_RESUME_CHECKPOINT_H

#include <stdbool.h>

#include <jansson.h>

#include "../core/context.h"
#include "../machine/cmdline.h"

struct layout;
struct manifest;
struct plan;

/* What is kept; all of it is borrowed. */
struct checkpoint {
	const char *phase;
	enum mode mode;
	unsigned crashes;                /* of this restore, so far */
	const struct manifest *manifest; /* of the set; NULL: none was chosen */
	const struct plan *plan;         /* NULL: none was made */
	json_t *wishes;                  /* how the plan is changed */
	json_t *network;                 /* network settings that are to be kept (network/kept.h); NULL: none */
	bool confirmed;                  /* the plan was */
	bool writing;                    /* a target disk may have been written */
	char *const *touched;            /* how people know the disks that were written; NULL: none */
	double started, waited;          /* clock_now() at the start of the work, and seconds since in which a person was waited for */
};

/* What an earlier engine left. */
struct restarted {
	bool happened;                   /* it crashed, and this one was started after it */
	unsigned crashes;                /* how often, in this restore */
	char *phase, *set_id;            /* in which phase, with the set of which id; NULL: not known */
	enum mode mode;
	bool writing;                    /* a target disk may have been written */
	char **touched;                  /* as above */
	double started, waited;          /* as above: the clock runs on while the machine does */
	char *consent;                   /* what was confirmed then (checkpoint_consent()); NULL: nothing */
	json_t *wishes;                  /* how the plan was changed; NULL: not known */
	json_t *network;                 /* network settings that were to be kept; NULL: none */
	json_t *map;                     /* which disks were confirmed to be erased then (checkpoint_map()); NULL: none */
};

void restarted_done(struct restarted *restarted);
/* What was confirmed counts no longer: the restore starts over. */
void restarted_forget_consent(struct restarted *restarted);

/* Takes over what an earlier engine left in the directory STATE (NULL: it left nothing that could be read), if it did: says so. True when there
 * was something, which may have mounted and started more. */
bool checkpoint_load(struct context *ctx, const char *state, struct restarted *ret);
/* Writes CHECKPOINT beside the old one and renames it. 0 or -errno, after a warning. */
int checkpoint_save(struct context *ctx, const char *state, const struct checkpoint *checkpoint);
void checkpoint_remove(const char *state);
/* What was confirmed, as one text: the set, and for each captured disk the identity and size of the disk that is erased for it. NULL
 * when a disk has no identity, or out of memory. Caller frees. */
char *checkpoint_consent(struct context *ctx, const struct manifest *manifest, const struct plan *plan);
/* The question "disks" answered as before the crash, with the disks of PRESENT; NULL when one is not here, or in doubt. New reference. */
json_t *checkpoint_map(struct context *ctx, const struct restarted *restarted, const struct layout *present);

/* Writes TEXT as the file NAME of the directory STATE; 0 or -errno, after a warning. */
int state_write(struct context *ctx, const char *state, const char *name, const char *text);

#endif
