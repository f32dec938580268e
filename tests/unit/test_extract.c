/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extraction and its parts: the way into a tree, sets of paths, pieces, selection; whole small sets onto an empty directory. */
#include "restore_fixture.h"

#include "../../backend/core/pathset.h"
#include "../../backend/restore/selection.h"
#include "../../backend/restore/splits.h"
#include "../../backend/restore/tree.h"

static void test_tree_stays_inside(void **state)
{
	struct fixture *f = *state;
	struct filesystems filesystems;
	struct tree *tree;
	const char *name;

	assert_int_equal(extract_plainly(f), 0);
	assert_int_equal(mkdirat(f->target_fd, "real", 0700), 0);
	assert_int_equal(symlinkat("real", f->target_fd, "way"), 0);
	filesystems_init(&filesystems);
	tree = tree_new(f->target_fd, &filesystems);
	assert_non_null(tree_open(tree, "."));
	assert_non_null(tree_open(tree, "directory/inner"));
	assert_non_null(tree_parent(tree, "directory/inner/empty", &name));
	assert_string_equal(name, "empty");
	assert_non_null(tree_parent(tree, "top", &name));
	assert_string_equal(name, "top");
	for (size_t i = 0; i < 2; i++) {
		static const char *const refused[] = { "way", "way/in", "directory/file" };
		static const char *const malformed[] = { "..", "../x", "directory/../x", "/etc", "", "directory//inner", "directory/.", "./x" };

		for (size_t k = 0; k < ARRAY_LENGTH(refused); k++) {
			assert_null(tree_open(tree, refused[k]));
			assert_true(errno == ENOTDIR || errno == ELOOP);
		}
		for (size_t k = 0; k < ARRAY_LENGTH(malformed); k++) {
			assert_null(tree_open(tree, malformed[k]));
			assert_int_equal(errno, EINVAL);
		}
		assert_null(tree_parent(tree, "directory/..", &name));
		assert_null(tree_parent(tree, "/etc", &name));
		/* Once more with nothing kept. */
		tree_forget(tree);
	}
	tree_free(tree);
	assert_int_equal(filesystems.count, 1);
	filesystems_done(&filesystems);
}

/* Deeper than the cache is large, and longer than PATH_MAX. */
static void test_tree_goes_deep(void **state)
{
	struct fixture *f = *state;
	AUTO_BUFFER struct buffer path = { 0 };
	char step[201];
	struct filesystems filesystems;
	struct tree *tree;

	memset(step, 'd', sizeof(step) - 1);
	step[200] = '\0';
	filesystems_init(&filesystems);
	tree = tree_new(f->target_fd, &filesystems);
	for (int i = 0; i < 50; i++) {
		const struct tree_directory *parent;
		const char *name;

		assert_int_equal(i ? buffer_append(&path, "/", 1) : 0, 0);
		assert_int_equal(buffer_append(&path, step, 200), 0);
		parent = tree_parent(tree, path.data, &name);
		assert_non_null(parent);
		assert_int_equal(mkdirat(parent->fd, name, 0700), 0);
	}
	assert_non_null(tree_open(tree, path.data));
	path.data[200] = '\0';
	assert_non_null(tree_open(tree, path.data));
	path.data[200] = '/';
	tree_forget(tree);
	assert_non_null(tree_open(tree, path.data));
	tree_free(tree);
	filesystems_done(&filesystems);
}

static void test_pathset(void **state)
{
	struct pathset set = { 0 };
	struct path_key key;

	(void)state;
	path_key_init(&key);
	assert_false(pathset_contains(&set, path_hash(&key, "x", 1)));
	for (unsigned i = 0; i < 10000; i++)
		for (int twice = 0; twice < 2; twice++)
			assert_int_equal(pathset_add(&set, path_hash(&key, (const char *)&i, sizeof(i))), 0);
	assert_int_equal(set.count, 10000);
	for (unsigned i = 0; i < 20000; i++)
		assert_int_equal(pathset_contains(&set, path_hash(&key, (const char *)&i, sizeof(i))), i < 10000);
	pathset_done(&set);
}

/* The reference's own vector: key 00 01 ... 0f, input 00 01 ... 0e. */
static void test_path_hash_is_siphash(void **state)
{
	struct path_key key = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
	char input[15];

	(void)state;
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (char)i;
	assert_true(path_hash(&key, input, sizeof(input)) == 0xa129ca6149be45e5u);
}

static void test_splits(void **state)
{
	static const struct {
		struct pax_extent pieces[3];
		size_t count;
		bool whole;
	} cases[] = {
		{ { { 0, 10 }, { 10, 5 } }, 2, true }, { { { 10, 5 }, { 0, 10 } }, 2, true },  { { { 0, 10 } }, 1, false },
		{ { { 0, 10 }, { 0, 5 } }, 2, false }, { { { 0, 10 }, { 11, 4 } }, 2, false }, { { { 5, 10 }, { 0, 5 }, { 5, 10 } }, 3, false },
		{ { { 0, 15 }, { 15, 5 } }, 2, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct splits splits;
		struct split *split;

		splits_init(&splits);
		split = splits_get(&splits, "path", 15);
		assert_ptr_equal(splits_get(&splits, "path", 15), split);
		assert_ptr_not_equal(splits_get(&splits, "other", 15), split);
		for (size_t k = 0; k < cases[i].count; k++)
			assert_int_equal(split_add_piece(split, cases[i].pieces[k].offset, cases[i].pieces[k].length), 0);
		assert_int_equal(split_is_whole(split), cases[i].whole);
		splits_done(&splits);
	}
}

static void test_normalise(void **state)
{
	static const char *const cases[][2] = {
		{ "/", "." }, { "", "." }, { ".", "." }, { "./", "." }, { "/usr//bin/", "usr/bin" }, { "usr/./bin", "usr/bin" },
		{ "..usr", "..usr" }, { "a/...", "a/..." }, { "..", NULL }, { "a/../b", NULL }, { "/..", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		AUTO_FREE char *got = selection_normalise(cases[i][0]);

		if (cases[i][1])
			assert_string_equal(got, cases[i][1]);
		else
			assert_null(got);
	}
}

static void test_selection(void **state)
{
	struct fixture *f = *state;
	AUTO_SELECTION struct selection *selection = NULL;
	char *const paths[] = { "/directory/inner/", NULL }, *const all[] = { "symbolic", "/", NULL };

	assert_int_equal(selection_new(&f->ctx, f->set, all, &selection), 0);
	assert_null(selection);
	assert_true(selection_has(selection, "anything"));
	assert_int_equal(selection_new(&f->ctx, f->set, paths, &selection), 0);
	assert_true(selection_has(selection, "directory/inner"));
	assert_true(selection_has(selection, "directory/inner/empty"));
	assert_false(selection_has(selection, "directory/inner2"));
	assert_false(selection_has(selection, "directory"));
	assert_true(selection_is_parent(selection, "directory"));
	assert_true(selection_is_parent(selection, "."));
	assert_false(selection_is_parent(selection, "direct"));
	assert_true(selection_wants(selection, 0));
	assert_false(selection_wants(selection, set_manifest(f->set)->segment_count - 1));
}

struct counted {
	pthread_mutex_t lock;
	unsigned segments;
};

static void count_segment(void *data, const struct segment *segment)
{
	struct counted *counted = data;

	assert_int_equal(segment->kind, SEGMENT_FILES);
	pthread_mutex_lock(&counted->lock);
	counted->segments++;
	pthread_mutex_unlock(&counted->lock);
}

static unsigned files_segments(const struct fixture *f)
{
	unsigned count = 0;

	for (size_t i = 0; i < set_manifest(f->set)->segment_count; i++)
		count += set_manifest(f->set)->segments[i].kind == SEGMENT_FILES;
	return count;
}

static void assert_equal_to_set(struct fixture *f)
{
	struct compare_options options = { .extra = true };
	struct compare_result result;

	assert_int_equal(compare_tree(&f->ctx, f->set, f->target_fd, &options, &result), 0);
	assert_int_equal(result.differences, 0);
	assert_int_equal(result.entries, set_manifest(f->set)->total_files);
}

static void test_extract(void **state)
{
	struct fixture *f = *state;

	for (unsigned workers = 0; workers < 4; workers++) {
		struct counted counted = { .lock = PTHREAD_MUTEX_INITIALIZER };
		struct extract_options options = { .workers = workers, .skip_owner = geteuid() != 0, .segment_done = count_segment,
						   .segment_done_data = &counted };
		struct extract_result result;

		f->ctx.progress = progress_new();
		assert_int_equal(progress_plan(f->ctx.progress, "extract", "Restoring", PROGRESS_EXTRACT,
					       set_manifest(f->set)->total_bytes, 0), 0);
		progress_begin(&f->ctx, "extract", set_manifest(f->set)->total_bytes, set_manifest(f->set)->total_files);
		/* The second and later times over what is there. */
		assert_int_equal(extract_set(&f->ctx, f->set, f->target_fd, &options, &result), 0);
		assert_int_equal(result.files, set_manifest(f->set)->total_files);
		assert_int_equal(result.bytes, set_manifest(f->set)->total_bytes);
		assert_null(result.failed);
		assert_true(progress_fraction(f->ctx.progress) > 0.999);
		assert_int_equal(counted.segments, files_segments(f));
		extract_result_done(&result);
		progress_free(f->ctx.progress);
		f->ctx.progress = NULL;
		assert_equal_to_set(f);
	}
}

static void listen_counters(void *data, json_t *event)
{
	json_int_t done = json_integer_value(json_object_get(event, "done")), total = json_integer_value(json_object_get(event, "total"));
	unsigned *seen = data;

	if (strcmp(json_string_value(json_object_get(event, "event")), "progress"))
		return;
	assert_true(done <= total);
	assert_true(json_integer_value(json_object_get(event, "files_done")) <= json_integer_value(json_object_get(event, "files_total")));
	++*seen;
}

/* After a medium came back, what is extracted a second time is not counted twice. */
static void test_counters_after_a_retry(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE bool *done = calloc(set_manifest(f->set)->segment_count, sizeof(*done));
	struct extract_options options = { .skip_owner = geteuid() != 0 };
	unsigned seen = 0;

	f->ctx.progress = progress_new();
	assert_int_equal(progress_plan(f->ctx.progress, "extract", "Restoring", PROGRESS_EXTRACT, 100, 0), 0);
	progress_begin(&f->ctx, "extract", set_manifest(f->set)->total_bytes, set_manifest(f->set)->total_files);
	f->ctx.listener = listen_counters;
	f->ctx.listener_data = &seen;
	for (int round = 0; round < 3; round++) {
		struct extract_result result;

		assert_int_equal(extract_set(&f->ctx, f->set, f->target_fd, &options, &result), 0);
		extract_result_done(&result);
		/* The first segment was finished, the others are begun again. */
		done[0] = true;
		options.done = done;
	}
	progress_end(&f->ctx);
	assert_true(seen > 0);
	f->ctx.listener = NULL;
	progress_free(f->ctx.progress);
	f->ctx.progress = NULL;
	assert_equal_to_set(f);
}

/* Segments that an earlier run finished are not written again; additional names and directories are. */
static void test_done_is_passed_over(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE bool *done = calloc(set_manifest(f->set)->segment_count, sizeof(*done));
	struct extract_options options = { .skip_owner = geteuid() != 0 };
	struct extract_result result;

	assert_int_equal(extract_plainly(f), 0);
	assert_int_equal(unlinkat(f->target_fd, "symbolic", 0), 0);
	assert_int_equal(unlinkat(f->target_fd, "large", 0), 0);
	memset(done, true, set_manifest(f->set)->segment_count * sizeof(*done));
	options.done = done;
	assert_int_equal(extract_set(&f->ctx, f->set, f->target_fd, &options, &result), 0);
	extract_result_done(&result);
	assert_int_equal(faccessat(f->target_fd, "symbolic", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	/* In pieces: what comes at the end is known only from its segments. */
	assert_int_equal(faccessat(f->target_fd, "large", F_OK, 0), 0);
}

/* Where a filesystem was recreated, what was done counts for nothing. */
static void test_emptied_is_not_passed_over(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE bool *done = calloc(set_manifest(f->set)->segment_count, sizeof(*done));
	struct extract_options options = { .skip_owner = geteuid() != 0,
					   .emptied = (char *const[]){ "/", NULL } };
	struct extract_result result;

	assert_int_equal(extract_plainly(f), 0);
	assert_int_equal(unlinkat(f->target_fd, "symbolic", 0), 0);
	memset(done, true, set_manifest(f->set)->segment_count * sizeof(*done));
	options.done = done;
	assert_int_equal(extract_set(&f->ctx, f->set, f->target_fd, &options, &result), 0);
	assert_int_equal(result.files, set_manifest(f->set)->total_files);
	extract_result_done(&result);
	assert_equal_to_set(f);
}

static void test_cancel(void **state)
{
	struct fixture *f = *state;

	context_cancel(&f->ctx);
	assert_int_equal(extract_plainly(f), -ECANCELED);
}

static void test_damage(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = below(f->location, "segments/000001.tar.zst");
	AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, 40), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 40), 1);
	assert_int_equal(extract_plainly(f), -EBADMSG);
	assert_non_null(strstr(context_detail(&f->ctx), "segments/000001.tar.zst"));
	assert_non_null(strstr(context_detail(&f->ctx), "not restored"));
}

/* One entry that cannot be made is listed; all others are there. */
static void test_failed_entries_are_listed(void **state)
{
	struct fixture *f = *state;
	struct extract_options options = { .skip_owner = geteuid() != 0 };
	struct extract_result result;

	assert_int_equal(mkdirat(f->target_fd, "symbolic", 0700), 0);
	assert_int_equal(extract_set(&f->ctx, f->set, f->target_fd, &options, &result), -ENODATA);
	assert_int_equal(strv_length(result.failed), 1);
	assert_memory_equal(result.failed[0], "symbolic: ", 10);
	extract_result_done(&result);
	assert_int_equal(unlinkat(f->target_fd, "symbolic", AT_REMOVEDIR), 0);
	context_clear(&f->ctx);
	assert_int_equal(extract_plainly(f), 0);
	assert_equal_to_set(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tree_stays_inside, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_tree_goes_deep, restore_setup, restore_teardown),
		cmocka_unit_test(test_pathset),
		cmocka_unit_test(test_path_hash_is_siphash),
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_normalise),
		cmocka_unit_test_setup_teardown(test_selection, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_extract, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_counters_after_a_retry, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_done_is_passed_over, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_emptied_is_not_passed_over, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_cancel, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_damage, restore_setup, restore_teardown),
		cmocka_unit_test_setup_teardown(test_failed_entries_are_listed, restore_setup, restore_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
