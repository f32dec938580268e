/* The estimate of the time that remains, driven by recorded runs (tests/data/progress: what was counted, once a second): how wrong it may
 * be once it is told, how far it may jump from one second to the next, and that per cent run forwards, evenly.
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
/* Nobody minds so many seconds. */
#define SLACK_S 15.0

static const char *const works[] = { [PROGRESS_CHECK] = "check", [PROGRESS_EXTRACT] = "extract", [PROGRESS_COMPARE] = "compare",
				     [PROGRESS_PARTS] = "parts" };

/* What was told in one second. */
struct sample {
	double time;
	char step[32];
	struct progress_tale tale;
};

struct run {
	struct progress_model *model;
	char names[STEPS_MAX][32];
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
			assert_int_equal(progress_model_add(run->model, (enum progress_work)i, bytes, files, seconds), run->count);
	strcpy(run->names[run->count++], name);
}

static void look(struct run *run, double now)
{
	struct sample *grown = reallocarray(run->samples, run->sample_count + 1, sizeof(*grown));

	assert_non_null(grown);
	run->samples = grown;
	grown[run->sample_count] = (struct sample){ .time = now, .tale = progress_model_tell(run->model, now) };
	strcpy(grown[run->sample_count++].step, run->names[run->running]);
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
	char line[256];

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

/* What a run's estimates were like. */
struct quality {
	double told;             /* share of the time of long steps in which the step's end was told */
	double step_error;       /* worst error of it, as a share of what remained (half a minute at least), beyond the slack */
	double error;            /* the same of the whole job's end */
	double jump;             /* furthest jump of the step's end within a second, as a share of what remained, beyond five seconds */
	double standstill;       /* longest time without a per cent more, as a share of the run */
};

static double beyond(double off, double slack, double rest)
{
	off = off < 0 ? -off : off;
	return off <= slack ? 0 : (off - slack) / (rest > 30 ? rest : 30);
}

static struct quality judge(const struct run *run)
{
	double end = run->samples[run->sample_count - 1].time, long_seconds = 0, told_seconds = 0, moved = 0;
	struct quality quality = { 0 };
	int percent = 0;

	for (size_t i = 1; i < run->sample_count; i++) {
		const struct sample *now = &run->samples[i], *before = &run->samples[i - 1];
		double span = now->time - before->time, step_end = run->ends[step_number(run, now->step)];
		bool same = !strcmp(now->step, before->step);

		assert_true(now->tale.fraction >= before->tale.fraction && now->tale.fraction <= 1);
		if (!strcmp(now->step, "extract") || !strcmp(now->step, "verify")) {
			long_seconds += span;
			told_seconds += now->tale.step_left >= 0 ? span : 0;
		}
		if (now->tale.step_left >= 0) {
			double error = beyond(now->tale.step_left - (step_end - now->time), SLACK_S, step_end - now->time);

			quality.step_error = error > quality.step_error ? error : quality.step_error;
		}
		if (now->tale.left >= 0) {
			double error = beyond(now->tale.left - (end - now->time), SLACK_S, end - now->time);

			quality.error = error > quality.error ? error : quality.error;
		}
		if (getenv("VERBOSE") && (int)now->time % 10 == 0 && span > 0)
			printf("%6.0f %-10s %5.1f%%  step %7.1f (%7.1f)  all %7.1f (%7.1f)\n", now->time, now->step, now->tale.fraction * 100,
			       now->tale.step_left, step_end - now->time, now->tale.left, end - now->time);
		if (same && now->tale.step_left >= 0 && before->tale.step_left >= 0) {
			double jump = beyond(now->tale.step_left + span - before->tale.step_left, 5, before->tale.step_left);

			quality.jump = jump > quality.jump ? jump : quality.jump;
		}
		if ((int)(now->tale.fraction * 100) > percent) {
			percent = (int)(now->tale.fraction * 100);
			moved = now->time;
		}
		quality.standstill = (now->time - moved) / end > quality.standstill ? (now->time - moved) / end : quality.standstill;
	}
	assert_true(run->samples[run->sample_count - 1].tale.fraction >= 1);
	quality.told = told_seconds / long_seconds;
	return quality;
}

static void is_within(const char *name, const char *what, double value, double limit)
{
	if (value > limit)
		fail_msg("%s: %s is %.3f, more than %.3f", name, what, value, limit);
}

static void test_recorded_runs(void **state)
{
	static const struct {
		const char *name;
		struct quality limits; /* told: at least */
	} runs[] = {
		{ "emulated", { 0.85, 0.6, 0.4, 0.02, 0.10 } },
		{ "disk", { 0.9, 0.3, 0.7, 0.02, 0.09 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(runs); i++) {
		CLEANUP(run_done) struct run run;
		struct quality quality;

		read_run(&run, runs[i].name);
		quality = judge(&run);
		if (getenv("VERBOSE"))
			printf("%s: told %.2f step error %.2f error %.2f jump %.3f standstill %.3f\n", runs[i].name, quality.told,
			       quality.step_error, quality.error, quality.jump, quality.standstill);
		is_within(runs[i].name, "the time without an estimate", 1 - quality.told, 1 - runs[i].limits.told);
		is_within(runs[i].name, "the error of a step's end", quality.step_error, runs[i].limits.step_error);
		is_within(runs[i].name, "the error of the end", quality.error, runs[i].limits.error);
		is_within(runs[i].name, "the jump", quality.jump, runs[i].limits.jump);
		is_within(runs[i].name, "the standstill", quality.standstill, runs[i].limits.standstill);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_recorded_runs) };

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
