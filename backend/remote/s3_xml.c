/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "s3_xml.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <expat.h>

#include "../core/bytes.h"

#define PATH_LIMIT 512

struct level {
	struct buffer text;
	size_t path;             /* length of the path before it */
};

struct reader {
	XML_Parser parser;
	const char *root;
	int (*each)(void *data, const char *path, const char *text);
	void *data;
	struct level levels[S3_XML_DEPTH];
	unsigned depth, elements;
	char path[PATH_LIMIT];
	int fault;
};

static void stop(struct reader *reader, int fault)
{
	if (!reader->fault)
		reader->fault = fault;
	XML_StopParser(reader->parser, XML_FALSE);
}

static void on_start(void *data, const char *name, const char **attributes)
{
	struct reader *reader = data;
	size_t length = strlen(reader->path), more = strlen(name);
	struct level *level;

	(void)attributes;
	if (reader->fault)
		return;
	if (reader->depth == S3_XML_DEPTH || ++reader->elements > S3_XML_ELEMENTS || length + more + 2 > PATH_LIMIT ||
	    (!reader->depth && strcmp(name, reader->root)))
		return stop(reader, -EBADMSG);
	level = &reader->levels[reader->depth++];
	level->text.length = 0;
	level->path = length;
	if (reader->depth == 1)
		return;
	if (length)
		reader->path[length++] = '/';
	memcpy(reader->path + length, name, more + 1);
}

static void on_text(void *data, const char *text, int length)
{
	struct reader *reader = data;
	struct buffer *buffer;

	if (reader->fault)
		return;
	buffer = &reader->levels[reader->depth - 1].text;
	if (buffer->length + (size_t)length > S3_XML_TEXT)
		return stop(reader, -EBADMSG);
	if (buffer_append(buffer, text, (size_t)length) < 0)
		stop(reader, -ENOMEM);
}

static void on_end(void *data, const char *name)
{
	struct reader *reader = data;
	struct level *level;
	int r;

	(void)name;
	/* That of an element without content comes also after the reader was stopped at its beginning. */
	if (reader->fault)
		return;
	level = &reader->levels[reader->depth - 1];
	if (level->text.data)
		level->text.data[level->text.length] = '\0';
	r = reader->each(reader->data, reader->path, level->text.data ? level->text.data : "");
	if (r < 0)
		return stop(reader, r);
	reader->path[level->path] = '\0';
	reader->depth--;
}

static void on_document_type(void *data, const char *name, const char *system, const char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(data, -EBADMSG);
}

int s3_xml_read(const void *xml, size_t length, const char *root, int (*each)(void *data, const char *path, const char *text), void *data)
{
	struct reader reader = { .root = root, .each = each, .data = data };
	enum XML_Status status;

	if (length > S3_XML_LIMIT)
		return -EBADMSG;
	reader.parser = XML_ParserCreate("UTF-8");
	if (!reader.parser)
		return -ENOMEM;
	XML_SetUserData(reader.parser, &reader);
	XML_SetElementHandler(reader.parser, on_start, on_end);
	XML_SetCharacterDataHandler(reader.parser, on_text);
	XML_SetStartDoctypeDeclHandler(reader.parser, on_document_type);
	status = XML_Parse(reader.parser, xml, (int)length, 1);
	if (!reader.fault && status != XML_STATUS_OK)
		reader.fault = XML_GetErrorCode(reader.parser) == XML_ERROR_NO_MEMORY ? -ENOMEM : -EBADMSG;
	XML_ParserFree(reader.parser);
	for (size_t i = 0; i < S3_XML_DEPTH; i++)
		buffer_done(&reader.levels[i].text);
	return reader.fault;
}
