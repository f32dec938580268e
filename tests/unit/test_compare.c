/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comparison of a tree with its set: each kind of difference, what is expected, what is beyond the set. */
#include "restore_fixture.h"

#include "../../backend/session/content_check.h"

static void note(void *data, const struct difference *difference)
{
	static const char marks[] = { [DIFFERENCE_MISSING] = '-', [DIFFERENCE_EXTRA] = '+', [DIFFERENCE_CHANGED] = '!' };
	AUTO_FREE char *line = text_format("%c%s %s;", marks[difference->kind], difference->path, difference->what);

	assert_int_equal(buffer_append(data, line, strlen(line)), 0);
}

/* Compares the captured tree itself. */
static void assert_differences(struct fixture *f, struct compare_options *options, const char *expected)
{
	AUTO_BUFFER struct buffer got = { 0 };
	AUTO_CLOSE int fd = open(f->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct compare_result result;

	options->workers = 1;
	options->found = note;
	options->found_data = &got;
	assert_int_equal(compare_tree(&f->ctx, f->set, fd, options, &result), 0);
	assert_string_equal(got.data ? got.data : "", expected);
	assert_int_equal(result.differences > 0, *expected != '\0');
}

static void keep_time(struct fixture *f, const char *name, const struct stat *status)
{
	AUTO_FREE char *path = below(f->source, name);
	struct timespec times[2] = { status->st_atim, status->st_mtim };

	assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static struct stat status_of(struct fixture *f, const char *name)
{
	AUTO_FREE char *path = below(f->source, name);
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status;
}

static void test_equal(void **state)
{
	assert_differences(*state, &(struct compare_options){ .extra = true }, "");
}

static void test_one_byte(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = below(f->source, "large");
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat before = status_of(f, "large");

	assert_int_equal(pwrite(fd, "\xff", 1, 2 << 20), 1);
	keep_time(f, "large", &before);
	assert_differences(f, &(struct compare_options){ 0 }, "!large content;");
}

static void test_several_of_one(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = below(f->source, "directory/inner/empty");

	make_file(f->top, "other", "12", 2);
	assert_int_equal(truncate(path, 1), 0);
	assert_int_equal(chmod(path, 0600), 0);
	keep_time(f, "directory/inner/empty", &(struct stat){ .st_mtim = { .tv_sec = 5 } });
	assert_differences(f, &(struct compare_options){ 0 }, "!directory/inner/empty mode, mtime, size;");
}

static void test_missing_and_type(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *inner = below(f->source, "directory/inner"), *empty = below(f->source, "directory/inner/empty");
	struct stat before = status_of(f, "directory");

	assert_int_equal(unlink(empty), 0);
	assert_int_equal(rmdir(inner), 0);
	make_file(f->source, "directory/inner", "", 0);
	keep_time(f, "directory", &before);
	assert_differences(f, &(struct compare_options){ 0 }, "!directory/inner type;-directory/inner/empty ;");
}

static void test_hard_link(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *again = below(f->source, "again"), *copy = below(f->source, "copy");
	struct stat before = status_of(f, "again"), top = status_of(f, ".");

	/* The first name and the further one swap roles with the order of the walk: the copy differs from neither in itself. */
	make_file(f->source, "copy", "content\n", 8);
	assert_int_equal(rename(copy, again), 0);
	keep_time(f, "again", &before);
	keep_time(f, ".", &top);
	AUTO_BUFFER struct buffer got = { 0 };
	struct compare_options options = { .workers = 1, .found = note, .found_data = &got };
	AUTO_CLOSE int fd = open(f->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct compare_result result;

	assert_int_equal(compare_tree(&f->ctx, f->set, fd, &options, &result), 0);
	assert_int_equal(result.differences, 1);
	assert_non_null(strstr(got.data, "hard link;"));
}

static void test_expected_is_passed_over(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *fifo = below(f->source, "fifo"), *large = below(f->source, "large");
	char *const expected[] = { "large", NULL };

	assert_int_equal(chmod(fifo, 0600), 0);
	assert_int_equal(chmod(large, 0600), 0);
	assert_differences(f, &(struct compare_options){ .expected = expected }, "!fifo mode;");
}

static void test_extra(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *more = below(f->source, "directory/more");
	struct stat before = status_of(f, "directory");
	char *const paths[] = { "directory", NULL }, *const other[] = { "large", NULL };

	assert_int_equal(mkdir(more, 0700), 0);
	make_file(more, "below", "x", 1);
	keep_time(f, "directory", &before);
	assert_differences(f, &(struct compare_options){ 0 }, "");
	assert_differences(f, &(struct compare_options){ .extra = true }, "+directory/more ;");
	assert_differences(f, &(struct compare_options){ .extra = true, .paths = paths }, "+directory/more ;");
	assert_differences(f, &(struct compare_options){ .extra = true, .paths = other }, "");
}

static void test_holes(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = below(f->source, "sparse"), *zeros = calloc(1, 1 << 20);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat before = status_of(f, "sparse");

	if (before.st_blocks * 512 >= before.st_size)
		skip(); /* no holes on the filesystem of /tmp */
	assert_int_equal(pwrite(fd, zeros, (1 << 20) - 5, 5), (1 << 20) - 5);
	keep_time(f, "sparse", &before);
	assert_differences(f, &(struct compare_options){ 0 }, "!sparse holes;");
}

static void test_no_symlink_is_followed(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *directory = below(f->source, "directory"), *moved = below(f->top, "moved");
	struct stat top = status_of(f, ".");

	assert_int_equal(rename(directory, moved), 0);
	assert_int_equal(symlink(moved, directory), 0);
	keep_time(f, ".", &top);
	AUTO_BUFFER struct buffer got = { 0 };
	struct compare_options options = { .workers = 1, .extra = true, .found = note, .found_data = &got };
	AUTO_CLOSE int fd = open(f->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct compare_result result;

	assert_int_equal(compare_tree(&f->ctx, f->set, fd, &options, &result), 0);
	assert_non_null(strstr(got.data, "!directory type;"));
	assert_non_null(strstr(got.data, "-directory/file ;"));
	assert_non_null(strstr(got.data, "-directory/inner/empty ;"));
}

static void test_paths(void **state)
{
	struct fixture *f = *state;
	char *const paths[] = { "/fifo", NULL }, *const unknown[] = { "nowhere", NULL };
	AUTO_FREE char *fifo = below(f->source, "fifo"), *large = below(f->source, "large");
	AUTO_CLOSE int fd = open(f->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct compare_result result;

	assert_int_equal(chmod(fifo, 0600), 0);
	assert_int_equal(chmod(large, 0600), 0);
	assert_differences(f, &(struct compare_options){ .paths = paths }, "!fifo mode;");
	assert_int_equal(compare_tree(&f->ctx, f->set, fd, &(struct compare_options){ .paths = unknown }, &result), -ENOENT);
}

static void change_byte(struct fixture *f, const char *name, off_t at)
{
	AUTO_FREE char *path = below(f->source, name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat before = status_of(f, name);

	assert_int_equal(pwrite(fd, "\xfe", 1, at), 1);
	keep_time(f, name, &before);
}

/* Contents first, all else when other programs have had their time with the tree: each path is told once, with all that differs. */
static void test_contents_apart(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *sparse = below(f->source, "sparse"), *fifo = below(f->source, "fifo"), *file = below(f->source, "directory/file");
	AUTO_FREE char *empty = below(f->source, "directory/inner/empty");
	char *meant[] = { (char *)"directory/inner/empty", (char *)"directory/inner", NULL };
	AUTO_BUFFER struct buffer got = { 0 };
	struct compare_options options = { .expected = meant, .found = note, .found_data = &got, .workers = 1 };
	AUTO_CLOSE int fd = open(f->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct content_check *check;
	struct compare_result result;

	change_byte(f, "large", 2 << 20);
	change_byte(f, "sparse", 1);
	assert_int_equal(chmod(sparse, 0600), 0);
	change_byte(f, "directory/file", 0);
	assert_int_equal(content_check_new(&f->ctx, f->set, fcntl(fd, F_DUPFD_CLOEXEC, 0), NULL, &check), 0);
	assert_false(content_check_runs(check));
	content_check_start(check);
	content_check_start(check);
	assert_true(content_check_runs(check));
	/* Contents are known when the first call has waited for them. */
	assert_int_equal(content_check_finish(&f->ctx, check, fd, &options, &result), 0);
	assert_string_equal(got.data, "!sparse content, mode;!again content;!large content;");
	assert_int_equal(result.differences, 3);
	/* What changes afterwards is seen in all but contents. */
	got.length = 0;
	assert_int_equal(unlink(fifo), 0);
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(truncate(empty, 5), 0);
	assert_int_equal(content_check_finish(&f->ctx, check, fd, &options, &result), 0);
	assert_non_null(strstr(got.data, "-fifo ;"));
	assert_non_null(strstr(got.data, "!again content, mode;"));
	assert_null(strstr(got.data, "empty"));
	content_check_free(check);
	content_check_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_equal, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_one_byte, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_contents_apart, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_several_of_one, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_missing_and_type, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_hard_link, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_expected_is_passed_over, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_extra, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_holes, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_no_symlink_is_followed, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_paths, restore_setup, restore_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
