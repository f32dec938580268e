/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an operator wants otherwise than it was captured, and sizes solved over the graph: containers, arrays and volume groups. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../backend/wanted/wish_choices.h"
#include "wishes_case.h"

/* ---- wishes ---- */

static void test_no_wish_changes_nothing(void **state)
{
	struct fixture *f = *state;
	json_t *before, *after;

	wish_well(f, ROOT_HOME_SWAP, "{}");
	before = layout_to_json(f->captured);
	after = layout_to_json(f->wanted);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
}

static void test_size_is_kept_and_the_rest_moves(void **state)
{
	struct fixture *f = *state;

	wish_well(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':4294967296}}");
	fit_well(f, 20 * GIB, 0);
	assert_int_equal(size_of(f, "part:0.1"), 4 * GIB);
	assert_int_equal(size_of(f, "fs:root"), 4 * GIB);
	assert_int_equal(layout_find(f->result, "part:0.2")->partition.start, MIB + 4 * GIB);
	/* /home takes what became free; nothing reaches beyond the disk. */
	assert_true(size_of(f, "fs:home") > 12 * GIB);
	assert_true(layout_find(f->result, "part:0.3")->partition.start + size_of(f, "part:0.3") <= 20 * GIB - 33 * 512);
	assert_int_equal(size_of(f, "swap:0"), GIB);
	/* Of a size that was chosen, the disk's changes nothing. */
	fit_well(f, 40 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), 4 * GIB);
	fit_well(f, 12 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), 4 * GIB);
	assert_int_equal(fit(f, 6 * GIB, 0), -ENOSPC);
}

static void test_larger_is_taken_from_what_can_shrink(void **state)
{
	struct fixture *f = *state;

	wish_well(f, ROOT_HOME_SWAP, "{'fs:root':{'size':12884901888},'swap:0':{'size':536870912}}");
	fit_well(f, 20 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), 12 * GIB);
	assert_int_equal(size_of(f, "swap:0"), GIB / 2);
	assert_true(size_of(f, "fs:home") < 8 * GIB);
	assert_true(size_of(f, "fs:home") > 7 * GIB);
	/* More than all there is. */
	wish_well(f, ROOT_HOME_SWAP, "{'fs:root':{'size':21474836480}}");
	assert_int_equal(fit(f, 20 * GIB, 0), -ENOSPC);
	wish_well(f, ROOT_HOME_SWAP, "{'fs:root':{'size':9007199254740992}}");
	assert_int_equal(fit(f, 20 * GIB, 0), -ENOSPC);
	/* Sums of what is more than that overflow. */
	context_clear(&f->ctx);
	refused(f, ROOT_HOME_SWAP, "{'fs:root':{'size':9007199254740993}}", -EINVAL, "(fs:root) must be a whole number");
}

static void test_filesystem_smaller_than_its_partition(void **state)
{
	struct fixture *f = *state;

	wish_well(f, "[" DISK("disk:0", "21474836480", GPT) PARTITION("0", "1", "1048576", "8589934592")
		  FILESYSTEM("fs:root", "part:0.1", "ext4", "7516192768", "2147483648") MOUNT("fs:root", "/") "]",
		  "{'fs:root':{'size':5368709120}}");
	fit_well(f, 20 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), 5 * GIB);
	assert_int_equal(size_of(f, "part:0.1"), 6 * GIB);
}

static void test_left_out(void **state)
{
	struct fixture *f = *state;

	wish_well(f, ROOT_HOME_SWAP, "{'part:0.2':{'drop':true},'swap:0':{'drop':true}}");
	fit_well(f, 20 * GIB, 0);
	assert_null(layout_find(f->result, "part:0.2"));
	assert_null(layout_find(f->result, "fs:home"));
	assert_null(layout_find(f->result, "mount:/home"));
	assert_null(layout_find(f->result, "swap:0"));
	assert_non_null(layout_find(f->result, "part:0.3"));
	/* What lay behind moves up; what can grow takes what is free now, and a smaller disk serves. */
	assert_int_equal(layout_find(f->wanted, "part:0.3")->partition.start, MIB + 8 * GIB);
	assert_true(size_of(f, "fs:root") > 18 * GIB);
	fit_well(f, 10 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), 8 * GIB);
}

static void test_another_kind(void **state)
{
	struct fixture *f = *state;
	struct node *home;

	wish_well(f, ROOT_HOME_SWAP, "{'fs:home':{'kind':'xfs','size':4294967296}}");
	home = layout_find(f->wanted, "fs:home");
	assert_string_equal(home->filesystem.kind, "xfs");
	assert_string_equal(home->label, "fs:home");
	assert_int_equal(home->property_count, 0);
	fit_well(f, 20 * GIB, 0);
	assert_int_equal(size_of(f, "fs:home"), 4 * GIB);
}

#define LOGICAL \
	"[" DISK("disk:0", "21474836480", MBR) ROLE("1", "1048576", "1073741824", "primary", "0x83") ROLE("2", "1074790400", "4294967296", "extended", "0x05") \
	ROLE("5", "1075838976", "1073741824", "logical", "0x83") ROLE("6", "2150629376", "1073741824", "logical", "0x83") \
	FILESYSTEM("fs:data", "part:0.1", "ext4", "1073741824", "104857600") MOUNT("fs:data", "/srv") "]"

/* Of what has no files in the set none come back elsewhere. */
static void test_note_of_what_is_left_out(void **state)
{
	struct fixture *f = *state;
	const char *notes[] = { "directory above", "nothing of it is restored", "nothing of it is restored" };
	const char *captured = "[" DISK("disk:0", "21474836480", GPT) PARTITION("0", "1", "1048576", "8589934592")
		PARTITION("0", "2", "8590983168", "1073741824") PARTITION("0", "3", "9664724992", "1073741824")
		FILESYSTEM("fs:home", "part:0.1", "ext4", "8589934592", "1073741824") FILESYSTEM("fs:idle", "part:0.2", "ext4", "1073741824", "1048576")
		",{'id':'fs:windows','type':'filesystem','on':['part:0.3'],'size':1073741824,'filesystem':{'kind':'ntfs'},"
		"'properties':{'image':'windows','image_holes':'zero','sector_size':'512'}}" MOUNT("fs:home", "/home") "]";
	const char *ids[] = { "fs:home", "fs:idle", "fs:windows" };
	json_t *rows, *row;
	size_t i;

	wish_well(f, captured, "{'fs:home':{'drop':true},'fs:idle':{'drop':true},'fs:windows':{'drop':true}}");
	rows = wish_choices(f->captured, NULL, f->wanted);
	assert_non_null(rows);
	json_array_foreach(rows, i, row)
		for (size_t k = 0; k < sizeof(ids) / sizeof(*ids); k++)
			if (!strcmp(json_string_value(json_object_get(row, "id")), ids[k])) {
				assert_non_null(strstr(json_string_value(json_object_get(row, "note")), notes[k]));
				ids[k] = "";
			}
	for (size_t k = 0; k < sizeof(ids) / sizeof(*ids); k++)
		assert_string_equal(ids[k], "");
	json_decref(rows);
}

static void test_what_cannot_be_wished(void **state)
{
	struct fixture *f = *state;

	refused(f, ROOT_HOME_SWAP, "[]", -EINVAL, "no JSON object");
	refused(f, ROOT_HOME_SWAP, "{'part:0.9':{'size':1048576}}", -EINVAL, "part:0.9");
	refused(f, ROOT_HOME_SWAP, "{'home':{'size':1048576}}", -EINVAL, "show --set SET --layout");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':'4G'}}", -EINVAL, "\"20GiB\"");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':'101%'}}", -EINVAL, "\"30%\"");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':'0%'}}", -EINVAL, "it is \"0%\"");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':'18446744073709551616GiB'}}", -EINVAL, "part:0.1");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':'9999999999TiB'}}", -EINVAL, "part:0.1");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':null}}", -EINVAL, "it is null");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':-1}}", -EINVAL, "number of bytes");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':20}}", -EINVAL, "number of bytes");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':1152921504606846977}}", -EINVAL, "number of bytes");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'drop':'yes'}}", -EINVAL, "'drop'");
	refused(f, ROOT_HOME_SWAP, "{'fs:root':{'drop':true}}", -EINVAL, "cannot be left out");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'drop':true}}", -EINVAL, "ext4 filesystem");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'drop':true}}", -EINVAL, "(fs:root) holds /");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'start':1048576}}", -EINVAL, "'start'");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':17}", -EINVAL, "part:0.1");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'drop':true,'size':1048576}}", -EINVAL, "both");
	refused(f, ROOT_HOME_SWAP, "{'disk:0':{'drop':true}}", -EINVAL, "disk");
	refused(f, ROOT_HOME_SWAP, "{'disk:0':{'size':1048576}}", -EINVAL, "disk:0");
	refused(f, ROOT_HOME_SWAP, "{'mount:/home':{'drop':true}}", -EINVAL, "its filesystem");
	refused(f, ROOT_HOME_SWAP, "{'fs:root':{'kind':'xfs'}}", -EINVAL, "starts from");
	refused(f, "[" DISK("disk:0", "5368709120", GPT) "," DISK("disk:1", "5368709120", GPT) PARTITION("0", "1", "1048576", "4294967296")
		PARTITION("1", "1", "1048576", "4294967296") ",{'id':'fs:x','type':'filesystem','on':['part:0.1','part:1.1'],'size':8589934592,"
		"'filesystem':{'kind':'btrfs'}}]", "{'fs:x':{'kind':'ext4'}}", -EINVAL, "on one device");
	refused(f, "[" DISK("disk:0", "5368709120", GPT) PARTITION("0", "1", "1048576", "4294967296")
		",{'id':'fs:x','type':'filesystem','on':['part:0.1'],'size':4294967296,'filesystem':{'kind':'ext4'},"
		"'properties':{'image':'x','image_holes':'zero'}}]", "{'fs:x':{'kind':'xfs'}}", -EINVAL, "cannot become another kind");
	refused(f, ROOT_HOME_SWAP, "{'fs:home':{'kind':'vfat'}}", -EINVAL, "vfat");
	refused(f, ROOT_HOME_SWAP, "{'swap:0':{'kind':'ext4'}}", -EINVAL, "swap:0");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':1073741824}}", -ENOSPC, "part:0.1");
	refused(f, ROOT_HOME_SWAP, "{'part:0.1':{'size':4294967296},'fs:root':{'size':4294967296}}", -EINVAL, "twice");
	refused(f, LOGICAL, "{'part:0.2':{'drop':true}}", -EINVAL, "part:0.5");
	refused(f, LOGICAL, "{'part:0.5':{'drop':true}}", -EINVAL, "part:0.6");
	refused(f, LOGICAL, "{'part:0.2':{'size':1048576}}", -EINVAL, "extended");
	wish_well(f, LOGICAL, "{'part:0.6':{'drop':true}}");
	assert_int_equal(layout_find(f->wanted, "part:0.2")->size, 3 * GIB);
	wish_well(f, LOGICAL, "{'part:0.1':{'drop':true}}");
	assert_int_equal(layout_find(f->wanted, "part:0.2")->partition.start, MIB);
	assert_int_equal(layout_find(f->wanted, "part:0.6")->partition.start, 2150629376 - GIB);
	wish_well(f, LOGICAL, "{'part:0.2':{'drop':true},'part:0.5':{'drop':true},'part:0.6':{'drop':true}}");
	fit_well(f, 10 * GIB, 0);
	assert_null(layout_find(f->result, "part:0.2"));
}

/* ---- sizes over the graph ---- */

#define LUKS(id, on, size) \
	",{'id':'" id "','type':'luks','on':['" on "'],'size':" size ",'properties':{'version':'2','payload_offset':'16777216'}}"

static void test_container_takes_and_gives_what_lies_on_it_does(void **state)
{
	struct fixture *f = *state;

	/* 8 GiB, of which 16 MiB are the header. */
	wish_well(f, "[" DISK("disk:0", "10737418240", GPT) PARTITION("0", "1", "1048576", "8589934592") LUKS("luks:0", "part:0.1", "8573157376")
		  FILESYSTEM("fs:root", "luks:0", "ext4", "8573157376", "2147483648") MOUNT("fs:root", "/") "]", "{}");
	fit_well(f, 12 * GIB, 0);
	assert_true(size_of(f, "part:0.1") > 11 * GIB);
	assert_int_equal(size_of(f, "luks:0"), size_of(f, "part:0.1") - 16 * MIB);
	assert_int_equal(size_of(f, "fs:root"), size_of(f, "luks:0"));
	fit_well(f, 4 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), size_of(f, "part:0.1") - 16 * MIB);
	assert_int_equal(fit(f, 2 * GIB, 0), -ENOSPC);
}

static void test_container_larger_than_its_partition(void **state)
{
	struct fixture *f = *state;

	refused(f, "[" DISK("disk:0", "10737418240", GPT) PARTITION("0", "1", "1048576", "8589934592") LUKS("luks:0", "part:0.1", "9223372036854775807")
		FILESYSTEM("fs:x", "luks:0", "ext4", "8573157376", "1073741824") "]", "{}", -EINVAL, "(luks:0) is larger than what it lies on");
}

static void test_closed_container_keeps_its_size(void **state)
{
	struct fixture *f = *state;

	wish_well(f, "[" DISK("disk:0", "10737418240", GPT) PARTITION("0", "1", "1048576", "8589934592") LUKS("luks:0", "part:0.1", "8573157376") "]", "{}");
	fit_well(f, 12 * GIB, 0);
	assert_int_equal(size_of(f, "part:0.1"), 8 * GIB);
	assert_int_equal(fit(f, 8 * GIB, 0), -ENOSPC);
}

/* Two disks, a partition of 4 GiB on each, an array on both. */
#define ARRAY(level, algorithm, size) \
	"[" DISK("disk:0", "5368709120", GPT) "," DISK("disk:1", "5368709120", GPT) PARTITION("0", "1", "1048576", "4294967296") \
	PARTITION("1", "1", "1048576", "4294967296") \
	",{'id':'md:0','type':'raid','on':['part:0.1','part:1.1'],'size':" size ",'properties':{'level':'" level "','raid_disks':'2'," \
	"'algorithm':'" algorithm "','chunk_size':'524288','component_size':'4290772992'}}" \
	FILESYSTEM("fs:root", "md:0", "ext4", size, "1073741824") MOUNT("fs:root", "/") "]"

static void test_smallest_member_decides_of_an_array(void **state)
{
	struct fixture *f = *state;
	uint64_t grown;

	wish_well(f, ARRAY("raid1", "0", "4290772992"), "{}");
	fit_well(f, 8 * GIB, 10 * GIB);
	grown = size_of(f, "part:0.1") - 4 * GIB;
	assert_true(grown > 3 * GIB);
	assert_int_equal(size_of(f, "md:0"), 4290772992 + grown);
	assert_int_equal(size_of(f, "fs:root"), 4290772992 + grown);
	assert_int_equal(node_number(layout_find(f->result, "md:0"), "component_size"), 4290772992 + grown);
	fit_well(f, 3 * GIB, 10 * GIB);
	assert_int_equal(size_of(f, "fs:root"), 4290772992 - (4 * GIB - size_of(f, "part:0.1")));
	assert_int_equal(fit(f, GIB, 10 * GIB), -ENOSPC);
	/* As many bytes as its members, twice the loss: near copies are two, or the other level has one of two for data. */
	wish_well(f, ARRAY("raid10", "258", "4290772992"), "{}");
	fit_well(f, 3 * GIB, 5 * GIB);
	assert_int_equal(size_of(f, "fs:root"), 4290772992 - (4 * GIB - size_of(f, "part:0.1")));
}

/* What lies on a mirror or in a container goes onto what that lay on, and has the room there. */
static void test_without_a_mirror_or_a_container(void **state)
{
	struct fixture *f = *state;

#define ON_DATA(level, path) \
	"[" DISK("disk:0", "5368709120", GPT) "," DISK("disk:1", "5368709120", GPT) PARTITION("0", "1", "1048576", "4294967296") \
	PARTITION("1", "1", "1048576", "4294967296") \
	",{'id':'md:0','type':'raid','on':['part:0.1','part:1.1'],'size':4290772992,'properties':{'level':'" level "','raid_disks':'2'," \
	"'component_size':'4290772992'}}" LUKS("luks:0", "md:0", "4273995776") FILESYSTEM("fs:x", "luks:0", "ext4", "4257218560", "1073741824") \
	MOUNT("fs:x", path) "]"
	wish_well(f, ON_DATA("raid1", "/srv"), "{'md:0':{'plain':true},'luks:0':{'plain':true}}");
	assert_null(layout_find(f->wanted, "md:0"));
	assert_null(layout_find(f->wanted, "luks:0"));
	assert_string_equal(layout_find(f->wanted, "fs:x")->on[0], "part:0.1");
	fit_well(f, 8 * GIB, 5 * GIB);
	assert_true(size_of(f, "fs:x") > 6 * GIB);
	fit_well(f, 2 * GIB, 5 * GIB);
	assert_true(size_of(f, "fs:x") < 2 * GIB && size_of(f, "fs:x") > GIB);
	/* The second disk has nothing to give: one disk does. */
	fit_well(f, 5 * GIB, 0);
	assert_null(layout_find(f->result, "disk:1"));
	wish_well(f, ON_DATA("raid1", "/srv"), "{'luks:0':{'plain':true}}");
	assert_string_equal(layout_find(f->wanted, "fs:x")->on[0], "md:0");
	/* The other member is nothing that it lies on any more. */
	wish_well(f, ON_DATA("raid1", "/srv"), "{'md:0':{'plain':true},'part:1.1':{'drop':true}}");
	assert_null(layout_find(f->wanted, "part:1.1"));
	assert_string_equal(layout_find(f->wanted, "luks:0")->on[0], "part:0.1");
	assert_non_null(layout_find(f->wanted, "mount:/srv"));
	wish_well(f, ON_DATA("raid1", "/srv"), "{'md:0':{'plain':true},'part:0.1':{'drop':true}}");
	assert_null(layout_find(f->wanted, "mount:/srv"));
	/* What was spread over the members has its room on one: more than that had, where the target is large enough, less where the files allow it. */
#define ON_STRIPES(on) \
	"[" DISK("disk:0", "5368709120", GPT) "," DISK("disk:1", "5368709120", GPT) PARTITION("0", "1", "1048576", "4294967296") \
	PARTITION("1", "1", "1048576", "4294967296") \
	",{'id':'md:0','type':'raid','on':" on ",'size':8581545984,'properties':{'level':'raid0','raid_disks':'2'}}" \
	FILESYSTEM("fs:x", "md:0", "ext4", "8581545984", "1073741824") MOUNT("fs:x", "/srv") "]"
	wish_well(f, ON_STRIPES("['part:0.1','part:1.1']"), "{'md:0':{'plain':true}}");
	assert_null(layout_find(f->wanted, "md:0"));
	assert_true(size_of(f, "part:0.1") == 0 || layout_find(f->wanted, "part:0.1")->size >= 8581545984);
	fit_well(f, 10 * GIB, 0);
	assert_true(size_of(f, "fs:x") >= 8581545984);
	fit_well(f, 5 * GIB, 0);
	assert_true(size_of(f, "fs:x") < 5 * GIB && size_of(f, "fs:x") > GIB);
	assert_int_equal(fit(f, GIB, 0), -ENOSPC);
	context_clear(&f->ctx);
	wish_well(f, ON_STRIPES("['part:0.1','part:1.1']"), "{'md:0':{'plain':'part:1.1'}}");
	assert_string_equal(layout_find(f->wanted, "fs:x")->on[0], "part:1.1");
	refused(f, "[" DISK("disk:0", "5368709120", GPT) "," DISK("disk:1", "5368709120", GPT) PARTITION("0", "1", "1048576", "4294967296")
		PARTITION("1", "1", "1048576", "4294967296") LUKS("luks:0", "part:0.1", "4278190080") LUKS("luks:1", "part:1.1", "4278190080")
		",{'id':'md:0','type':'raid','on':['luks:0','luks:1'],'size':8547991552,'properties':{'level':'raid0','raid_disks':'2'}}"
		FILESYSTEM("fs:x", "md:0", "ext4", "8547991552", "1073741824") MOUNT("fs:x", "/srv") "]", "{'md:0':{'plain':true}}", -EINVAL, "no mirror");
	/* What the machine starts from, too: finishing corrects what looks for it there. */
	wish_well(f, ON_DATA("raid1", "/usr"), "{'luks:0':{'plain':true}}");
	assert_string_equal(layout_find(f->wanted, "fs:x")->on[0], "md:0");
	refused(f, ON_DATA("raid1", "/srv"), "{'part:0.1':{'plain':true}}", -EINVAL, "encrypted containers");
	refused(f, ON_DATA("raid1", "/srv"), "{'md:0':{'plain':1}}", -EINVAL, "'plain'");
	refused(f, ON_DATA("raid1", "/srv"), "{'md:0':{'plain':true,'drop':true}}", -EINVAL, "both left out and changed");
}

static void test_array_of_another_level_keeps_its_size(void **state)
{
	struct fixture *f = *state;

	wish_well(f, ARRAY("raid0", "0", "8581545984"), "{}");
	fit_well(f, 8 * GIB, 8 * GIB);
	assert_int_equal(size_of(f, "part:0.1"), 4 * GIB);
	assert_int_equal(size_of(f, "md:0"), 8581545984);
	assert_int_equal(fit(f, 3 * GIB, 8 * GIB), -ENOSPC);
}

/* A group of 8 GiB less one extent: root of 2 GiB, /home of 4 GiB, the rest is free. */
#define PV_UUID "aaaaaa-1111-2222-3333-4444-5555-666666"
#define VOLUME(name, number, type, start, extents, size) \
	",{'id':'lv:" name "','type':'lv','on':['vg:0'],'size':" size ",'label':'" name "','uuid':'" number number number number number number \
	"-1111-2222-3333-4444-5555-666666','properties':{'kind':'linear','status':'READ WRITE VISIBLE','segments':'1','segment_0_type':'" type \
	"','segment_0_extent_count':'" extents "','segment_0_stripe_count':'1','segment_0_stripes':'" PV_UUID ":" start "'}}"
#define GROUP(type) \
	"[" DISK("disk:0", "10737418240", GPT) PARTITION("0", "1", "1048576", "8589934592") \
	",{'id':'pv:0','type':'pv','on':['part:0.1'],'size':8589934592,'uuid':'" PV_UUID "','properties':{'pe_start':'1048576','pe_count':'2047'}}" \
	",{'id':'vg:0','type':'vg','on':['pv:0'],'size':8585740288,'label':'vg','uuid':'cccccc-1111-2222-3333-4444-5555-666666'," \
	"'properties':{'extent_size':'4194304','status':'RESIZEABLE READ WRITE'}}" \
	VOLUME("root", "1", type, "0", "512", "2147483648") VOLUME("home", "2", "striped", "512", "1024", "4294967296") \
	FILESYSTEM("fs:root", "lv:root", "ext4", "2147483648", "536870912") FILESYSTEM("fs:home", "lv:home", "xfs", "4294967296", "1073741824") \
	MOUNT("fs:root", "/") MOUNT("fs:home", "/home") "]"

static void test_group_gives_its_free_extents_first(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	wish_well(f, GROUP("striped"), "{}");
	fit_well(f, 7 * GIB, 0);
	assert_int_equal(size_of(f, "fs:home"), 4 * GIB);
	assert_int_equal(size_of(f, "fs:root"), 2 * GIB);
	fit_well(f, 5 * GIB, 0);
	lost = 4 * GIB - size_of(f, "fs:home");
	assert_true(lost > GIB && lost < 2 * GIB);
	assert_int_equal(lost % (4 * MIB), 0);
	assert_int_equal(size_of(f, "lv:home"), size_of(f, "fs:home"));
	assert_int_equal(size_of(f, "fs:root"), 2 * GIB);
	assert_true(size_of(f, "lv:root") + size_of(f, "lv:home") <= size_of(f, "vg:0"));
	assert_true(size_of(f, "vg:0") <= size_of(f, "pv:0"));
	assert_int_equal(fit(f, GIB + GIB / 2, 0), -ENOSPC);
}

static void test_volumes_share_what_is_there_more(void **state)
{
	struct fixture *f = *state;
	uint64_t grown;

	wish_well(f, GROUP("striped"), "{}");
	fit_well(f, 12 * GIB, 0);
	grown = (size_of(f, "vg:0") - 8585740288) / (4 * MIB);
	assert_true(grown > 490);
	assert_int_equal(size_of(f, "fs:root"), 2 * GIB + grown * 512 / 1536 * 4 * MIB);
	assert_int_equal(size_of(f, "fs:root") + size_of(f, "fs:home"), 6 * GIB + grown * 4 * MIB);
	assert_true(size_of(f, "lv:root") + size_of(f, "lv:home") <= size_of(f, "vg:0"));
	assert_true(size_of(f, "vg:0") < size_of(f, "part:0.1"));
}

static void test_volumes_of_chosen_sizes(void **state)
{
	struct fixture *f = *state;

	/* More than the group had: what the disk has more makes room for it, and the other gives what still lacks. */
	wish_well(f, GROUP("striped"), "{'lv:root':{'size':'7GiB'}}");
	fit_well(f, 12 * GIB, 0);
	assert_int_equal(size_of(f, "fs:root"), 7 * GIB);
	assert_true(size_of(f, "lv:home") <= size_of(f, "vg:0") - 7 * GIB);
	assert_int_equal(fit(f, 7 * GIB, 0), -ENOSPC);
	wish_well(f, GROUP("striped"), "{'fs:root':{'size':'25%'},'fs:home':{'size':'rest'}}");
	fit_well(f, 16 * GIB, 0);
	assert_int_equal(size_of(f, "lv:root"), size_of(f, "vg:0") / (4 * MIB) / 4 * (4 * MIB));
	assert_int_equal(size_of(f, "lv:root") + size_of(f, "lv:home"), size_of(f, "vg:0"));
	wish_well(f, GROUP("striped"), "{'lv:home':{'size':'3%'}}");
	assert_int_equal(fit(f, 10 * GIB, 0), -ENOSPC);
	assert_non_null(strstr(context_detail(&f->ctx), "3 %"));
	refused(f, GROUP("striped"), "{'lv:root':{'size':'100MiB'}}", -ENOSPC, "its contents need");
	refused(f, GROUP("striped"), "{'vg:0':{'size':'9GiB'}}", -EINVAL, "linear LVM volume");
}

/* Of a disk that is larger, and of one that is not. */
static void test_parts_of_the_disk_and_the_rest(void **state)
{
	struct fixture *f = *state;

	wish_well(f, ROOT_HOME_SWAP, "{'fs:root':{'size':'30%'},'fs:home':{'size':'rest'}}");
	fit_well(f, 40 * GIB, 0);
	assert_int_equal(size_of(f, "part:0.1"), 12 * GIB);
	assert_int_equal(size_of(f, "fs:root"), 12 * GIB);
	assert_true(size_of(f, "part:0.2") > 26 * GIB && size_of(f, "fs:home") == size_of(f, "part:0.2"));
	assert_int_equal(size_of(f, "swap:0"), GIB);
	fit_well(f, 20 * GIB, 0);
	assert_int_equal(size_of(f, "part:0.1"), 6 * GIB);
	assert_true(size_of(f, "part:0.2") > 12 * GIB);
	assert_int_equal(fit(f, 6 * GIB, 0), -ENOSPC);
	assert_non_null(strstr(context_detail(&f->ctx), "30 %"));
	/* Swap may get the rest, too: then nothing else grows. */
	wish_well(f, ROOT_HOME_SWAP, "{'swap:0':{'size':'rest'}}");
	fit_well(f, 24 * GIB, 0);
	assert_int_equal(size_of(f, "fs:home"), 8 * GIB);
	assert_true(size_of(f, "swap:0") > 7 * GIB);
}

static void test_boot_does_not_grow(void **state)
{
	struct fixture *f = *state;

	wish_well(f, "[" DISK("disk:0", "21474836480", GPT) PARTITION("0", "1", "1048576", "1073741824") PARTITION("0", "2", "1074790400", "8589934592")
		  FILESYSTEM("fs:boot", "part:0.1", "ext4", "1073741824", "104857600") FILESYSTEM("fs:root", "part:0.2", "ext4", "8589934592", "1073741824")
		  MOUNT("fs:root", "/") MOUNT("fs:boot", "/boot") "]", "{}");
	fit_well(f, 40 * GIB, 0);
	assert_int_equal(size_of(f, "fs:boot"), GIB);
	assert_true(size_of(f, "fs:root") > 38 * GIB);
}

/* What is left of a group is as good as free. */
static void test_volume_that_is_not_made_needs_no_room(void **state)
{
	struct fixture *f = *state;

	wish_well(f, GROUP("error"), "{}");
	fit_well(f, 6 * GIB, 0);
	assert_int_equal(size_of(f, "fs:home"), 4 * GIB);
	assert_int_equal(size_of(f, "lv:home"), 4 * GIB);
	fit_well(f, 5 * GIB, 0);
	assert_true(size_of(f, "fs:home") == 4 * GIB);
}

/* A thin pool of 6 GiB, with a volume that shows 20 GiB, of which 1 GiB is in use. */
#define PART(name, number, start, extents, size) \
	",{'id':'lv:" name "','type':'lv','on':['vg:0'],'size':" size ",'label':'" name "','uuid':'" number number number number number number \
	"-1111-2222-3333-4444-5555-666666','properties':{'kind':'linear','status':'READ WRITE','segments':'1','segment_0_type':'striped'," \
	"'segment_0_extent_count':'" extents "','segment_0_stripe_count':'1','segment_0_stripes':'" PV_UUID ":" start "'}}"
#define POOL \
	"[" DISK("disk:0", "10737418240", GPT) PARTITION("0", "1", "1074790400", "8589934592") PARTITION("0", "2", "1048576", "1073741824") \
	",{'id':'pv:0','type':'pv','on':['part:0.1'],'size':8589934592,'uuid':'" PV_UUID "','properties':{'pe_start':'1048576','pe_count':'2047'}}" \
	",{'id':'vg:0','type':'vg','on':['pv:0'],'size':8585740288,'label':'vg','uuid':'cccccc-1111-2222-3333-4444-5555-666666'," \
	"'properties':{'extent_size':'4194304','status':'RESIZEABLE READ WRITE'}}" \
	PART("pool_tdata", "1", "0", "1536", "6442450944") PART("pool_tmeta", "2", "1536", "2", "8388608") \
	",{'id':'lv:pool','type':'lv','on':['lv:pool_tdata','lv:pool_tmeta'],'size':6442450944,'label':'pool','uuid':'333333-1111-2222-3333-4444-5555-666666'," \
	"'properties':{'kind':'thin-pool','status':'READ WRITE VISIBLE','segments':'1','segment_0_type':'thin-pool','segment_0_extent_count':'1536'," \
	"'segment_0_chunk_size':'65536','segment_0_pool':'pool_tdata','segment_0_metadata':'pool_tmeta'}}" \
	",{'id':'lv:thin','type':'lv','on':['lv:pool'],'size':21474836480,'label':'thin','uuid':'444444-1111-2222-3333-4444-5555-666666'," \
	"'properties':{'kind':'thin','status':'READ WRITE VISIBLE','segments':'1','segment_0_type':'thin','segment_0_extent_count':'5120'," \
	"'segment_0_thin_pool':'pool','segment_0_device_id':'1'}}" \
	FILESYSTEM("fs:root", "part:0.2", "ext4", "1073741824", "1073741824") FILESYSTEM("fs:data", "lv:thin", "xfs", "21474836480", "1073741824") \
	MOUNT("fs:root", "/") MOUNT("fs:data", "/data") "]"

static void test_thin_pool_changes_with_its_disk(void **state)
{
	struct fixture *f = *state;
	const struct node *pool;

	wish_well(f, POOL, "{}");
	for (unsigned larger = 0; larger < 2; larger++) {
		fit_well(f, larger ? 20 * GIB : 5 * GIB, 0);
		pool = layout_find(f->result, "lv:pool");
		assert_int_equal(size_of(f, "lv:pool"), size_of(f, "lv:pool_tdata"));
		assert_int_equal(node_number(pool, "segment_0_extent_count") * 4 * MIB, pool->size);
		assert_true(larger ? pool->size > 15 * GIB : pool->size > 3 * GIB && pool->size < 4 * GIB);
		assert_int_equal(size_of(f, "lv:pool_tmeta"), 8 * MIB);
		assert_int_equal(size_of(f, "lv:thin"), 20 * GIB);
		assert_int_equal(size_of(f, "fs:data"), 20 * GIB);
	}
	assert_int_equal(fit(f, 2 * GIB, 0), -ENOSPC);
}

/* What a set says of a container is not larger than what lies in it: nothing gets less than no bytes. */
static void test_container_smaller_than_its_contents(void **state)
{
	struct fixture *f = *state;
	static const char layout[] = "[" DISK("disk:0", "21474836480", GPT) PARTITION("0", "1", "1048576", "8589934592")
		",{'id':'luks:0','type':'luks','on':['part:0.1'],'size':1048576,'properties':{'payload_offset':'16777216'}}"
		FILESYSTEM("fs:root", "luks:0", "ext4", "8573157376", "1073741824") "]";

	assert_int_equal(wish(f, layout, "{'part:0.1':{'size':4294967296}}"), -EINVAL);
	assert_non_null(strstr(context_detail(&f->ctx), "damaged"));
}

/* ---- many ways ---- */

static json_t *volume(const char *side, unsigned number, const char *on, const char *other)
{
	AUTO_FREE char *id = text_format("lv:%s%u", side, number);
	json_t *node = json_pack("{s:s,s:s,s:[ss*],s:i}", "id", id, "type", "lv", "on", on, other, "size", 1 << 22);

	assert_non_null(node);
	return node;
}

/* Half a million ways lead down from each of COUNT volumes at the top: one pass over the graph does for all of them. */
static void test_graph_of_many_ways_is_planned(void **state)
{
	enum { LEVELS = 19, COUNT = 3000 };
	struct fixture *f = *state;
	json_t *nodes = quoted_json("[" DISK("disk:0", "21474836480", "") ",{'id':'pv:0','type':'pv','on':['disk:0']},"
				    "{'id':'vg:0','type':'vg','on':['pv:0']}]");
	AUTO_FREE char *text = NULL;

	for (unsigned level = 0; level < LEVELS; level++) {
		AUTO_FREE char *a = level ? text_format("lv:a%u", level - 1) : strdup("vg:0");
		AUTO_FREE char *b = level ? text_format("lv:b%u", level - 1) : NULL;

		json_array_append_new(nodes, volume("a", level, a, b));
		json_array_append_new(nodes, volume("b", level, a, b));
	}
	for (unsigned i = 0; i < COUNT; i++)
		json_array_append_new(nodes, volume("top", i, "lv:a18", "lv:b18"));
	text = json_dumps(nodes, 0);
	json_decref(nodes);
	alarm(60);
	wish_well(f, text, "{'lv:top7':{'drop':true}}");
	assert_null(layout_find(f->wanted, "lv:top7"));
	fit_well(f, 20 * GIB, 0);
	assert_int_equal(f->result->count, f->captured->count - 1);
	wish_well(f, text, "{'lv:b0':{'drop':true}}");
	/* Its twin is a hidden part of what is gone, and goes with it. */
	assert_int_equal(f->wanted->count, 3);
	alarm(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_wish_changes_nothing),
		TEST(test_size_is_kept_and_the_rest_moves),
		TEST(test_larger_is_taken_from_what_can_shrink),
		TEST(test_filesystem_smaller_than_its_partition),
		TEST(test_left_out),
		TEST(test_another_kind),
		TEST(test_what_cannot_be_wished),
		TEST(test_note_of_what_is_left_out),
		TEST(test_container_takes_and_gives_what_lies_on_it_does),
		TEST(test_container_larger_than_its_partition),
		TEST(test_closed_container_keeps_its_size),
		TEST(test_smallest_member_decides_of_an_array),
		TEST(test_without_a_mirror_or_a_container),
		TEST(test_array_of_another_level_keeps_its_size),
		TEST(test_group_gives_its_free_extents_first),
		TEST(test_volumes_share_what_is_there_more),
		TEST(test_volumes_of_chosen_sizes),
		TEST(test_parts_of_the_disk_and_the_rest),
		TEST(test_boot_does_not_grow),
		TEST(test_volume_that_is_not_made_needs_no_room),
		TEST(test_thin_pool_changes_with_its_disk),
		TEST(test_container_smaller_than_its_contents),
		TEST(test_graph_of_many_ways_is_planned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
