/* SPDX-License-Identifier: MIT */
#include "store/documents.h"

#include "io/hash.h"
#include "store/store_internal.h"

static const char *const kinds[] = {
    [DOCUMENT_PROVENANCE] = "provenance", [DOCUMENT_CACHE] = "cache",
    [DOCUMENT_DOCKERFILE] = "dockerfile", [DOCUMENT_STAGE] = "stage",
    [DOCUMENT_ARGUMENTS] = "arguments",
};

/* The subject is text in the table; it is bounded by what a digest can be. */
static int subject_text(struct bytes subject, char out[DIGEST_TEXT_MAX], struct err *err)
{
	if (subject.len >= DIGEST_TEXT_MAX)
		return err_set(err, EINVAL, "the digest of a document's subject is too long");
	if (subject.len)
		memcpy(out, subject.ptr, subject.len);
	out[subject.len] = 0;
	return 0;
}

static int find(struct db *db, const struct document_row *row, const char *digest,
		const char *subject, int64_t *ret_id, struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_DOCUMENT_FIND, &s, err);

	if (r < 0)
		return r;
	bind_text(s, 1, kinds[row->kind]);
	bind_text(s, 2, digest);
	bind_text(s, 3, subject);
	bind_bytes(s, 4, row->name);
	r = stmt_row(db, s, err);
	if (r > 0)
		*ret_id = sqlite3_column_int64(s, 0);
	return r;
}

int document_add(struct db *db, const struct document_row *row, int64_t *ret_id,
		 struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	char digest[DIGEST_TEXT_MAX], subject[DIGEST_TEXT_MAX];
	struct digest d = digest_of(DIGEST_SHA256, row->body);
	int r = subject_text(row->subject, subject, err);

	digest_format(&d, digest);
	if (r == 0)
		r = find(db, row, digest, subject, ret_id, err);
	if (r)
		return MIN(r, 0);
	r = stmt_get(db, STMT_DOCUMENT_INSERT, &s, err);
	if (r < 0)
		return r;
	bind_text(s, 1, kinds[row->kind]);
	bind_text(s, 2, digest);
	bind_text(s, 3, subject);
	bind_bytes(s, 4, row->name);
	bind_bytes(s, 5, row->body);
	bind_bytes(s, 6, row->input);
	bind_int(s, 7, row->indexed);
	r = stmt_run(db, s, err);
	if (r < 0)
		return r;
	*ret_id = sqlite3_last_insert_rowid(db->sql);
	return 1;
}

int document_add_layer(struct db *db, int64_t document, const struct document_layer_row *row,
		       struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_DOCUMENT_LAYER_PUT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, document);
	bind_int(s, 2, row->ord);
	if (row->layer)
		bind_int(s, 3, row->layer);
	bind_text(s, 4, row->diff_id);
	bind_text(s, 5, row->blob_digest);
	if (row->blob_bytes >= 0)
		bind_int(s, 6, row->blob_bytes);
	bind_text(s, 7, row->codec);
	r = stmt_run(db, s, err);
	return r < 0 ? r : sqlite3_changes(db->sql) > 0;
}

static int kind_of(struct db *db, sqlite3_stmt *s, enum document_kind *ret, struct err *err)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		if (strcmp(kinds[k], col_str(s, 1)) == 0) {
			*ret = (enum document_kind)k;
			return 0;
		}
	return db_damaged(db, "no kind of document", sqlite3_column_int64(s, 0), err);
}

/* Borrows from the statement. */
static int read_row(struct db *db, sqlite3_stmt *s, struct document_row *ret, struct err *err)
{
	enum document_kind kind = DOCUMENT_PROVENANCE;
	int r = kind_of(db, s, &kind, err);

	if (r < 0)
		return r;
	*ret = (struct document_row){.id = sqlite3_column_int64(s, 0),
				     .kind = kind,
				     .body = col_blob(s, 2),
				     .subject = bytes_from_str(col_str(s, 3)),
				     .name = col_blob(s, 4),
				     .input = col_blob(s, 5),
				     .indexed = sqlite3_column_int64(s, 6)};
	return 0;
}

/* The first document behind `after`, with copies of its bytes in `arena`. 1, 0 at the end. */
static int next(struct db *db, int64_t after, struct document_row *ret, struct arena *arena,
		struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_DOCUMENT_NEXT, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, after);
	r = stmt_row(db, s, err);
	if (r <= 0)
		return r;
	r = read_row(db, s, ret, err);
	if (r < 0)
		return r;
	ret->body = arena_bytes(arena, ret->body);
	ret->subject = arena_bytes(arena, ret->subject);
	ret->name = arena_bytes(arena, ret->name);
	ret->input = arena_bytes(arena, ret->input);
	return ret->body.ptr && ret->input.ptr ? 1 : err_oom(err);
}

int documents_get(struct db *db, int (*cb)(void *arg, const struct document_row *row),
		  void *arg, struct err *err)
{
	struct document_row row = {0};
	int r;

	for (;;) {
		_cleanup_(arena_release) struct arena arena = {0};

		r = next(db, row.id, &row, &arena, err);
		if (r > 0)
			r = cb(arg, &row);
		else
			return r;
		if (r)
			return r;
	}
}

int document_layers_get(struct db *db, int64_t document,
			int (*cb)(void *arg, const struct document_layer_row *row), void *arg,
			struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_DOCUMENT_LAYER_EACH, &s, err);

	if (r < 0)
		return r;
	bind_int(s, 1, document);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct document_layer_row row = {
		    .ord = (uint32_t)sqlite3_column_int64(s, 0),
		    .layer = sqlite3_column_int64(s, 1),
		    .diff_id = col_str(s, 2),
		    .blob_digest = col_str(s, 3),
		    .blob_bytes = col_null(s, 4) ? -1 : sqlite3_column_int64(s, 4),
		    .codec = col_text(s, 5)};

		r = cb(arg, &row);
	}
	return r;
}

int documents_called(struct db *db, struct bytes text,
		     int (*cb)(void *arg, const struct document_row *row), void *arg,
		     struct err *err)
{
	_cleanup_(stmt_done) sqlite3_stmt *s = NULL;
	int r = stmt_get(db, STMT_DOCUMENT_CALLED, &s, err);

	if (r < 0)
		return r;
	bind_bytes(s, 1, text);
	while (r == 0 && (r = stmt_row(db, s, err)) > 0) {
		struct document_row row;

		r = read_row(db, s, &row, err);
		if (r == 0)
			r = cb(arg, &row);
	}
	return r;
}

int document_remove(struct db *db, int64_t id, struct err *err)
{
	return stmt_run_id(db, STMT_DOCUMENT_DELETE, id, err);
}
