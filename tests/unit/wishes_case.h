/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A captured layout in short words, changes of it, and disks that the wanted one is fitted onto.
 */
#ifndef LIFEBOAT_TESTS_WISHES_CASE_H
#define LIFEBOAT_TESTS_WISHES_CASE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/fit/fit.h"
#include "../../backend/wanted/wishes.h"
#include "quoted_json.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

struct fixture {
	struct context ctx;
	struct layout *captured, *present, *wanted, *result;
};

#define DISK(id, size, rest) \
	"{'id':'" id "','type':'disk','on':[],'size':" size ",'disk':{'name':'x','logical_sector':512,'physical_sector':512" rest "}}"
#define GPT ",'table':'gpt','table_id':'11111111-2222-3333-4444-555555555555'"
#define MBR ",'table':'dos','table_id':'0x12345678'"
#define PARTITION(disk, number, start, size) \
	",{'id':'part:" disk "." number "','type':'partition','on':['disk:" disk "'],'size':" size ",'partition':{'number':" number ",'start':" start \
	",'kind':'0FC63DAF-8483-4772-8E79-3D69D8477DE4','role':'primary'}}"
#define ROLE(number, start, size, role, kind) \
	",{'id':'part:0." number "','type':'partition','on':['disk:0'],'size':" size ",'partition':{'number':" number ",'start':" start \
	",'kind':'" kind "','role':'" role "'}}"
#define FILESYSTEM(id, on, kind, size, used) \
	",{'id':'" id "','type':'filesystem','on':['" on "'],'size':" size ",'used':" used ",'label':'" id "','filesystem':{'kind':'" kind "'}," \
	"'properties':{'block_size':'4096'}}"
#define SWAP(id, on, size) ",{'id':'" id "','type':'swap','on':['" on "'],'size':" size ",'swap':{'page_size':4096}}"
#define MOUNT(on, path) ",{'id':'mount:" path "','type':'mount','on':['" on "'],'mount':{'path':'" path "','options':'rw'}}"

/* Root of 8 GiB, /home of 8 GiB, swap of 1 GiB; from 1 MiB on. */
#define ROOT_HOME_SWAP \
	"[" DISK("disk:0", "21474836480", GPT) PARTITION("0", "1", "1048576", "8589934592") PARTITION("0", "2", "8590983168", "8589934592") \
	PARTITION("0", "3", "17180917760", "1073741824") FILESYSTEM("fs:root", "part:0.1", "ext4", "8589934592", "2147483648") \
	FILESYSTEM("fs:home", "part:0.2", "ext4", "8589934592", "1073741824") SWAP("swap:0", "part:0.3", "1073741824") \
	MOUNT("fs:root", "/") MOUNT("fs:home", "/home") "]"

static inline struct layout *read_layout(struct fixture *f, const char *text)
{
	struct layout *layout = NULL;
	json_t *json = quoted_json(text);

	if (layout_from_json(&f->ctx, json, &layout))
		fail_msg("%s", context_detail(&f->ctx));
	json_decref(json);
	return layout;
}

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	context_init(&f->ctx);
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	layout_free(f->captured);
	layout_free(f->present);
	layout_free(f->wanted);
	layout_free(f->result);
	context_done(&f->ctx);
	free(f);
	return 0;
}

static inline int wish(struct fixture *f, const char *captured, const char *wishes)
{
	json_t *json = quoted_json(wishes);
	int r;

	layout_free(f->captured);
	layout_free(f->wanted);
	f->wanted = NULL;
	f->captured = read_layout(f, captured);
	r = wishes_apply(&f->ctx, json, f->captured, &f->wanted);
	json_decref(json);
	return r;
}

/* What is wanted, onto the present disks disk:8 and disk:9 of these bytes, by PAIRS. */
static inline int fit_onto(struct fixture *f, struct disk_pair *pairs, size_t count, uint64_t first, uint64_t second)
{
	struct disk_map map = { .pairs = pairs, .count = count, .certain = true };

	layout_free(f->present);
	layout_free(f->result);
	f->result = NULL;
	context_clear(&f->ctx);
	f->present = read_layout(f, "[" DISK("disk:8", "1048576", "") "," DISK("disk:9", "1048576", "") "]");
	f->present->nodes[0]->size = first;
	f->present->nodes[1]->size = second ? second : MIB;
	f->present->nodes[0]->device = strdup("/dev/sda");
	f->present->nodes[1]->device = strdup("/dev/sdb");
	return fit_layout(&f->ctx, f->wanted, f->present, &map, &f->result);
}

/* The first two disks; 0: no second one. */
static inline int fit(struct fixture *f, uint64_t first, uint64_t second)
{
	struct disk_pair pairs[] = { { .source = (char *)"disk:0", .target = (char *)"disk:8" }, { .source = (char *)"disk:1", .target = (char *)"disk:9" } };

	return fit_onto(f, pairs, second ? 2 : 1, first, second);
}

static inline void wish_well(struct fixture *f, const char *captured, const char *wishes)
{
	if (wish(f, captured, wishes))
		fail_msg("%s", context_detail(&f->ctx));
}

static inline void fit_well(struct fixture *f, uint64_t first, uint64_t second)
{
	if (fit(f, first, second))
		fail_msg("%s", context_detail(&f->ctx));
}

static inline uint64_t size_of(struct fixture *f, const char *id)
{
	struct node *node = layout_find(f->result, id);

	assert_non_null(node);
	return node->size;
}

static inline void refused(struct fixture *f, const char *captured, const char *wishes, int error, const char *word)
{
	assert_int_equal(wish(f, captured, wishes), error);
	if (!strstr(context_detail(&f->ctx), word))
		fail_msg("'%s' in: %s", word, context_detail(&f->ctx));
	context_clear(&f->ctx);
}

#endif
