/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The estimate of the time that remains, driven by recordings of real restores (tests/data/progress: what the engine counted, about once
 * a second; the first line says where). How wrong it may be once it is told, how far it may jump from one second to the next, and that
 * per cent run forwards, evenly. The seconds in "plan" and "expect" lines are the engine's own tables as they stand, not the machine's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/progress_model.h"

#define STEPS_MAX 16

static const char *const works[] = { [PROGRESS_CHECK] = "check", [PROGRESS_EXTRACT] = "extract", [PROGRESS_COMPARE] = "compare",
				     [PROGRESS_PARTS] = "parts" };

/* What was told in one second. */
struct sample {
	double time;
	size_t step;
	struct progress_tale tale;
};

struct run {
	struct progress_model *model;
	char names[STEPS_MAX][32];
	enum progress_work works[STEPS_MAX];
	double ends[STEPS_MAX];  /* when each step ended */
	uint64_t bytes, files;   /* of the running step, to do */
	size_t count, running;
	struct sample *samples;
	size_t sample_count;
};

static size_t step_number(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->count; i++)
		if (!strcmp(run->names[i], name))
			return i;
	fail_msg("no step %s", name);
	return 0;
}

static void plan(struct run *run, const char *line)
{
	char name[32], work[32];
	unsigned long long bytes, files;
	double seconds;

	assert_int_equal(sscanf(line, "plan %31s %31s %llu %llu %lf", name, work, &bytes, &files, &seconds), 5);
	for (size_t i = 0; i < ARRAY_LENGTH(works); i++)
		if (works[i] && !strcmp(works[i], work))
			run->works[run->count] = (enum progress_work)i;
	assert_int_equal(progress_model_add(run->model, run->works[run->count], bytes, files, seconds), run->count);
	strcpy(run->names[run->count++], name);
}

static void look(struct run *run, double now)
{
	struct sample *grown = reallocarray(run->samples, run->sample_count + 1, sizeof(*grown));

	assert_non_null(grown);
	run->samples = grown;
	grown[run->sample_count] = (struct sample){ now, run->running, progress_model_tell(run->model, now) };
	run->sample_count++;
}

static void take(struct run *run, const char *line)
{
	char what[32], name[32] = "";
	unsigned long long bytes = 0, files = 0;
	double now, seconds = 0;

	assert_true(sscanf(line, "%lf %31s", &now, what) == 2);
	if (!strcmp(what, "begin")) {
		assert_int_equal(sscanf(line, "%*f %*s %31s %llu %llu", name, &bytes, &files), 3);
		run->bytes = bytes;
		run->files = files;
		run->running = step_number(run, name);
		progress_model_begin(run->model, now, run->running, bytes, files);
	} else if (!strcmp(what, "expect")) {
		assert_int_equal(sscanf(line, "%*f %*s %31s %lf", name, &seconds), 2);
		assert_int_equal(progress_model_expect(run->model, name, seconds), 0);
	} else if (!strcmp(what, "part")) {
		assert_int_equal(sscanf(line, "%*f %*s %31s", name), 1);
		progress_model_part(run->model, now, name);
	} else if (!strcmp(what, "see") || !strcmp(what, "rebase")) {
		assert_int_equal(sscanf(line, "%*f %*s %llu %llu", &bytes, &files), 2);
		if (!strcmp(what, "see"))
			progress_model_see(run->model, now, bytes, files, run->bytes, run->files);
		else
			progress_model_rebase(run->model, now, bytes, files);
	} else if (!strcmp(what, "end")) {
		run->ends[run->running] = now;
		progress_model_end(run->model, now);
	}
	look(run, now);
}

static void read_run(struct run *run, const char *name)
{
	AUTO_FREE char *path = text_format("tests/data/progress/%s", name);
	FILE *file = fopen(path, "re");
	char line[512];

	*run = (struct run){ .model = progress_model_new() };
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "plan", 4))
			plan(run, line);
		else if (line[0] != '#')
			take(run, line);
	}
	fclose(file);
}

static void run_done(struct run *run)
{
	progress_model_free(run->model);
	free(run->samples);
}

/* What an operator accepts, of every run. A remaining time is wrong only when it is off by more than SLACK_S and by more than a factor of
 * FACTOR: the first is what nobody minds near the end, the second what still tells whether to stay or to come back later. */
#define SLACK_S 20.0
#define FACTOR 2.0
/* Per cent that stand longer than this share of the run look like a machine that hangs; nobody minds less than STAND_S. */
#define STANDSTILL 0.10
#define STAND_S 10.0
/* Per cent that leap look as if something was skipped. */
#define LEAP 0.15
/* A remaining time that jumps by more than this share of itself (and LEAP_S) within a second is not believed any more. */
#define TIME_LEAP 0.15
#define LEAP_S 5.0
/* Of what a long step takes, this share at least has a remaining time: one that is never told is never wrong. */
#define TOLD 0.80
#define LONG_S 20.0

struct quality {
	double told;             /* the smallest share of a long step in which the step's end was told */
	double step_factor;      /* the furthest that a step's remaining time was off, where it was off by more than the slack */
	double factor;           /* the same of the whole job's */
	double time_leap;        /* furthest jump of the step's end within a second, as a share of what remained, beyond LEAP_S */
	double leap;             /* furthest jump of the whole's share within a second, beyond an even pace */
	double standstill;       /* longest time without a per cent more, as a share of the run; 0 below STAND_S */
};

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double off_by(double told, double rest)
{
	double low = told < rest ? told : rest, high = larger(told, rest);

	if (told < 0 || high - low <= SLACK_S)
		return 1;
	return high / larger(low, 1);
}

/* The smallest share of a long step's time in which its end was told. */
static double share_told(const struct run *run)
{
	double told[STEPS_MAX] = { 0 }, all[STEPS_MAX] = { 0 }, least = 1;

	for (size_t i = 1; i < run->sample_count; i++) {
		double span = run->samples[i].time - run->samples[i - 1].time;

		all[run->samples[i].step] += span;
		told[run->samples[i].step] += run->samples[i].tale.step_left >= 0 ? span : 0;
	}
	for (size_t i = 0; i < run->count; i++)
		if (run->works[i] != PROGRESS_PARTS && all[i] >= LONG_S && told[i] / all[i] < least)
			least = told[i] / all[i];
	return least;
}

static void show(const struct run *run, const struct sample *now, double end)
{
	printf("%6.1f %-10s %5.1f%%  step %7.1f (%7.1f)  all %7.1f (%7.1f)\n", now->time, run->names[now->step], now->tale.fraction * 100,
	       now->tale.step_left, run->ends[now->step] - now->time, now->tale.left, end - now->time);
}

static void judge_pair(const struct sample *before, const struct sample *now, struct quality *quality)
{
	double span = now->time - before->time, seconds = larger(span, 1), off;

	assert_true(now->tale.fraction >= before->tale.fraction && now->tale.fraction <= 1);
	if (now->step != before->step || now->tale.step_left < 0 || before->tale.step_left < 0)
		return;
	off = now->tale.step_left + span - before->tale.step_left;
	off = larger(0, (off < 0 ? -off : off) - LEAP_S * seconds) / seconds;
	quality->time_leap = larger(quality->time_leap, off / larger(before->tale.step_left, 30));
}

/* How far the whole's share jumped in the second before the sample NUMBER, beyond the even pace of a run of END seconds. */
static double leap_to(const struct run *run, size_t number, double end)
{
	const struct sample *now = &run->samples[number], *before = now - 1;

	while (before > run->samples && now->time - before[-1].time <= 1)
		before--;
	return (now->tale.fraction - before->tale.fraction) / larger(now->time - before->time, 1) - 1 / end;
}

static struct quality judge(const struct run *run)
{
	double end = run->samples[run->sample_count - 1].time, moved = run->samples[0].time;
	struct quality quality = { .told = share_told(run), .step_factor = 1, .factor = 1 };
	int percent = 0;

	for (size_t i = 1; i < run->sample_count; i++) {
		const struct sample *now = &run->samples[i];

		if (getenv("VERBOSE"))
			show(run, now, end);
		judge_pair(&run->samples[i - 1], now, &quality);
		quality.leap = larger(quality.leap, leap_to(run, i, end));
		quality.step_factor = larger(quality.step_factor, off_by(now->tale.step_left, run->ends[now->step] - now->time));
		quality.factor = larger(quality.factor, off_by(now->tale.left, end - now->time));
		if (now->time - moved > STAND_S)
			quality.standstill = larger(quality.standstill, (now->time - moved) / end);
		if ((int)(now->tale.fraction * 100) > percent) {
			percent = (int)(now->tale.fraction * 100);
			moved = now->time;
		}
	}
	assert_true(run->samples[run->sample_count - 1].tale.fraction >= 1);
	return quality;
}

static void is_within(const char *name, const char *what, double value, double limit)
{
	if (getenv("VERBOSE"))
		printf("%s: %s %.2f (at most %.2f)\n", name, what, value, limit);
	if (value > limit)
		fail_msg("%s: %s is %.3f, more than %.3f", name, what, value, limit);
}

struct recording {
	const char *name;
	double factor;
};

static void test_run(void **state)
{
	const struct recording *recording = *state;
	const char *name = recording->name;
	CLEANUP(run_done) struct run run;
	struct quality quality;

	read_run(&run, name);
	quality = judge(&run);
	is_within(name, "the share of time without an estimate", 1 - quality.told, 1 - TOLD);
	is_within(name, "the factor by which a step's end is wrong", quality.step_factor, recording->factor);
	is_within(name, "the factor by which the end is wrong", quality.factor, recording->factor);
	is_within(name, "the jump of a remaining time", quality.time_leap, TIME_LEAP);
	is_within(name, "the jump of per cent", quality.leap, LEAP);
	is_within(name, "the standstill of per cent", quality.standstill, STANDSTILL);
}

int main(void)
{
	/* In the first, other work on the host ended while the guest verified, and what was left took a third of the time it would have
	 * taken: no estimate can know that beforehand. */
	struct recording emulated = { "emulated", 2.6 }, disk = { "disk", FACTOR }, slow_disk = { "slow-disk", FACTOR };
	const struct CMUnitTest tests[] = {
		{ "emulated", test_run, NULL, NULL, &emulated },
		{ "disk", test_run, NULL, NULL, &disk },
		{ "slow-disk", test_run, NULL, NULL, &slow_disk },
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
