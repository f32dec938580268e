/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small tree, its set and an empty target, in a fresh directory; for the tests of extraction and comparison. */
#ifndef LIFEBOAT_TESTS_RESTORE_FIXTURE_H
#define LIFEBOAT_TESTS_RESTORE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../backend/capture/capture.h"
#include "../../backend/core/file.h"
#include "../../backend/core/progress.h"
#include "../../backend/core/run.h"
#include "../../backend/restore/compare.h"
#include "../../backend/restore/extract.h"

struct fixture {
	struct context ctx;
	char *top, *source, *target, *location;
	struct set *set;
	int target_fd;
};

static inline void make_file(const char *directory, const char *name, const void *data, size_t length)
{
	AUTO_FREE char *path = text_format("%s/%s", directory, name);
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, data, length), 0);
}

static inline char *below(const char *directory, const char *name)
{
	return text_format("%s/%s", directory, name);
}

static inline void make_tree(struct fixture *f)
{
	AUTO_FREE char *directory = below(f->source, "directory"), *inner = below(f->source, "directory/inner");
	AUTO_FREE char *file = below(f->source, "directory/file"), *again = below(f->source, "again");
	AUTO_FREE char *symbolic = below(f->source, "symbolic"), *sparse = below(f->source, "sparse"), *fifo = below(f->source, "fifo");
	AUTO_FREE char *large = malloc(3 << 20);
	struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1234567890, .tv_nsec = 123456789 } };

	assert_int_equal(mkdir(directory, 0750), 0);
	assert_int_equal(mkdir(inner, 0700), 0);
	make_file(directory, "file", "content\n", 8);
	make_file(inner, "empty", "", 0);
	assert_int_equal(link(file, again), 0);
	assert_int_equal(symlink("directory/file", symbolic), 0);
	assert_int_equal(mkfifo(fifo, 0604), 0);
	make_file(f->source, "sparse", "start", 5);
	assert_int_equal(truncate(sparse, 1 << 20), 0);
	for (size_t i = 0; i < 3u << 20; i++)
		large[i] = (char)(i * i >> 7);
	make_file(f->source, "large", large, 3 << 20);
	assert_int_equal(utimensat(AT_FDCWD, directory, times, 0), 0);
}

static inline int restore_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct capture_options options = { .segment_bytes = 1 << 20 };
	struct capture_result result;
	char template[] = "/tmp/lifeboat-test-XXXXXX";

	context_init(&f->ctx);
	f->top = strdup(mkdtemp(template));
	f->source = below(f->top, "source");
	f->target = below(f->top, "target");
	f->location = below(f->top, "set");
	assert_int_equal(mkdir(f->source, 0755), 0);
	assert_int_equal(mkdir(f->target, 0700), 0);
	make_tree(f);
	options.output = f->location;
	options.root = f->source;
	assert_int_equal(capture_run(&f->ctx, &options, &result), 0);
	assert_int_equal(set_open(&f->ctx, f->location, &f->set), 0);
	f->target_fd = open(f->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->target_fd >= 0);
	*state = f;
	return 0;
}

static inline int restore_teardown(void **state)
{
	struct fixture *f = *state;

	close(f->target_fd);
	set_close(f->set);
	context_clear(&f->ctx);
	f->ctx.cancelled = false;
	run_simple(&f->ctx, "rm", "-rf", f->top, NULL);
	free(f->top);
	free(f->source);
	free(f->target);
	free(f->location);
	context_done(&f->ctx);
	free(f);
	return 0;
}

/* Extracts all; 0 or what extract_set() gave. */
static inline int extract_plainly(struct fixture *f)
{
	struct extract_options options = { .skip_owner = geteuid() != 0 };
	struct extract_result result;
	int r = extract_set(&f->ctx, f->set, f->target_fd, &options, &result);

	extract_result_done(&result);
	return r;
}

#endif
