/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One finishing job: what its steps share, and how they say what went wrong. A step returns 0 also when it met a
 * failure it could write down; -errno (-ECANCELED, -ENOMEM) only when the whole job must stop.
 */
#ifndef LIFEBOAT_FINISH_JOB_H
#define LIFEBOAT_FINISH_JOB_H

#include "../core/macro.h"
#include "../core/run.h"
#include "finish.h"

/* Programs of the restored system that build archives or write loaders: seconds. */
#define JOB_DEADLINE_S 1800

struct finish_job {
	const struct finish_options *options;
	struct finish_result *result;
	int root_fd;
	bool broken;             /* something failed that a start of the system needs */
	bool loader_settings_changed; /* the loader's menu has to be rebuilt */
	bool contained;          /* its programs run in namespaces of their own; false once the kernel refused that */
	char **corrected;        /* paths of the settings that were corrected; owned by finish_system() */
	bool fstab_extended;     /* fstab is among them only because of lines for what no initramfs mounts */
	bool firmware_variables; /* while the tree is entered: the firmware's boot entries can be written */
};

/* Adds one sentence to the result. BREAKS: about something without which the system does not start. 0 or -ENOMEM. */
MUST_CHECK int job_tells(struct finish_job *job, bool breaks, const char *format, ...) PRINTF_LIKE(3, 4);
#define job_reason(job, ...) job_tells(job, false, __VA_ARGS__)
#define job_breaks(job, ...) job_tells(job, true, __VA_ARGS__)
/* Adds one sentence that says what was done, which no reason stands against. 0 or -ENOMEM. */
MUST_CHECK int job_note(struct finish_job *job, const char *format, ...) PRINTF_LIKE(2, 3);
/* Adds each of TEXTS (NULL: none). */
MUST_CHECK int job_reasons(struct finish_job *job, char *const *texts);
/* Puts CORRECTED in the place of the file PATH of the tree, after its original was kept. 1; 0 when that failed, which is then a reason why
 * the system does not start; -errno. */
MUST_CHECK int job_replace(struct context *ctx, struct finish_job *job, const char *path, const struct buffer *corrected);
/* The corrected TEXT of FILE in OUT; what is to be said in *NOTES. Number of entries changed, or -ENOMEM. */
typedef int job_correct_function(const struct plan *plan, const char *file, const char *text, struct buffer *out, char ***notes);
/* Corrects the file PATH of the tree, of LIMIT bytes at most, by CORRECT; one that is not there is none. 0 or -errno. */
MUST_CHECK int job_correct_table(struct context *ctx, struct finish_job *job, const char *path, size_t limit, job_correct_function *correct);
/* Calls the file PATH of the tree PATH.lifeboat-original, so that it counts no more. 0 or -errno. */
MUST_CHECK int job_set_aside(struct finish_job *job, const char *path);
/* Turns the error R, whose sentence the context keeps, into a reason, BEFORE put in front ("" for nothing), and
 * forgets it there. BREAKS: the system does not start without. 0, or R when the whole job must stop (canceled, out
 * of memory). */
MUST_CHECK int job_absorb(struct context *ctx, struct finish_job *job, int r, bool breaks, const char *before);

/* Says what is being done now: in the log, and as the current item of the progress. */
void job_step(struct context *ctx, const char *format, ...) PRINTF_LIKE(2, 3);

/* Enters the tree (chroot.h), does WORK with DATA there, and leaves it again whatever happens. */
MUST_CHECK int job_inside(struct context *ctx, struct finish_job *job,
	       int (*work)(struct context *ctx, struct finish_job *job, void *data), void *data);
/* Runs a program of the restored system inside it: NULL-ended ARGV whose first word is an absolute path there.
 * RESULT may be NULL. */
MUST_CHECK int job_run(struct context *ctx, struct finish_job *job, const char *const *argv, struct run_result *result);

#endif
