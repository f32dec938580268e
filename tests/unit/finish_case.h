/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A restored machine for the tests of finishing: an old disk sda (GPT: bios_grub, ESP, root, swap) whose place vda
 * took, an old data disk sdb that was not restored, and a disk that was left alone and carries what the old sdc
 * carried. And a fresh directory to work in.
 */
#ifndef LIFEBOAT_TESTS_FINISH_CASE_H
#define LIFEBOAT_TESTS_FINISH_CASE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../backend/core/file.h"
#include "../../backend/plan/plan.h"
#include "../../backend/storage/actions.h"
#include "../../backend/filesystems/mkfs.h"
#include "quoted_json.h"

#define ROOT_UUID "11111111-1111-4111-8111-111111111111"
#define SWAP_UUID "22222222-2222-4222-8222-222222222222"
#define DATA_UUID "33333333-3333-4333-8333-333333333333"
#define KEPT_UUID "44444444-4444-4444-8444-444444444444"
#define ESP_UUID "ABCD-1234"

struct finish_case {
	struct context ctx;
	struct plan plan;
	struct disk_map map;
	struct disk_pair pairs[3];
	char *directory;
	int fd;
};

#define CASE_DISK(id, name, serial, path) \
	"{'id':'" id "','type':'disk','on':[],'size':107374182400,'disk':{'name':'" name "','serial':'" serial "'," \
	"'by_path':'" path "','wwn':'0x5000" serial "','logical_sector':512,'physical_sector':512,'table':'gpt'," \
	"'table_id':'11111111-2222-3333-4444-555555555555','boot_code':true}}"
#define CASE_PART(disk, number, start, kind) \
	"{'id':'part:" disk "." number "','type':'partition','on':['disk:" disk "'],'size':1073741824," \
	"'partition':{'number':" number ",'start':" start ",'kind':'" kind "','name':'name " number "'," \
	"'uuid':'aaaa000" disk "-0000-4000-8000-00000000000" number "','role':'primary'}}"
#define CASE_FS(id, on, uuid, label, kind) \
	"{'id':'" id "','type':'filesystem','on':['" on "'],'size':1073741824,'uuid':'" uuid "','label':'" label "'," \
	"'filesystem':{'kind':'" kind "'}}"
#define CASE_MOUNT(id, on, path) "{'id':'" id "','type':'mount','on':['" on "'],'mount':{'path':'" path "'}}"

#define CASE_SYSTEM \
	CASE_PART("0", "1", "1048576", "21686148-6449-6E6F-744E-656564454649") "," \
	CASE_PART("0", "2", "1074790400", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B") "," \
	CASE_PART("0", "3", "2148532224", "0FC63DAF-8483-4772-8E79-3D69D8477DE4") "," \
	CASE_PART("0", "4", "3222274048", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F") "," \
	CASE_FS("fs:esp", "part:0.2", ESP_UUID, "ESP", "vfat") "," \
	CASE_FS("fs:root", "part:0.3", ROOT_UUID, "my root", "ext4") "," \
	"{'id':'swap:0','type':'swap','on':['part:0.4'],'size':1073741824,'uuid':'" SWAP_UUID "','label':'swap'," \
	"'swap':{'page_size':4096}}," \
	CASE_MOUNT("mount:root", "fs:root", "/") "," CASE_MOUNT("mount:esp", "fs:esp", "/boot/efi")

#define CASE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define CASE_CAPTURED \
	"[" CASE_DISK("disk:0", "sda", "OLDSER1", "pci-0000:00:1f.2-ata-1") "," CASE_SYSTEM "," \
	CASE_DISK("disk:1", "sdb", "OLDSER2", "pci-0000:00:1f.2-ata-2") "," \
	CASE_PART("1", "1", "1048576", CASE_LINUX) "," \
	CASE_FS("fs:data", "part:1.1", DATA_UUID, "data", "xfs") "," CASE_MOUNT("mount:data", "fs:data", "/srv") "," \
	CASE_DISK("disk:2", "sdc", "KEPTSER", "pci-0000:00:1f.2-ata-3") "," \
	CASE_PART("2", "1", "1048576", CASE_LINUX) "," \
	CASE_FS("fs:kept", "part:2.1", KEPT_UUID, "kept", "ext4") "," CASE_MOUNT("mount:kept", "fs:kept", "/kept") "]"
#define CASE_TARGET CASE_DISK("disk:0", "vda", "NEWSER", "pci-0000:00:04.0")
#define CASE_RESULT "[" CASE_TARGET "," CASE_SYSTEM "]"
#define CASE_PRESENT \
	"[" CASE_TARGET "," CASE_DISK("disk:1", "vdb", "KEPTSER", "pci-0000:00:05.0") "," \
	CASE_PART("1", "1", "1048576", CASE_LINUX) "," \
	CASE_FS("fs:kept-here", "part:1.1", KEPT_UUID, "kept", "ext4") "]"

static inline struct layout *case_layout(struct finish_case *it, const char *text)
{
	struct layout *layout = NULL;
	json_t *json = quoted_json(text);

	if (layout_from_json(&it->ctx, json, &layout) < 0)
		fail_msg("%s", context_detail(&it->ctx));
	json_decref(json);
	return layout;
}

static inline void case_set_device(struct layout *layout, const char *id, const char *device)
{
	struct node *node = layout_find(layout, id);

	assert_non_null(node);
	free(node->device);
	node->device = strdup(device);
}

/* The actions that a plan has for what its result holds. */
static inline void case_add_actions(struct plan *plan)
{
	free(plan->actions);
	plan->actions = calloc(plan->target.result->count + 1, sizeof(*plan->actions));
	assert_non_null(plan->actions);
	plan->count = 0;
	for (size_t i = 0; i < plan->target.result->count; i++) {
		struct node *node = plan->target.result->nodes[i];

		if (node->type == NODE_SWAP)
			plan->actions[plan->count++] = (struct action){ .type = &action_swap, .node = node };
		else if (node->type == NODE_FILESYSTEM && mkfs_kind_find(node->filesystem.kind))
			plan->actions[plan->count++] = (struct action){ .type = &action_filesystem, .node = node };
	}
}

/* And for arrays, containers and volume groups, too. */
static inline void case_make_all(struct finish_case *it)
{
	for (size_t i = 0; i < it->plan.target.result->count; i++) {
		struct node *node = it->plan.target.result->nodes[i];

		if (node->type == NODE_RAID || node->type == NODE_LUKS || node->type == NODE_VG)
			it->plan.actions[it->plan.count++] = (struct action){ .type = &action_raid, .node = node };
	}
}

static inline void case_set_devices(struct layout *layout)
{
	for (int i = 1; i <= 6; i++) {
		AUTO_FREE char *id = text_format("part:0.%d", i), *device = text_format("/dev/vda%d", i);

		if (layout_find(layout, id))
			case_set_device(layout, id, device);
	}
}

/* The first disk holds these nodes instead: CAPTURED on the saved machine, RESULT on the restored one. */
static inline void case_instead(struct finish_case *it, const char *captured, const char *result)
{
	AUTO_FREE char *before = text_format("[" CASE_DISK("disk:0", "sda", "OLDSER1", "pci-0000:00:1f.2-ata-1") ",%s]", captured);
	AUTO_FREE char *now = text_format("[" CASE_TARGET ",%s]", result);

	layout_free(it->plan.target.captured);
	layout_free(it->plan.target.result);
	layout_free(it->plan.target.wanted);
	it->plan.target.captured = case_layout(it, before);
	it->plan.target.wanted = case_layout(it, before);
	it->plan.target.result = case_layout(it, now);
	case_set_devices(it->plan.target.result);
	case_add_actions(&it->plan);
}

static inline int case_setup(void **state)
{
	struct finish_case *it = calloc(1, sizeof(*it));
	char template[] = "/tmp/lifeboat-test-XXXXXX";

	context_init(&it->ctx);
	it->plan.target.captured = case_layout(it, CASE_CAPTURED);
	it->plan.target.wanted = case_layout(it, CASE_CAPTURED);
	it->plan.target.result = case_layout(it, CASE_RESULT);
	it->plan.target.present = case_layout(it, CASE_PRESENT);
	case_add_actions(&it->plan);
	case_set_devices(it->plan.target.result);
	case_set_device(it->plan.target.present, "disk:0", "/dev/vda");
	case_set_device(it->plan.target.present, "disk:1", "/dev/vdb");
	case_set_device(it->plan.target.present, "part:1.1", "/dev/vdb1");
	it->pairs[0] = (struct disk_pair){ .source = (char *)"disk:0", .target = (char *)"disk:0" };
	it->pairs[1] = (struct disk_pair){ .source = (char *)"disk:1" };
	it->pairs[2] = (struct disk_pair){ .source = (char *)"disk:2" };
	it->map = (struct disk_map){ .pairs = it->pairs, .count = 3 };
	it->plan.map = &it->map;
	it->directory = strdup(mkdtemp(template));
	it->fd = open(it->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(it->fd >= 0);
	*state = it;
	return 0;
}

static inline int case_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int case_teardown(void **state)
{
	struct finish_case *it = *state;

	nftw(it->directory, case_remove, 16, FTW_DEPTH | FTW_PHYS);
	close(it->fd);
	free(it->directory);
	free(it->plan.actions);
	layout_free(it->plan.target.captured);
	layout_free(it->plan.target.wanted);
	layout_free(it->plan.target.result);
	layout_free(it->plan.target.present);
	context_done(&it->ctx);
	free(it);
	return 0;
}

/* Writes a file below the case's directory, with the directories on the way. */
static inline void case_write(const struct finish_case *it, const char *path, const void *data, size_t length)
{
	AUTO_FREE char *full = text_format("%s/%s", it->directory, path);
	AUTO_FREE char *parent = strdup(full);

	*strrchr(parent, '/') = '\0';
	assert_int_equal(make_directories(parent, 0755), 0);
	assert_int_equal(file_replace(AT_FDCWD, full, data, length, 0644), 0);
}

static inline void case_write_text(const struct finish_case *it, const char *path, const char *text)
{
	case_write(it, path, text, strlen(text));
}

static inline void case_check_text(const struct finish_case *it, const char *path, const char *text)
{
	AUTO_FREE char *read = NULL;

	assert_int_equal(file_read(it->fd, path, 1u << 20, &read, NULL), 0);
	assert_string_equal(read, text);
}

#define CASE_TEST(function) cmocka_unit_test_setup_teardown(function, case_setup, case_teardown)

#endif
