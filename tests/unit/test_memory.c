/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is not to be had, at every allocation of planning and of the event path: never "Nothing was written" when something was, and
 * never a plan that lacks something.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/plan/plan.h"
#include "../../backend/plan/plan_parts.h"
#include "../../backend/probe/probe.h"
#include "machine.h"
#include "quoted_json.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* How many allocations of this thread still succeed; negative: all. */
static _Thread_local long remaining = -1;
static _Thread_local bool failed;

#ifndef SANITIZED
/* glibc manual, "Replacing malloc": defined here they serve the C library and jansson, too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool is_denied(void)
{
	if (remaining < 0)
		return false;
	if (remaining > 0) {
		remaining--;
		return false;
	}
	/* One alone: what comes after it finds memory again. */
	remaining = -1;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return is_denied() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_denied() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_denied() ? NULL : __libc_realloc(old, size);
}
#endif

static void deny(long number)
{
	failed = false;
	remaining = number;
}

/* Whether an allocation was denied since. */
static bool was_denied(void)
{
	remaining = -1;
	return failed;
}

/* More than any of these paths makes. */
#define ALLOCATIONS_MAX 200000

static void require_injection(void)
{
#ifdef SANITIZED
	skip();
#endif
}

/* ---- planning ---- */

#define DISK(id, rest) \
	"{'id':'" id "','type':'disk','on':[],'size':2147483648,'disk':{'name':'lifeboat-test','logical_sector':512,'physical_sector':512" \
	rest "}}"
static const char captured_text[] =
"[" DISK("disk:0", ",'table':'gpt','table_id':'11111111-2222-3333-4444-555555555555'") ","
"{'id':'part:0.1','type':'partition','on':['disk:0'],'size':1073741824,'partition':{'number':1,'start':1048576,"
"'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','role':'primary'}},"
"{'id':'part:0.2','type':'partition','on':['disk:0'],'size':104857600,'partition':{'number':2,'start':1074790400,"
"'kind':'0657FD6D-A4AB-43C4-84E5-0933C84B4F4F','role':'primary'}},"
"{'id':'fs:root','type':'filesystem','on':['part:0.1'],'size':1073741824,'used':104857600,'uuid':'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',"
"'properties':{'block_size':'4096'},'filesystem':{'kind':'ext4'}},"
"{'id':'swap:0','type':'swap','on':['part:0.2'],'size':104857600,'uuid':'bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee','swap':{'page_size':4096}},"
"{'id':'mount:/','type':'mount','on':['fs:root'],'mount':{'path':'/','options':'rw'}}]";
static const char present_text[] = "[" DISK("disk:9", "") "]";

static struct layout *read_layout(struct context *ctx, const char *text)
{
	struct layout *layout = NULL;
	json_t *json = quoted_json(text);

	assert_int_equal(layout_from_json(ctx, json, &layout), 0);
	json_decref(json);
	return layout;
}

/* A machine on which nothing is mounted, to plan on. */
static void set_up(struct context *ctx)
{
	static const char mounts[] = "1 1 0:1 / / rw - rootfs rootfs rw\n";
	char *prefix = machine_make(NULL);

	machine_write(prefix, "/proc/self/mountinfo", mounts, sizeof(mounts) - 1);
	context_init(ctx);
	ctx->prefix = prefix;
}

static void tear_down(struct context *ctx)
{
	machine_remove((char *)ctx->prefix);
	context_done(ctx);
}

/* Plans without the checks, which run programs; the allocation NUMBER is denied. */
static int plan_it(struct context *ctx, const struct layout *captured, long number, struct plan **ret)
{
	struct layout *present = read_layout(ctx, present_text);
	struct disk_map *map = calloc(1, sizeof(*map));
	int r;

	map->pairs = calloc(1, sizeof(*map->pairs));
	map->pairs[0] = (struct disk_pair){ strdup("disk:0"), strdup("disk:9") };
	map->count = 1;
	present->nodes[0]->device = strdup("/dev/lifeboat-test");
	deny(number);
	r = plan_list(ctx, captured, NULL, NULL, present, map, "/run/lifeboat/target", ret);
	remaining = -1;
	return r;
}

static void expect_same_plan(const struct plan *plan, const struct plan *good)
{
	assert_int_equal(plan->count, good->count);
	for (size_t i = 0; i < good->count; i++) {
		assert_string_equal(plan->actions[i].type->name, good->actions[i].type->name);
		assert_string_equal(plan->actions[i].node->id, good->actions[i].node->id);
		assert_int_equal(plan->actions[i].node->size, good->actions[i].node->size);
		assert_string_equal(plan->actions[i].disks[0]->id, "disk:9");
	}
	assert_int_equal(plan->disk_count, 1);
	assert_false(plan->written);
}

static void test_planning_without_memory_ends_in_an_error_or_in_the_whole_plan(void **state)
{
	struct context ctx;
	AUTO_LAYOUT struct layout *captured = NULL;
	AUTO_PLAN struct plan *good = NULL;
	long number = 0, errors = 0;

	(void)state;
	require_injection();
	set_up(&ctx);
	captured = read_layout(&ctx, captured_text);
	assert_int_equal(plan_it(&ctx, captured, -1, &good), 0);
	assert_int_equal(good->count, 5);
	for (; number < ALLOCATIONS_MAX; number++) {
		AUTO_PLAN struct plan *plan = NULL;
		int r = plan_it(&ctx, captured, number, &plan);

		if (r < 0) {
			assert_null(plan);
			assert_true(was_denied());
			errors++;
		} else {
			expect_same_plan(plan, good);
		}
		context_clear(&ctx);
		if (!was_denied())
			break;
	}
	assert_true(number < ALLOCATIONS_MAX && errors > 100);
	tear_down(&ctx);
}

static void test_a_digest_without_memory_is_the_right_one_or_none(void **state)
{
	struct context ctx;
	AUTO_LAYOUT struct layout *captured = NULL;
	AUTO_PLAN struct plan *plan = NULL;
	char digest[DIGEST_HEX];
	long number = 0;

	(void)state;
	require_injection();
	set_up(&ctx);
	captured = read_layout(&ctx, captured_text);
	assert_int_equal(plan_it(&ctx, captured, -1, &plan), 0);
	assert_int_equal(plan_compute_digest(&ctx, plan), 0);
	memcpy(digest, plan->digest, sizeof(digest));
	for (; number < ALLOCATIONS_MAX; number++) {
		int r;

		deny(number);
		r = plan_compute_digest(&ctx, plan);
		if (!was_denied())
			break;
		if (r == 0)
			assert_string_equal(plan->digest, digest);
		context_clear(&ctx);
	}
	assert_true(number > 10 && number < ALLOCATIONS_MAX);
	tear_down(&ctx);
}

/* ---- looking at disks ---- */

/* Two empty disks. */
static void add_disks(struct context *ctx)
{
	static const char *const names[] = { "vda", "vdb" };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		AUTO_FREE char *size = text_format("/sys/block/%s/size", names[i]), *node = text_format("/dev/%s", names[i]);
		AUTO_FREE char *path = text_format("%s%s", ctx->prefix, node);

		machine_write(ctx->prefix, size, "2048\n", 5);
		machine_write(ctx->prefix, node, "", 0);
		assert_int_equal(truncate(path, 1 << 20), 0);
	}
	machine_write(ctx->prefix, "/proc/swaps", "", 0);
}

/* The layout as text, where the allocation NUMBER is denied; NULL with the error in *RET_R. */
static char *probe_it(struct context *ctx, long number, int *ret_r)
{
	AUTO_LAYOUT struct layout *layout = NULL;
	json_t *json;
	char *text;

	deny(number);
	*ret_r = layout_probe(ctx, &(struct probe_options){ 0 }, &layout);
	remaining = -1;
	if (*ret_r)
		return NULL;
	json = layout_to_json(layout);
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(json);
	return text;
}

static void test_no_disk_is_overlooked_without_memory(void **state)
{
	struct context ctx;
	AUTO_FREE char *good = NULL;
	long number = 0, errors = 0;
	int r;

	(void)state;
	require_injection();
	set_up(&ctx);
	add_disks(&ctx);
	good = probe_it(&ctx, -1, &r);
	assert_non_null(strstr(good, "vdb"));
	for (; number < ALLOCATIONS_MAX; number++) {
		AUTO_FREE char *text = probe_it(&ctx, number, &r);

		/* What cannot be looked at is not taken as empty. */
		if (text && !strstr(text, "\"unknown\""))
			assert_string_equal(text, good);
		assert_true(text || r < 0);
		errors += !text;
		context_clear(&ctx);
		if (!was_denied())
			break;
	}
	assert_true(number < ALLOCATIONS_MAX && errors > 20);
	tear_down(&ctx);
}

/* Of two empty disks the one of full size is meant: while nobody can tell whether that is in use, the other one is not taken unasked. */
static void test_no_other_disk_is_chosen_without_memory(void **state)
{
	static const char disks_text[] = "[" DISK("disk:9", "") ",{'id':'disk:8','type':'disk','on':[],'size':1610612736,'disk':{'name':'lifeboat-less',"
					 "'logical_sector':512,'physical_sector':512}}]";
	struct context ctx;
	AUTO_LAYOUT struct layout *captured = NULL, *present = NULL;
	long number = 0, errors = 0;

	(void)state;
	require_injection();
	set_up(&ctx);
	machine_write(ctx.prefix, "/sys/block/lifeboat-test/size", "4194304\n", 8);
	machine_write(ctx.prefix, "/sys/block/lifeboat-less/size", "3145728\n", 8);
	machine_write(ctx.prefix, "/proc/swaps", "", 0);
	captured = read_layout(&ctx, captured_text);
	present = read_layout(&ctx, disks_text);
	for (; number < ALLOCATIONS_MAX; number++) {
		struct disk_map *map = NULL;
		int r;

		deny(number);
		r = disk_map_propose(&ctx, captured, present, NULL, NULL, TARGET_OPTION_PROGRAM, &map);
		remaining = -1;
		if (r == 0 && map->certain)
			assert_string_equal(map->pairs[0].target, "disk:9");
		errors += r < 0;
		disk_map_free(map);
		context_clear(&ctx);
		if (!was_denied()) {
			assert_int_equal(r, 0);
			break;
		}
	}
	assert_true(number < ALLOCATIONS_MAX && errors > 20);
	tear_down(&ctx);
}

/* ---- the event path ---- */

static struct {
	bool written;            /* what the disk knows */
	char **kept;             /* what the listener keeps */
} seen;

static char *print_step(const struct target *target, const struct action *action)
{
	(void)target;
	return text_format("Write %s", action->node->id);
}

static int write_step(struct context *ctx, struct target *target, struct action *action)
{
	AUTO_FREE char *text = NULL;

	(void)target;
	seen.written = true;
	text = text_format("wrote %s", action->node->id);
	return text ? 0 : context_oom(ctx);
}

static const struct action_type write_type = { .name = "write", .destructive = true, .print = print_step, .run = write_step };

static void keep_event(void *data, json_t *event)
{
	AUTO_FREE char *text = json_dumps(event, JSON_COMPACT);

	(void)data;
	if (text)
		strv_append(&seen.kept, text);
}

static int keep_writing(void *data, const struct plan *plan)
{
	assert_true(plan->written);
	return strv_append(&seen.kept, "writing") < 0 ? context_oom(data) : 0;
}

static void test_what_was_written_is_known_without_memory(void **state)
{
	struct context ctx;
	AUTO_LAYOUT struct layout *layout = NULL;
	unsigned written = 0, refused = 0;
	long number = 0;

	(void)state;
	require_injection();
	context_init(&ctx);
	ctx.listener = keep_event;
	layout = read_layout(&ctx, captured_text);
	for (bool denied = true; denied && number < ALLOCATIONS_MAX; number++) {
		struct action actions[] = { { .type = &write_type, .node = layout->nodes[1], .top = -1 },
					    { .type = &write_type, .node = layout->nodes[2], .top = -1 } };
		struct disk_map map = { 0 };
		struct plan plan = { .map = &map, .actions = actions, .count = ARRAY_LENGTH(actions), .before_write = keep_writing,
				     .before_write_data = &ctx };
		int r;

		seen.written = false;
		deny(number);
		r = plan_run(&ctx, &plan);
		denied = was_denied();
		assert_int_equal(plan.written, seen.written);
		if (seen.written)
			assert_null(strstr(context_detail(&ctx), "Nothing was written"));
		assert_true(r < 0 || seen.written);
		written += r < 0 && seen.written;
		refused += r < 0 && !seen.written;
		context_clear(&ctx);
		seen.kept = strv_free(seen.kept);
	}
	assert_true(written > 0 && refused > 0 && number < ALLOCATIONS_MAX);
	context_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planning_without_memory_ends_in_an_error_or_in_the_whole_plan),
		cmocka_unit_test(test_a_digest_without_memory_is_the_right_one_or_none),
		cmocka_unit_test(test_no_disk_is_overlooked_without_memory),
		cmocka_unit_test(test_no_other_disk_is_chosen_without_memory),
		cmocka_unit_test(test_what_was_written_is_known_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
