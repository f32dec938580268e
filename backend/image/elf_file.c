/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <jansson.h>

#include "../core/bytes.h"
#include "../core/file.h"

#define FILE_LIMIT ((size_t)1 << 30)
#define SEGMENTS_LIMIT 512u
#define DYNAMIC_LIMIT 65536u
#define SCRIPT_LINE_LIMIT 255u /* BINPRM_BUF_SIZE of the kernel, less the end */

/* ELF dlopen metadata (uapi-group.org/specifications/specs/elf_dlopen_metadata): owner and type of its notes. */
#define NOTE_DLOPEN_OWNER "FDO"
#define NOTE_DLOPEN 0x407c0c0au

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#else
#error "the boot archive is not built for this machine's processor"
#endif

struct image {
	const unsigned char *data;
	size_t length;
	const Elf64_Ehdr *header;
	Elf64_Phdr *segments;    /* copies: they may lie unaligned */
	size_t segment_count;
};

static bool inside(const struct image *image, uint64_t offset, uint64_t length)
{
	return offset <= image->length && length <= image->length - offset;
}

static int read_segments(struct image *image)
{
	const Elf64_Ehdr *header = image->header;

	if (header->e_phnum == 0)
		return 0;
	if (header->e_phnum > SEGMENTS_LIMIT || header->e_phentsize != sizeof(Elf64_Phdr) ||
	    !inside(image, header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr)))
		return -EBADMSG;
	image->segments = calloc(header->e_phnum, sizeof(Elf64_Phdr));
	if (!image->segments)
		return -ENOMEM;
	memcpy(image->segments, image->data + header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr));
	image->segment_count = header->e_phnum;
	return 0;
}

/* Offset in the file of an address in memory. */
static bool address_offset(const struct image *image, uint64_t address, uint64_t *ret)
{
	for (size_t i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *segment = &image->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz)
			return !__builtin_add_overflow(segment->p_offset, address - segment->p_vaddr, ret);
	}
	return false;
}

struct strings {
	const char *table;
	uint64_t size;
};

/* The string at OFFSET when it ends inside the table. */
static const char *string_at(const struct strings *strings, uint64_t offset)
{
	if (offset >= strings->size || !memchr(strings->table + offset, 0, (size_t)(strings->size - offset)))
		return NULL;
	return strings->table + offset;
}

static int split_search(const char *text, char ***ret)
{
	while (*text) {
		size_t length = strcspn(text, ":");
		AUTO_FREE char *one = strndup(text, length);
		int r = one ? 0 : -ENOMEM;

		if (r == 0 && length > 0)
			r = strv_append(ret, one);
		if (r < 0)
			return r;
		text += length + (text[length] == ':');
	}
	return 0;
}

static int find_strings(const struct image *image, const Elf64_Dyn *dynamic, size_t count, struct strings *ret)
{
	uint64_t address = 0, offset;

	for (size_t i = 0; i < count && dynamic[i].d_tag != DT_NULL; i++) {
		if (dynamic[i].d_tag == DT_STRTAB)
			address = dynamic[i].d_un.d_ptr;
		else if (dynamic[i].d_tag == DT_STRSZ)
			ret->size = dynamic[i].d_un.d_val;
	}
	if (!address_offset(image, address, &offset) || !inside(image, offset, ret->size))
		return -EBADMSG;
	ret->table = (const char *)image->data + offset;
	return 0;
}

static int read_dynamic(const struct image *image, const Elf64_Phdr *segment, struct elf_file *ret)
{
	size_t count = (size_t)(segment->p_filesz / sizeof(Elf64_Dyn));
	AUTO_FREE Elf64_Dyn *dynamic = NULL;
	const char *runpath = NULL, *rpath = NULL;
	struct strings strings = { 0 };
	int r;

	if (count > DYNAMIC_LIMIT || !inside(image, segment->p_offset, segment->p_filesz))
		return -EBADMSG;
	dynamic = calloc(count ? count : 1, sizeof(Elf64_Dyn));
	if (!dynamic)
		return -ENOMEM;
	memcpy(dynamic, image->data + segment->p_offset, count * sizeof(Elf64_Dyn));
	r = find_strings(image, dynamic, count, &strings);
	for (size_t i = 0; r == 0 && i < count && dynamic[i].d_tag != DT_NULL; i++) {
		const char *text;

		if (dynamic[i].d_tag != DT_NEEDED && dynamic[i].d_tag != DT_RUNPATH && dynamic[i].d_tag != DT_RPATH)
			continue;
		text = string_at(&strings, dynamic[i].d_un.d_val);
		if (!text || (dynamic[i].d_tag == DT_NEEDED && !*text))
			return -EBADMSG;
		if (dynamic[i].d_tag == DT_NEEDED)
			r = strv_append(&ret->needed, text);
		else if (dynamic[i].d_tag == DT_RUNPATH)
			runpath = text;
		else
			rpath = text;
	}
	if (r == 0 && (runpath || rpath))
		r = split_search(runpath ? runpath : rpath, &ret->search);
	return r;
}

static int read_interpreter(const struct image *image, const Elf64_Phdr *segment, struct elf_file *ret)
{
	const char *text;

	if (!inside(image, segment->p_offset, segment->p_filesz) || segment->p_filesz < 2)
		return -EBADMSG;
	text = (const char *)image->data + segment->p_offset;
	if (text[segment->p_filesz - 1] || text[0] != '/' || ret->interpreter)
		return -EBADMSG;
	ret->interpreter = strdup(text);
	return ret->interpreter ? 0 : -ENOMEM;
}

/* [{"soname": [NAME, ...], ...}, ...]. What is not of this form names nothing. */
static int take_opened(const char *text, size_t length, struct elf_file *ret)
{
	json_t *features = json_loadb(text, strnlen(text, length), 0, NULL), *feature, *name;
	size_t i, j;
	int r = 0;

	json_array_foreach(features, i, feature)
		json_array_foreach(json_object_get(feature, "soname"), j, name)
			if (r == 0 && json_string_length(name))
				r = strv_append(&ret->opened, json_string_value(name));
	json_decref(features);
	return r;
}

static int read_notes(const struct image *image, const Elf64_Phdr *segment, struct elf_file *ret)
{
	uint64_t at = segment->p_offset, end = segment->p_offset + segment->p_filesz;
	uint64_t align = segment->p_align == 8 ? 8 : 4;
	int r = 0;

	if (!inside(image, segment->p_offset, segment->p_filesz))
		return -EBADMSG;
	while (r == 0 && end - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		uint64_t name = at + sizeof(note), text, length;

		memcpy(&note, image->data + at, sizeof(note));
		text = at + (sizeof(note) + note.n_namesz + align - 1) / align * align;
		if (text > end || note.n_descsz > end - text)
			return -EBADMSG;
		if (note.n_type == NOTE_DLOPEN && note.n_namesz == sizeof(NOTE_DLOPEN_OWNER) &&
		    !memcmp(image->data + name, NOTE_DLOPEN_OWNER, sizeof(NOTE_DLOPEN_OWNER)))
			r = take_opened((const char *)image->data + text, note.n_descsz, ret);
		length = (text - at + note.n_descsz + align - 1) / align * align;
		if (length > end - at)
			break;
		at += length;
	}
	return r;
}

static int parse_elf(struct image *image, struct elf_file *ret)
{
	int r;

	if (image->length < sizeof(Elf64_Ehdr))
		return -EBADMSG;
	if (image->data[EI_CLASS] != ELFCLASS64 || image->data[EI_DATA] != ELFDATA2LSB || image->header->e_machine != MACHINE)
		return -ENOEXEC;
	ret->is_elf = true;
	r = read_segments(image);
	for (size_t i = 0; r == 0 && i < image->segment_count; i++) {
		if (image->segments[i].p_type == PT_INTERP)
			r = read_interpreter(image, &image->segments[i], ret);
		else if (image->segments[i].p_type == PT_DYNAMIC)
			r = read_dynamic(image, &image->segments[i], ret);
		else if (image->segments[i].p_type == PT_NOTE)
			r = read_notes(image, &image->segments[i], ret);
	}
	return r;
}

static int parse_script(const char *text, size_t length, struct elf_file *ret)
{
	const char *start = text + 2, *limit = text + (length < SCRIPT_LINE_LIMIT ? length : SCRIPT_LINE_LIMIT), *end;

	while (start < limit && (*start == ' ' || *start == '\t'))
		start++;
	for (end = start; end < limit && !strchr(" \t\r\n", *end); end++)
		;
	if (end == start || *start != '/')
		return -ENOEXEC;
	ret->interpreter = strndup(start, (size_t)(end - start));
	return ret->interpreter ? 0 : -ENOMEM;
}

int elf_file_parse(const void *data, size_t length, struct elf_file *ret)
{
	struct elf_file file = { 0 };
	AUTO_FREE Elf64_Ehdr *header = malloc(sizeof(*header)); /* DATA may lie unaligned */
	struct image image = { .data = data, .length = length, .header = header };
	int r = 0;

	if (!header)
		return -ENOMEM;
	memset(header, 0, sizeof(*header));
	memcpy(header, data, length < sizeof(*header) ? length : sizeof(*header));
	if (length >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG))
		r = parse_elf(&image, &file);
	else if (length >= 2 && !memcmp(data, "#!", 2))
		r = parse_script(data, length, &file);
	free(image.segments);
	if (r < 0) {
		elf_file_done(&file);
		return r;
	}
	*ret = file;
	return 0;
}

int elf_file_read(const char *path, struct elf_file *ret)
{
	AUTO_FREE char *data = NULL;
	size_t length;
	int r = file_read(AT_FDCWD, path, FILE_LIMIT, &data, &length);

	return r < 0 ? r : elf_file_parse(data, length, ret);
}

void elf_file_done(struct elf_file *file)
{
	free(file->interpreter);
	strv_free(file->needed);
	strv_free(file->opened);
	strv_free(file->search);
	*file = (struct elf_file){ 0 };
}
