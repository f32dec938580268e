/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tools image: which one belongs to the boot archive, that a wrong one is refused, and what links into it lead to. Mounting needs root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/core/rescue_names.h"
#include "../../backend/core/run.h"
#include "../../backend/media/memory.h"
#include "../../backend/media/tools.h"

struct place {
	struct context ctx;
	char *root;
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

static int set_up(void **state)
{
	char template[] = "/tmp/lifeboat-test-XXXXXX";
	struct place *place = calloc(1, sizeof(*place));

	context_init(&place->ctx);
	place->root = strdup(mkdtemp(template));
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	int r;

	context_done(&place->ctx);
	r = nftw(place->root, remove_one, 20, FTW_DEPTH | FTW_PHYS);
	free(place->root);
	free(place);
	return r;
}

static char *put_bytes(const struct place *place, const char *name, const void *bytes, size_t length)
{
	char *full = text_format("%s/%s", place->root, name);
	AUTO_FREE char *parent = strdup(full);

	*strrchr(parent, '/') = '\0';
	assert_int_equal(make_directories(parent, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, full, bytes, length, 0644), 0);
	return full;
}

static void put(const struct place *place, const char *name, const char *text)
{
	free(put_bytes(place, name, text, strlen(text)));
}

static void test_wanted(void **state)
{
	static const char *const bad[] = { "", "abc 5\n", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
					   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef -1\n",
					   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg 1\n" };
	struct place *place = *state;
	struct tools_wanted wanted;

	place->ctx.prefix = place->root;
	assert_int_equal(tools_read_wanted(&place->ctx, &wanted), -ENOENT);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		put(place, &TOOLS_DIGEST_PATH[1], bad[i]);
		assert_int_equal(tools_read_wanted(&place->ctx, &wanted), -EBADMSG);
	}
	put(place, &TOOLS_DIGEST_PATH[1], "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef 94158848\n");
	assert_int_equal(tools_read_wanted(&place->ctx, &wanted), 0);
	assert_int_equal(wanted.size, 94158848);
	place->ctx.prefix = "";
}

/* Opens what is at PATH; the end's sentence has SAID. */
static void refused(struct place *place, const struct tools_wanted *wanted, const char *path, const char *said)
{
	context_clear(&place->ctx);
	for (int memory = 0; memory < 2; memory++) {
		assert_int_equal(tools_open(&place->ctx, wanted, path, memory), -EBADMSG);
		assert_non_null(strstr(context_detail(&place->ctx), said));
	}
}

static void test_one_byte(void **state)
{
	struct place *place = *state;
	struct tools_wanted wanted = { .size = (3u << 20) + 17 };
	AUTO_FREE char *bytes = malloc(wanted.size + 1), *path = NULL;
	int fd;

	for (size_t i = 0; i <= wanted.size; i++)
		bytes[i] = (char)(i * 31 >> 3);
	assert_int_equal(digest_buffer(bytes, wanted.size, wanted.sha256), 0);
	path = put_bytes(place, "tools.squashfs", bytes, wanted.size);
	for (int memory = 0; memory < 2; memory++) {
		AUTO_FREE char *back = NULL;
		size_t length;

		fd = tools_open(&place->ctx, &wanted, path, memory);
		if (fd < 0)
			fail_msg("%s", context_detail(&place->ctx));
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(file_read_fd(fd, wanted.size, &back, &length), 0);
		assert_int_equal(length, wanted.size);
		assert_memory_equal(back, bytes, length);
		/* Nothing changes a copy in memory any more. */
		if (memory)
			assert_int_equal(write(fd, "x", 1), -1);
		close(fd);
	}
	bytes[wanted.size - 1] ^= 1;
	free(put_bytes(place, "tools.squashfs", bytes, wanted.size));
	refused(place, &wanted, path, "is damaged, or of another rescue system");
	free(put_bytes(place, "tools.squashfs", bytes, wanted.size - 1));
	refused(place, &wanted, path, "has 3145744 bytes and should have 3145745");
	free(put_bytes(place, "tools.squashfs", bytes, wanted.size + 1));
	refused(place, &wanted, path, "bytes and should have");
}

static void test_memory(void **state)
{
	struct place *place = *state;
	uint64_t available;

	place->ctx.prefix = place->root;
	put(place, "proc/meminfo", "MemTotal:        2000000 kB\nMemAvailable:    1048576 kB\n");
	assert_int_equal(memory_for_copies(&place->ctx, &available), 640u << 20);
	assert_int_equal(available, 1u << 30);
	assert_int_equal(memory_check(&place->ctx, "The tools image", 640u << 20), 0);
	assert_int_equal(memory_check(&place->ctx, "The tools image", (640u << 20) + 1), -ENOSPC);
	assert_non_null(strstr(context_detail(&place->ctx), "The tools image does not fit into memory"));
	assert_non_null(strstr(context_detail(&place->ctx), "1.0 GiB are available"));
	put(place, "proc/meminfo", "MemTotal: 2 kB\n");
	assert_int_equal(memory_for_copies(&place->ctx, NULL), 0);
	place->ctx.prefix = "";
}

static void put_tools(const struct place *place)
{
	put(place, "tools/usr/bin/new", "new");
	put(place, "tools/usr/bin/both", "of the image");
	put(place, "tools/usr/lib/firmware/maker/part/x.bin", "x");
	put(place, "tools/usr/lib/modules/1.0/kernel/drivers/net/wifi.ko", "wifi");
	put(place, "tools/" TOOLS_INDEXES "/1.0/modules.dep", "all");
}

static char *read_back(const struct place *place, const char *name)
{
	AUTO_FREE char *path = text_format("%s/%s", place->root, name);
	char *text = NULL;

	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text, NULL), 0);
	return text;
}

static void check_linked(struct place *place, const char *directory, size_t links)
{
	static const struct { const char *name, *text; } all[] = {
		{ "root/usr/bin/new", "new" }, { "root/usr/bin/both", "of the archive" }, { "root/usr/lib/firmware/maker/part/x.bin", "x" },
		{ "root/usr/lib/modules/1.0/kernel/drivers/net/wifi.ko", "wifi" }, { "root/usr/lib/modules/1.0/kernel/drivers/net/e1000.ko", "e1000" },
		{ "root/usr/lib/modules/1.0/modules.dep", "all" },
	};
	AUTO_FREE char *root = text_format("%s/root", place->root);
	size_t count;

	assert_int_equal(tools_link(&place->ctx, directory, root, &count), 0);
	assert_int_equal(count, links);
	for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
		AUTO_FREE char *text = read_back(place, all[i].name);

		assert_string_equal(text, all[i].text);
	}
}

static void put_root(const struct place *place)
{
	put(place, "root/usr/bin/both", "of the archive");
	put(place, "root/usr/lib/modules/1.0/kernel/drivers/net/e1000.ko", "e1000");
	put(place, "root/usr/lib/modules/1.0/modules.dep", "few");
}

static void test_link(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *tools = text_format("%s/tools", place->root);

	put_tools(place);
	put_root(place);
	check_linked(place, tools, 3);
	/* Once more, as after an engine that died. */
	check_linked(place, tools, 0);
}

static void test_mount(void **state)
{
	struct place *place = *state;
	AUTO_FREE char *tools = text_format("%s/tools", place->root), *image = text_format("%s/image", place->root);
	AUTO_FREE char *at = text_format("%s/at", place->root), *bytes = NULL;
	struct tools_wanted wanted = { 0 };
	size_t length;

	if (geteuid() != 0 || !run_is_present(NULL, "mksquashfs") || access("/dev/loop-control", R_OK | W_OK) < 0)
		skip();
	put_tools(place);
	put_root(place);
	assert_int_equal(run_simple(&place->ctx, "mksquashfs", tools, image, "-quiet", "-no-progress", (char *)NULL), 0);
	assert_int_equal(file_read(AT_FDCWD, image, 1 << 20, &bytes, &length), 0);
	wanted.size = length;
	assert_int_equal(digest_buffer(bytes, length, wanted.sha256), 0);
	for (int memory = 0; memory < 2; memory++) {
		int fd = tools_open(&place->ctx, &wanted, image, memory), r;

		assert_true(fd >= 0);
		assert_false(tools_is_mounted(at));
		r = tools_mount(&place->ctx, fd, at);
		close(fd);
		if (r == -ENODEV || r == -EPERM || r == -EACCES)
			skip(); /* a kernel without squashfs, or a container */
		assert_int_equal(r, 0);
		assert_true(tools_is_mounted(at));
		check_linked(place, at, memory ? 0 : 3);
		assert_int_equal(umount2(at, 0), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wanted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mount, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("tools", tests, NULL, NULL);
}
