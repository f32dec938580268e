/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "macro.h"
#include "progress_pace.h"

/* What an ordinary machine (SATA SSD, four cores) takes; only how they stand to each other matters for long. */
static const struct {
	enum skill skill;
	double bytes_a_second, files_a_second;
} ordinary[] = {
	[PROGRESS_CHECK] = { DIGESTS, 300e6, 1e9 }, [PROGRESS_EXTRACT] = { FILES, 120e6, 4000 },
	[PROGRESS_COMPARE] = { COMPARISONS, 250e6, 8000 }, [PROGRESS_PACK] = { FILES, 60e6, 5000 },
	[PROGRESS_COPY] = { FILES, 200e6, 1e9 }, [PROGRESS_PARTS] = { PROGRAMS, 1e9, 1e9 },
};

/* So many ordinary seconds of work are believed to be the ordinary case before the machine has shown its own. */
#define PRIOR_S 2.0
/* But not more than this share of a step. */
#define PRIOR_SHARE 0.05
/* Rates are averages over this long, or a quarter of what the step took so far. */
#define WINDOW_S 20.0
/* An estimate has settled when the step has run this long, has done this share, and the time of the end stayed about the same. */
#define SETTLE_S 8.0
#define SETTLE_SHARE 0.05
#define SETTLE_WITHIN 0.25
#define UNSETTLE_BEYOND 0.75
#define SETTLE_SLACK_S 3.0
/* The end that is told follows the estimate this slowly, so that it does not jump: faster as it comes nearer, and while nobody sees it. */
#define FOLLOW_S 12.0
#define FOLLOW_SHARE 0.1
#define FOLLOW_MIN_S 2.0
/* In the last quarter of a part nobody knows any more how long it takes: the longer it ran beyond, the longer it will. */
#define OVERRUN 0.25
#define LEFT_MAX_S (7 * 24 * 3600.0)
/* What follows the running step may be so much of what it still takes, or all of it so short, that the whole's end is told. */
#define GUESS_SHARE 0.5
#define GUESS_S 10.0
/* What is told until the very end. */
#define FRACTION_MAX 0.9999
/* A part that nobody expected. */
#define PART_S 1.0

struct part {
	char *name;
	double seconds; /* ordinary */
};

struct step {
	enum progress_work work;
	double total, done;      /* ordinary seconds */
	struct part *parts;
	size_t part_count, part; /* part: those before it have ended */
	bool part_runs, known, ended;
};

/* An end that is told to people. */
struct told {
	double end;
	bool begun, settled;
};

struct progress_model {
	struct step *steps;
	size_t count;
	ssize_t running;
	double begun, part_begun, seen;  /* when the running step, its part, and the last look were */
	struct pace paces[SKILLS];       /* what this machine showed so far */
	struct pace recent;              /* of the running step, old work fades */
	struct told step_told, told;
	double told_at, fraction;
	double credit;                   /* seconds of work that the fraction does not show yet */
};

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

struct progress_model *progress_model_new(void)
{
	struct progress_model *model = calloc(1, sizeof(*model));

	if (model)
		model->running = -1;
	return model;
}

void progress_model_free(struct progress_model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < model->count; i++) {
		for (size_t k = 0; k < model->steps[i].part_count; k++)
			free(model->steps[i].parts[k].name);
		free(model->steps[i].parts);
	}
	free(model->steps);
	free(model);
}

static double cost(enum progress_work work, uint64_t bytes, uint64_t files)
{
	return (double)bytes / ordinary[work].bytes_a_second + (double)files / ordinary[work].files_a_second;
}

ssize_t progress_model_add(struct progress_model *model, enum progress_work work, uint64_t bytes, uint64_t files, double seconds)
{
	struct step *grown = reallocarray(model->steps, model->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	model->steps = grown;
	grown[model->count] = (struct step){ .work = work, .known = true,
					     .total = work == PROGRESS_PARTS ? seconds : cost(work, bytes, files) };
	return (ssize_t)model->count++;
}

static struct step *running_step(struct progress_model *model)
{
	return model->running < 0 ? NULL : &model->steps[model->running];
}

/* How many seconds an ordinary one takes here. */
static double slowness(const struct pace *pace, double prior_weight, double prior)
{
	return (prior_weight * prior + pace->taken) / (prior_weight + pace->ordinary);
}

static double work_slowness(const struct progress_model *model, enum progress_work work)
{
	return pace_slowness(model->paces, ordinary[work].skill);
}

/* How many seconds an ordinary one of STEP, which runs and is counted, takes: by what it did lately. */
static double running_slowness(const struct progress_model *model, const struct step *step)
{
	return slowness(&model->recent, smaller(PRIOR_S, PRIOR_SHARE * step->total), work_slowness(model, step->work));
}

/* Old work fades. */
static void add_recent(struct progress_model *model, double now, double span, double done)
{
	double window = larger(WINDOW_S, (now - model->begun) / 4), keep = window / (window + span);

	model->recent.taken = model->recent.taken * keep + span;
	model->recent.ordinary = model->recent.ordinary * keep + done;
}

void progress_model_begin(struct progress_model *model, double now, size_t step, uint64_t bytes, uint64_t files)
{
	struct step *begun = &model->steps[step];

	model->running = (ssize_t)step;
	model->begun = model->part_begun = model->seen = now;
	model->recent = (struct pace){ 0 };
	model->step_told = (struct told){ 0 };
	begun->ended = begun->part_runs = false;
	begun->part = 0;
	begun->done = 0;
	begun->known = begun->work == PROGRESS_PARTS || bytes || files;
	if (begun->work != PROGRESS_PARTS && begun->known)
		begun->total = cost(begun->work, bytes, files);
}

void progress_model_see(struct progress_model *model, double now, uint64_t bytes, uint64_t files, uint64_t bytes_total,
			uint64_t files_total)
{
	struct step *step = running_step(model);
	double span = now - model->seen, done, more;

	if (!step || step->work == PROGRESS_PARTS)
		return;
	if (bytes_total || files_total)
		step->total = cost(step->work, bytes_total, files_total);
	done = cost(step->work, bytes, files);
	more = larger(0, done - step->done);
	step->done = done;
	add_recent(model, now, span, more);
	pace_add(&model->paces[ordinary[step->work].skill], span, more);
	if (more > 0)
		model->credit += more * running_slowness(model, step);
	model->seen = now;
}

void progress_model_rebase(struct progress_model *model, double now, uint64_t bytes, uint64_t files)
{
	struct step *step = running_step(model);

	if (!step)
		return;
	step->done = cost(step->work, bytes, files);
	model->seen = now;
	model->step_told.settled = model->told.settled = false;
}

int progress_model_expect(struct progress_model *model, const char *name, double seconds)
{
	struct step *step = running_step(model);
	struct part *grown;

	if (!step || step->work != PROGRESS_PARTS)
		return 0;
	grown = reallocarray(step->parts, step->part_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	step->parts = grown;
	grown[step->part_count] = (struct part){ strdup(name), seconds };
	if (!grown[step->part_count].name)
		return -ENOMEM;
	step->part_count++;
	return 0;
}

/* The running part of the running step has ended: it shows how fast this machine does such things. */
static void end_part(struct progress_model *model, double now)
{
	struct step *step = running_step(model);

	if (!step || !step->part_runs || step->part >= step->part_count)
		return;
	pace_add(&model->paces[PROGRAMS], now - model->part_begun, step->parts[step->part].seconds);
	step->part++;
	step->part_runs = false;
}

void progress_model_part(struct progress_model *model, double now, const char *name)
{
	struct step *step = running_step(model);
	size_t i;

	if (!step || step->work != PROGRESS_PARTS)
		return;
	end_part(model, now);
	for (i = step->part; i < step->part_count && strcmp(step->parts[i].name, name); i++)
		;
	if (i == step->part_count && progress_model_expect(model, name, PART_S))
		return;
	step->part = i;
	step->part_runs = true;
	model->part_begun = now;
}

void progress_model_end(struct progress_model *model, double now)
{
	struct step *step = running_step(model);

	if (!step)
		return;
	end_part(model, now);
	if (step->work == PROGRESS_PARTS && !step->part_count)
		pace_add(&model->paces[PROGRAMS], now - model->begun, step->total);
	step->ended = true;
	model->running = -1;
}

/* Of something that takes TOTAL seconds and has run for SPENT. */
static double left_of(double total, double spent)
{
	double over = spent - total * (1 - OVERRUN);

	return over < 0 || total <= 0 ? larger(0, total - spent) : OVERRUN * total + over / 2;
}

/* Seconds that the parts of STEP, which runs, still take. */
static double parts_left(const struct progress_model *model, const struct step *step, double now)
{
	double factor = pace_slowness(model->paces, PROGRAMS), left = 0;

	/* Until the first begins, there may be more of them. */
	if (!step->part_count || (step->part == 0 && !step->part_runs))
		return left_of(step->total * factor, now - model->begun);
	for (size_t i = step->part; i < step->part_count; i++)
		left += i == step->part && step->part_runs ? left_of(step->parts[i].seconds * factor, now - model->part_begun)
							   : step->parts[i].seconds * factor;
	return left;
}

/* Seconds that the running step still takes; -1: nobody can know. */
static double running_left(const struct progress_model *model, double now)
{
	const struct step *step = &model->steps[model->running];

	if (!step->known)
		return -1;
	if (step->work == PROGRESS_PARTS)
		return parts_left(model, step, now);
	return larger(0, step->total - step->done) * running_slowness(model, step);
}

static double later_left(const struct progress_model *model)
{
	double left = 0;

	for (size_t i = 0; i < model->count; i++) {
		const struct step *step = &model->steps[i];

		if (!step->ended && (ssize_t)i != model->running)
			left += step->total * work_slowness(model, step->work);
	}
	return left;
}

/* Whether the running part of STEP takes longer than was thought, nobody knows how much. */
static bool is_overrun(const struct progress_model *model, const struct step *step, double now)
{
	double thought = step->part_runs ? step->parts[step->part].seconds * pace_slowness(model->paces, PROGRAMS) : 0;

	return step->part_runs && now - model->part_begun > (1 - OVERRUN) * thought;
}

/* Whether enough of the running step is done to tell anything from it. */
static bool has_shown_enough(const struct progress_model *model, double now)
{
	const struct step *step = &model->steps[model->running];
	double ended = 0, all = 0;

	if (now - model->begun < SETTLE_S)
		return false;
	if (step->work != PROGRESS_PARTS)
		return step->done >= SETTLE_SHARE * step->total;
	/* Parts differ: only most of them tell of the rest. */
	for (size_t i = 0; i < step->part_count; i++) {
		all += step->parts[i].seconds;
		ended += i < step->part ? step->parts[i].seconds : 0;
	}
	return all > 0 && ended >= all / 2 && !is_overrun(model, step, now);
}

/* Whether the whole's end can be told: what follows the running step is a guess from other work, which recordings showed to be off by a
 * factor of four either way, so it must be the smaller part of what is left. */
static bool is_whole_sure(double left, double later)
{
	return later <= GUESS_SHARE * left || left + later <= GUESS_S;
}

/* Follows the estimate LEFT, and tells what may be told of it. */
static double tell_end(struct told *told, double now, double since, double left, bool enough)
{
	double follow = told->settled ? smaller(FOLLOW_S, larger(FOLLOW_MIN_S, FOLLOW_SHARE * left)) : FOLLOW_MIN_S, off, rest;

	if (left < 0 || left > LEFT_MAX_S) {
		*told = (struct told){ 0 };
		return -1;
	}
	if (!told->begun)
		*told = (struct told){ .end = now + left, .begun = true };
	told->end += (now + left - told->end) * since / (follow + since);
	off = now + left > told->end ? now + left - told->end : told->end - now - left;
	rest = larger(left, told->end - now);
	if (!enough)
		told->settled = false;
	else if (off <= SETTLE_WITHIN * rest + SETTLE_SLACK_S)
		told->settled = true;
	else if (off > UNSETTLE_BEYOND * rest + SETTLE_SLACK_S)
		told->settled = false;
	return told->settled ? larger(0, told->end - now) : -1;
}

/* The fraction moves by the share that the work since then had of all that was left before it: so it moves whenever something was
 * done, runs to 1 at an even pace when the estimate is right, and neither jumps nor stands still when the estimate changes. */
static void move_fraction(struct progress_model *model, double now, double since, double left)
{
	const struct step *step = &model->steps[model->running];

	if (step->work == PROGRESS_PARTS)
		model->credit += smaller(since, now - model->begun);
	if (left >= 0 && model->credit > 0)
		model->fraction += (1 - model->fraction) * model->credit / (model->credit + left);
	model->fraction = smaller(model->fraction, FRACTION_MAX);
	model->credit = 0;
}

struct progress_tale progress_model_tell(struct progress_model *model, double now)
{
	struct progress_tale tale = { .step_left = -1, .left = -1 };
	double since = now - model->told_at, left, later = later_left(model), whole;
	bool enough;

	model->told_at = now;
	if (model->running < 0) {
		bool all = model->count > 0;

		for (size_t i = 0; i < model->count; i++)
			all &= model->steps[i].ended;
		model->told.settled = false;
		model->fraction = all ? 1 : model->fraction;
		tale.fraction = model->fraction;
		return tale;
	}
	left = running_left(model, now);
	whole = left < 0 ? -1 : left + later;
	enough = has_shown_enough(model, now);
	tale.step_left = tell_end(&model->step_told, now, since, left, enough);
	tale.left = tell_end(&model->told, now, since, whole, enough && is_whole_sure(left, later));
	move_fraction(model, now, since, whole);
	tale.fraction = model->fraction;
	return tale;
}
