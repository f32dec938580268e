/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What programs need to start, read out of their files: real ones, made ones, cut ones and damaged ones. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../backend/core/bytes.h"
#include "../../backend/core/file.h"
#include "../../backend/image/elf_file.h"

/* A small shared object: two libraries, one RPATH, one RUNPATH; everything in one loaded segment at address 0x1000. */
struct made {
	Elf64_Ehdr header;
	Elf64_Phdr segments[4];
	Elf64_Dyn dynamic[7];
	char interpreter[16];
	char strings[64];
	Elf64_Nhdr note;
	char owner[4];
	char opened[64];
};

static struct made make(void)
{
	struct made made = {
		.header = { .e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = offsetof(struct made, segments),
			    .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 4 },
		.segments = {
			{ .p_type = PT_LOAD, .p_offset = 0, .p_vaddr = 0x1000, .p_filesz = sizeof(made), .p_memsz = sizeof(made) },
			{ .p_type = PT_DYNAMIC, .p_offset = offsetof(struct made, dynamic), .p_filesz = sizeof(made.dynamic) },
			{ .p_type = PT_INTERP, .p_offset = offsetof(struct made, interpreter), .p_filesz = 11 },
			{ .p_type = PT_NOTE, .p_offset = offsetof(struct made, note), .p_align = 4,
			  .p_filesz = sizeof(made.note) + sizeof(made.owner) + sizeof(made.opened) },
		},
		.dynamic = {
			{ DT_NEEDED, { 1 } }, { DT_RPATH, { 15 } }, { DT_NEEDED, { 8 } }, { DT_RUNPATH, { 20 } },
			{ DT_STRTAB, { 0x1000 + offsetof(struct made, strings) } }, { DT_STRSZ, { 40 } }, { DT_NULL, { 0 } },
		},
		.interpreter = "/lib/ld.so",
		.strings = "\0liba.1\0libb.2\0/old\0$ORIGIN/x::/opt/y",
		.note = { sizeof(made.owner), sizeof(made.opened), 0x407c0c0a }, .owner = "FDO",
		.opened = "[{\"feature\":\"xz\",\"soname\":[\"liblzma.so.5\"]},{\"soname\":3},7]",
	};

	memcpy(made.header.e_ident, ELFMAG, SELFMAG);
	made.header.e_ident[EI_CLASS] = ELFCLASS64;
	made.header.e_ident[EI_DATA] = ELFDATA2LSB;
	return made;
}

static int parse(const void *data, size_t length)
{
	struct elf_file AUTO_ELF_FILE file = { 0 };
	/* On the heap in its exact length, so that a sanitizer sees every byte read too far. */
	void *copy = malloc(length ? length : 1);
	int r;

	memcpy(copy, data, length);
	r = elf_file_parse(copy, length, &file);
	free(copy);
	return r;
}

static void test_made(void **state)
{
	struct made made = make();
	struct elf_file AUTO_ELF_FILE file = { 0 };

	(void)state;
	assert_int_equal(elf_file_parse(&made, sizeof(made), &file), 0);
	assert_true(file.is_elf);
	assert_string_equal(file.interpreter, "/lib/ld.so");
	assert_int_equal(strv_length(file.needed), 2);
	assert_string_equal(file.needed[0], "liba.1");
	assert_string_equal(file.needed[1], "libb.2");
	assert_int_equal(strv_length(file.opened), 1);
	assert_string_equal(file.opened[0], "liblzma.so.5");
	/* RUNPATH hides RPATH; empty directories are left out. */
	assert_int_equal(strv_length(file.search), 2);
	assert_string_equal(file.search[0], "$ORIGIN/x");
	assert_string_equal(file.search[1], "/opt/y");
}

static void test_own_program(void **state)
{
	struct elf_file AUTO_ELF_FILE file = { 0 };

	(void)state;
	assert_int_equal(elf_file_read("/proc/self/exe", &file), 0);
	assert_true(file.is_elf);
	assert_non_null(file.interpreter);
	assert_true(strv_contains(file.needed, "libc.so.6"));
}

static void test_scripts(void **state)
{
	static const struct {
		const char *text, *interpreter;
	} cases[] = {
		{ "#!/bin/sh\necho", "/bin/sh" }, { "#! \t/usr/bin/env bash\n", "/usr/bin/env" }, { "#!/bin/bash", "/bin/bash" },
		{ "just text", NULL }, { "", NULL }, { "#", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct elf_file AUTO_ELF_FILE file = { 0 };

		assert_int_equal(elf_file_parse(cases[i].text, strlen(cases[i].text), &file), 0);
		assert_false(file.is_elf);
		if (cases[i].interpreter)
			assert_string_equal(file.interpreter, cases[i].interpreter);
		else
			assert_null(file.interpreter);
	}
	assert_int_equal(parse("#!relative\n", 11), -ENOEXEC);
	assert_int_equal(parse("#!\n/bin/sh", 10), -ENOEXEC);
}

static void test_other_machines(void **state)
{
	struct made made = make();

	(void)state;
	made.header.e_machine = EM_386;
	assert_int_equal(parse(&made, sizeof(made)), -ENOEXEC);
	made = make();
	made.header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(parse(&made, sizeof(made)), -ENOEXEC);
	made = make();
	made.header.e_ident[EI_DATA] = ELFDATA2MSB;
	assert_int_equal(parse(&made, sizeof(made)), -ENOEXEC);
}

static void test_damage(void **state)
{
	static const struct {
		size_t at;
		uint64_t value;
		size_t size;
	} damages[] = {
		{ offsetof(struct made, header.e_phoff), UINT64_MAX - 8, 8 },
		{ offsetof(struct made, header.e_phoff), sizeof(struct made) - 8, 8 },
		{ offsetof(struct made, header.e_phnum), 0xffff, 2 },
		{ offsetof(struct made, header.e_phentsize), 1, 2 },
		{ offsetof(struct made, segments[1].p_offset), UINT64_MAX, 8 },
		{ offsetof(struct made, segments[1].p_filesz), UINT64_MAX, 8 },
		{ offsetof(struct made, segments[1].p_filesz), 1 << 30, 8 },
		{ offsetof(struct made, segments[0].p_filesz), 8, 8 },
		{ offsetof(struct made, segments[0].p_offset), UINT64_MAX - 16, 8 },
		{ offsetof(struct made, segments[2].p_filesz), 10, 8 },
		{ offsetof(struct made, segments[2].p_filesz), 1, 8 },
		{ offsetof(struct made, segments[2].p_offset), UINT64_MAX - 4, 8 },
		{ offsetof(struct made, interpreter), 'x', 1 },
		{ offsetof(struct made, dynamic[0].d_un), 40, 8 },
		{ offsetof(struct made, dynamic[0].d_un), UINT64_MAX, 8 },
		{ offsetof(struct made, dynamic[0].d_un), 0, 8 }, /* a library without a name */
		{ offsetof(struct made, dynamic[4].d_un), 0, 8 },
		{ offsetof(struct made, dynamic[4].d_un), UINT64_MAX, 8 },
		{ offsetof(struct made, dynamic[5].d_un), UINT64_MAX, 8 },
		{ offsetof(struct made, dynamic[5].d_un), 0, 8 },
		{ offsetof(struct made, dynamic[5].d_un), 30, 8 }, /* cuts the last string */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(damages); i++) {
		struct made made = make();

		memcpy((char *)&made + damages[i].at, &damages[i].value, damages[i].size);
		if (parse(&made, sizeof(made)) != -EBADMSG)
			fail_msg("damage %zu was not seen", i);
	}
}

/* Whatever is cut off or flipped, nothing outside the file is read (the sanitizers watch) and nothing hangs. */
static void test_cut_and_flipped(void **state)
{
	struct made made = make();

	(void)state;
	for (size_t length = SELFMAG; length < offsetof(struct made, strings) + 39; length++)
		assert_int_equal(parse(&made, length), -EBADMSG);
	for (size_t at = 0; at < sizeof(made); at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct made copy = made;

			((unsigned char *)&copy)[at] ^= (unsigned char)(1u << bit);
			parse(&copy, sizeof(copy));
		}
}

static void test_missing(void **state)
{
	struct elf_file AUTO_ELF_FILE file = { 0 };

	(void)state;
	assert_int_equal(elf_file_read("/nonexistent", &file), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made), cmocka_unit_test(test_own_program), cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_other_machines), cmocka_unit_test(test_damage), cmocka_unit_test(test_cut_and_flipped),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests_name("image_elf", tests, NULL, NULL);
}
