/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The helpers everything stands on: escaping, numbers, running programs, progress, whole files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/digest.h"
#include "../../backend/core/file.h"
#include "../../backend/core/ops.h"
#include "../../backend/core/patient.h"
#include "../../backend/core/progress.h"
#include "../../backend/core/run.h"

static void escaping_keeps_every_byte(void **state)
{
	(void)state;
	for (int high = 1; high < 256; high++)
		for (int low = 1; low < 256; low++) {
			char bytes[] = { (char)high, (char)low, (char)0xe2, (char)high, 'x' };
			AUTO_FREE char *text = bytes_escape(bytes, sizeof(bytes));
			size_t length = 0;
			AUTO_FREE char *back = bytes_unescape(text, &length);
			json_t *string = json_string(text); /* refuses what is not UTF-8 */

			assert_non_null(back);
			assert_int_equal(length, sizeof(bytes));
			assert_memory_equal(back, bytes, length);
			assert_non_null(string);
			json_decref(string);
		}
}

static void escaping_is_readable(void **state)
{
	AUTO_FREE char *text = bytes_escape("a\nb%\xff \xc3\xa9", 8);

	(void)state;
	assert_string_equal(text, "a%0Ab%25%FF \xc3\xa9");
	free(text);
	/* U+009B begins a command to a terminal as ESC [ does; U+00A0 and what has such a byte in its middle do not. */
	text = bytes_escape("\xc2\x9b" "1m \xc2\xa0\xe2\x80\x99", 10);
	assert_string_equal(text, "%C2%9B1m \xc2\xa0\xe2\x80\x99");
	free(text);
	text = bytes_escape("\xe2\x80\xae" "gpj.exe\xe2\x80\x8b\xef\xbb\xbf\xf3\xa0\x80\x81\xf0\x9d\x84\x9e", 24);
	assert_string_equal(text, "%E2%80%AEgpj.exe%E2%80%8B%EF%BB%BF%F3%A0%80%81\xf0\x9d\x84\x9e");
	free(text);
	assert_true(text_is_plain("50 % of \xc3\xa9\xf0\x9d\x84\x9e"));
	assert_false(text_is_plain("a\nb") || text_is_plain("\xff") || text_is_plain("\xc2\x9b") || text_is_plain("\xe2\x81\xa6x"));
	text = text_bounded("abcdefgh", 8);
	assert_string_equal(text, "abcdefgh");
	free(text);
	text = text_bounded("b\xc3\xa9ginning of a name and its \xc3\xa9nd", 12);
	assert_string_equal(text, "b\xc3\xa9g ... nd");
	free(text);
	text = text_printable("/a%0A is 50 % of\t\xc2\x9b\xff");
	assert_string_equal(text, "/a%0A is 50 % of%09%C2%9B%FF");
	assert_null(bytes_unescape("%zz", NULL));
	assert_null(bytes_unescape("%0", NULL));
	assert_null(bytes_unescape("%00", NULL));
}

static void numbers_are_bounded(void **state)
{
	uint64_t u = 7;
	int64_t i = 7;

	(void)state;
	assert_true(parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
	assert_false(parse_u64("18446744073709551616", &u));
	assert_false(parse_u64("", &u));
	assert_false(parse_u64("1 ", &u));
	assert_true(parse_i64("-9223372036854775808", &i) && i == INT64_MIN);
	assert_false(parse_i64("9223372036854775808", &i));
	assert_false(parse_i64("-", &i));
}

static void digests_are_sha256(void **state)
{
	char hex[DIGEST_HEX];

	(void)state;
	assert_int_equal(digest_buffer("abc", 3, hex), 0); /* FIPS 180-4, example */
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void programs_run(void **state)
{
	CLEANUP(context_done) struct context ctx;
	AUTO_RUN_RESULT struct run_result result = { 0 };
	const char *const argv[] = { "tr", "a-z", "A-Z", NULL };

	(void)state;
	context_init(&ctx);
	assert_int_equal(run_program(&ctx, &(struct run){ .argv = argv, .input = "abc", .input_length = 3 }, &result), 0);
	assert_string_equal(result.output, "ABC");
}

static void failures_are_told(void **state)
{
	CLEANUP(context_done) struct context ctx;

	(void)state;
	context_init(&ctx);
	assert_int_equal(run_simple(&ctx, "sh", "-c", "echo first >&2; echo the disk is gone >&2; exit 7", NULL), -EIO);
	assert_non_null(strstr(context_detail(&ctx), "exit status 7: the disk is gone"));
	context_clear(&ctx);
	assert_int_equal(run_simple(&ctx, "sh", "-c", "echo cpio: No space left on device >&2; echo it failed >&2; exit 1", NULL), -EIO);
	assert_non_null(strstr(context_detail(&ctx), "exit status 1: cpio: No space left on device"));
	context_clear(&ctx);
	assert_int_equal(run_simple(&ctx, "there-is-no-such-program", NULL), -ENOENT);
	assert_non_null(strstr(context_detail(&ctx), "could not be started"));
	context_clear(&ctx);
	assert_int_equal(run_simple(&ctx, "sh", "-c", "kill -9 $$", NULL), -EIO);
	assert_non_null(strstr(context_detail(&ctx), "signal 9"));
	context_clear(&ctx);
	assert_int_equal(run_simple(&ctx, "sh", "-c", "exit 127", NULL), -EIO);
}

static void deadlines_kill_the_whole_group(void **state)
{
	CLEANUP(context_done) struct context ctx;
	const char *const argv[] = { "sh", "-c", "sleep 100 | sleep 100", NULL };
	time_t start = time(NULL);

	(void)state;
	context_init(&ctx);
	assert_int_equal(run_program(&ctx, &(struct run){ .argv = argv, .deadline_s = 1 }, NULL), -ETIMEDOUT);
	assert_true(time(NULL) - start < 20);
}

static void daemons_do_not_hold_us(void **state)
{
	CLEANUP(context_done) struct context ctx;
	time_t start = time(NULL);

	(void)state;
	context_init(&ctx);
	assert_int_equal(run_simple(&ctx, "sh", "-c", "sleep 30 & exit 0", NULL), 0);
	assert_true(time(NULL) - start < 20);
}

static void count_lines(void *data, const char *line)
{
	if (!strcmp(line, "line"))
		++*(int *)data;
}

static void lines_come_whole(void **state)
{
	CLEANUP(context_done) struct context ctx;
	const char *const argv[] = { "sh", "-c", "yes line | head -n 20000; printf line", NULL };
	int lines = 0;

	(void)state;
	context_init(&ctx);
	assert_int_equal(run_program(&ctx, &(struct run){ .argv = argv, .line = count_lines, .line_data = &lines }, NULL), 0);
	assert_int_equal(lines, 20001);
}

static void dry_runs_touch_nothing(void **state)
{
	CLEANUP(context_done) struct context ctx;

	(void)state;
	context_init(&ctx);
	ctx.ops = &ops_dry;
	assert_int_equal(run_simple(&ctx, "sh", "-c", "exit 1", NULL), 0);
	assert_int_equal(ops_of(&ctx)->mount(&ctx, "/dev/null", "/nowhere", "ext4", 0, NULL), 0);
}

static void the_first_detail_is_kept(void **state)
{
	CLEANUP(context_done) struct context ctx;

	(void)state;
	context_init(&ctx);
	assert_int_equal(context_fail(&ctx, ENOSPC, "first %d", 1), -ENOSPC);
	assert_int_equal(context_fail(&ctx, EIO, "second"), -EIO);
	assert_string_equal(context_detail(&ctx), "first 1");
	context_clear(&ctx);
	assert_string_equal(context_detail(&ctx), "");
}

/* What an attempt says is heard in its scope only, and what was kept before is there again. */
static void a_scope_puts_back_what_was_there(void **state)
{
	CLEANUP(context_done) struct context ctx;
	struct error_scope outer, inner;

	(void)state;
	context_init(&ctx);
	context_fail(&ctx, ENOSPC, "first");
	outer = context_scope_begin(&ctx);
	assert_string_equal(context_detail(&ctx), "");
	context_fail(&ctx, EIO, "attempt");
	inner = context_scope_begin(&ctx);
	context_fail(&ctx, EIO, "attempt within it");
	assert_string_equal(context_detail(&ctx), "attempt within it");
	context_scope_end(&inner);
	assert_string_equal(context_detail(&ctx), "attempt");
	context_scope_end(&outer);
	context_scope_end(&outer);
	assert_string_equal(context_detail(&ctx), "first");
	assert_int_equal(ctx.error, ENOSPC);
	assert_int_equal(ctx.worst, SEVERITY_ERROR);
	/* An error that was kept before wins over one that is to be kept; else that is. */
	outer = context_scope_begin(&ctx);
	assert_int_equal(context_scope_keep(&outer, context_fail(&ctx, EIO, "second")), -EIO);
	assert_string_equal(context_detail(&ctx), "first");
	context_clear(&ctx);
	outer = context_scope_begin(&ctx);
	assert_int_equal(context_scope_keep(&outer, context_oom(&ctx)), -ENOMEM);
	assert_string_equal(context_detail(&ctx), "Out of memory");
}

static void a_sentence_is_told_with_more_around_it(void **state)
{
	CLEANUP(context_done) struct context ctx;

	(void)state;
	context_init(&ctx);
	context_fail(&ctx, EIO, "the disk is gone");
	assert_int_equal(context_reword(&ctx, ESTALE, "Step 2: %s. Do 3", context_detail(&ctx)), -ESTALE);
	assert_string_equal(context_detail(&ctx), "Step 2: the disk is gone. Do 3");
	assert_int_equal(ctx.error, ESTALE);
}

static void listen_progress(void *data, json_t *event)
{
	double *last = data, now = json_real_value(json_object_get(event, "fraction"));

	assert_true(now >= *last);
	*last = now;
}

static void progress_never_runs_backwards(void **state)
{
	CLEANUP(context_done) struct context ctx;
	double last = 0;

	(void)state;
	context_init(&ctx);
	ctx.listener = listen_progress;
	ctx.listener_data = &last;
	ctx.progress = progress_new();
	progress_plan(ctx.progress, "one", "One", PROGRESS_COPY, 100, 0);
	progress_plan(ctx.progress, "two", "Two", PROGRESS_COPY, 300, 0);
	progress_begin(&ctx, "one", 10, 0);
	progress_add(&ctx, 20, 1);
	assert_true(progress_fraction(ctx.progress) < 1);
	progress_end(&ctx);
	assert_true(progress_fraction(ctx.progress) < 1);
	progress_begin(&ctx, "two", 10, 0);
	progress_add(&ctx, 5, 1);
	progress_begin(&ctx, "one", 10, 0); /* done again: the whole must not shrink */
	progress_rebase(&ctx, 2, 0);
	assert_true(progress_fraction(ctx.progress) < 1);
	progress_begin(&ctx, "two", 10, 0);
	progress_end(&ctx);
	progress_begin(&ctx, "one", 0, 0);
	progress_end(&ctx);
	assert_true(progress_fraction(ctx.progress) > 0.999 && last > 0.999);
	progress_free(ctx.progress);
}

struct told {
	atomic_int count;
	_Atomic double elapsed;
	_Atomic bool stalled;
};

static void listen_told(void *data, json_t *event)
{
	struct told *told = data;

	atomic_fetch_add(&told->count, 1);
	atomic_store(&told->elapsed, json_real_value(json_object_get(event, "elapsed")));
	if (!strcmp(json_string_value(json_object_get(event, "stall")), "read"))
		atomic_store(&told->stalled, true);
}

/* A medium that does not deliver lets nobody call; the clock must continue all the same, and the side must be named. */
static void progress_is_told_while_nothing_moves(void **state)
{
	CLEANUP(context_done) struct context ctx;
	struct told told = { 0 };
	struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };

	(void)state;
	context_init(&ctx);
	ctx.listener = listen_told;
	ctx.listener_data = &told;
	ctx.progress = progress_new();
	progress_plan(ctx.progress, "one", "One", PROGRESS_COPY, 100, 0);
	assert_int_equal(progress_keep_telling(ctx.progress, &ctx), 0);
	progress_begin(&ctx, "one", 10, 0);
	progress_waits(&ctx, PROGRESS_READ);
	for (int i = 0; i < 1500 && !atomic_load(&told.stalled); i++)
		nanosleep(&tick, NULL);
	assert_true(atomic_load(&told.stalled));
	assert_true(atomic_load(&told.count) >= 3 && atomic_load(&told.elapsed) >= 2);
	progress_end(&ctx);
	progress_free(ctx.progress);
}

static void listen_item(void *data, json_t *event)
{
	char **item = data;

	free(*item);
	*item = strdup(json_string_value(json_object_get(event, "item")));
}

/* What takes minutes must not be the one item in many that is dropped. */
static void progress_tells_tasks_at_once(void **state)
{
	CLEANUP(context_done) struct context ctx;
	AUTO_FREE char *item = NULL;

	(void)state;
	context_init(&ctx);
	ctx.listener = listen_item;
	ctx.listener_data = &item;
	progress_task(&ctx, "nobody counts"); /* does nothing */
	assert_null(item);
	ctx.progress = progress_new();
	progress_begin(&ctx, "boot", 0, 0);
	progress_task(&ctx, "Making the initramfs");
	assert_string_equal(item, "Making the initramfs");
	progress_task(&ctx, "Installing GRUB");
	assert_string_equal(item, "Installing GRUB");
	progress_end(&ctx);
	progress_free(ctx.progress);
}

/* A call that waits for a pipe, and says when it was released. */
struct silent {
	int wanted[2], released[2];
	bool returned;
};

static void wait_for_pipe(void *data)
{
	struct silent *silent = data;
	char byte;

	silent->returned = read(silent->wanted[0], &byte, 1) == 1;
}

static void say_released(void *data)
{
	struct silent *silent = data;

	assert_int_equal(write(silent->released[1], "r", 1), 1);
}

static void calls_that_do_not_return_are_given_up(void **state)
{
	struct silent silent = { 0 };
	struct context ctx;
	char byte;

	(void)state;
	context_init(&ctx);
	assert_int_equal(pipe2(silent.wanted, O_CLOEXEC), 0);
	assert_int_equal(pipe2(silent.released, O_CLOEXEC), 0);
	assert_int_equal(write(silent.wanted[1], "x", 1), 1);
	assert_int_equal(patient_call(&ctx, 0, wait_for_pipe, say_released, &silent), 0);
	assert_true(silent.returned);
	assert_int_equal(patient_call(&ctx, 0.1, wait_for_pipe, say_released, &silent), -ETIMEDOUT);
	assert_int_equal(write(silent.wanted[1], "x", 1), 1);
	assert_int_equal(read(silent.released[0], &byte, 1), 1);
	context_cancel(&ctx);
	assert_int_equal(patient_call(&ctx, 0, wait_for_pipe, say_released, &silent), -ECANCELED);
	assert_int_equal(write(silent.wanted[1], "x", 1), 1);
	assert_int_equal(read(silent.released[0], &byte, 1), 1);
	context_done(&ctx);
	for (int i = 0; i < 2; i++) {
		close(silent.wanted[i]);
		close(silent.released[i]);
	}
}

static void files_are_replaced_whole(void **state)
{
	char directory[] = "/tmp/test-core-XXXXXX";
	AUTO_FREE char *path = NULL, *text = NULL;
	size_t length = 0;

	(void)state;
	assert_non_null(mkdtemp(directory));
	path = text_format("%s/file", directory);
	assert_int_equal(file_replace(AT_FDCWD, path, "one", 3, 0644), 0);
	assert_int_equal(file_replace(AT_FDCWD, path, "second", 6, 0600), 0);
	assert_int_equal(file_read(AT_FDCWD, path, 100, &text, &length), 0);
	assert_string_equal(text, "second");
	assert_int_equal(length, 6);
	free(TAKE_POINTER(text));
	assert_int_equal(file_read(AT_FDCWD, path, 5, &text, &length), -EFBIG);
	unlink(path);
	assert_int_equal(rmdir(directory), 0); /* nothing left beside it */
}

/* In a foreign tree anything may stand where a file is looked for. */
static void fifos_are_not_waited_for(void **state)
{
	char path[] = "/tmp/lifeboat-test-XXXXXX";
	AUTO_FREE char *fifo = NULL, *text = NULL;
	size_t length = 1;

	(void)state;
	assert_non_null(mkdtemp(path));
	fifo = text_format("%s/fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_read(AT_FDCWD, fifo, 100, &text, &length), 0);
	assert_int_equal(length, 0);
	unlink(fifo);
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escaping_keeps_every_byte),
		cmocka_unit_test(escaping_is_readable),
		cmocka_unit_test(numbers_are_bounded),
		cmocka_unit_test(digests_are_sha256),
		cmocka_unit_test(programs_run),
		cmocka_unit_test(failures_are_told),
		cmocka_unit_test(deadlines_kill_the_whole_group),
		cmocka_unit_test(daemons_do_not_hold_us),
		cmocka_unit_test(lines_come_whole),
		cmocka_unit_test(dry_runs_touch_nothing),
		cmocka_unit_test(the_first_detail_is_kept),
		cmocka_unit_test(a_scope_puts_back_what_was_there),
		cmocka_unit_test(a_sentence_is_told_with_more_around_it),
		cmocka_unit_test(progress_never_runs_backwards),
		cmocka_unit_test(progress_is_told_while_nothing_moves),
		cmocka_unit_test(progress_tells_tasks_at_once),
		cmocka_unit_test(calls_that_do_not_return_are_given_up),
		cmocka_unit_test(files_are_replaced_whole),
		cmocka_unit_test(fifos_are_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
