/* SPDX-License-Identifier: MIT */
#include "ingest/writer.h"

#include "ingest/place.h"
#include "store/layers.h"
#include "util/escape.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

DEFINE_VEC(staged_vec, int64_t)

int writer_init(struct writer *w, struct db *db, const struct infile *input, const char *name,
		const struct ingest_opts *opts, struct err *err)
{
	unsigned char raw[16];

	*w = (struct writer){.db = db, .opts = opts, .input = input, .name = name};
	if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		return err_sys(err, errno, "cannot get random bytes");
	hex_encode(raw, sizeof(raw), w->run);
	w->intake.limits = opts->limits;
	w->intake.directory = input->dirfd >= 0;
	w->intake.file_size = input->file ? input->file->size : 0;
	return 0;
}

void writer_release(struct writer *w)
{
	intake_release(&w->intake);
	buf_release(&w->dirs);
}

static int nonsense(struct err *err, const char *what)
{
	return err_set(err, EBADMSG, "the parser process sent nonsense (%s)", what);
}

/* ---- one layer ---- */

/* The index may have got this layer since the parser was started: from an earlier job of this
 * run never (the plan reads each once), from a concurrent indexer now and then. */
static int stage(struct writer *w, const struct digest *diff_id, struct err *err)
{
	char text[DIGEST_TEXT_MAX];
	struct layer_row row;
	int r;

	digest_format(diff_id, text);
	r = layers_find(w->db, text, &row, err);
	w->skip = r == 1;
	if (r == 1)
		w->id = row.id;
	if (r == 0)
		r = layers_stage(w->db, text, w->run, &w->id, err);
	return r < 0 ? r : 0;
}

static int on_layer_begin(struct writer *w, struct wire_cursor *c, struct err *err)
{
	struct msg_layer_begin m;
	int r;

	r = msg_get_layer_begin(c, &m, err);
	if (r < 0)
		return r;
	r = intake_layer_read(&w->intake, m.image, m.layer, &m.diff_id, &m.blob_digest,
			      &w->layer, err);
	if (r < 0)
		return r;
	w->tar_bytes = m.tar_bytes;
	w->rows = w->highest_inode = w->kept_findings = 0;
	buf_clear(&w->dirs);
	r = db_begin(w->db, err);
	if (r == 0)
		r = stage(w, &m.diff_id, err);
	w->state = WRITER_ROWS;
	return r;
}

static bool is_type(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		return (mode & ~(uint32_t)(S_IFMT | 07777)) == 0;
	default:
		return false;
	}
}

static bool is_name(struct bytes name)
{
	return name.len > 0 && name.len <= 255 && bytes_find(name, '/') == name.len &&
	       !bytes_equal(name, BYTES(".")) && !bytes_equal(name, BYTES(".."));
}

/* Why a row cannot be right, or NULL. */
static const char *wrong_row(const struct writer *w, const struct entry_row *row)
{
	if (row->id != ENTRY_ID(0, w->rows) || w->rows > ENTRY_SEQ_MAX)
		return "rows out of sequence";
	if (!is_type(row->mode))
		return "a mode that is none";
	if (row->inode < 0 || row->inode > ENTRY_SEQ_MAX)
		return "an inode of another layer";
	if (w->rows == 0)
		return row->parent == 0 && row->name.len == 0 && S_ISDIR(row->mode)
			   ? NULL
			   : "a root that is none";
	if (row->parent >= w->rows || !w->dirs.ptr[row->parent])
		return "a row below no directory";
	if (!is_name(row->name))
		return "a name that is none";
	return NULL;
}

/* Limits on names are the parser's; limits on rows are ours too, the disk is ours. The root and
 * implied directories come on top of the members. */
static int check_row(const struct writer *w, const struct entry_row *row, struct err *err)
{
	const char *wrong = wrong_row(w, row);

	if (wrong)
		return nonsense(err, wrong);
	if (w->rows >= ENTRY_SEQ_MAX)
		return err_set(err, EFBIG, "too many entries (limit entries)");
	return 0;
}

static int on_entry(struct writer *w, struct wire_cursor *c, struct err *err)
{
	struct entry_row row;
	int r;

	r = msg_get_entry(c, &row, err);
	if (r == 0)
		r = check_row(w, &row, err);
	if (r < 0)
		return r;
	if (buf_add_char(&w->dirs, S_ISDIR(row.mode)) < 0)
		return err_oom(err);
	w->rows++;
	w->last_inode = ENTRY_SEQ(row.inode);
	w->highest_inode = MAX(w->highest_inode, w->last_inode);
	row.id = ENTRY_ID(w->id, ENTRY_SEQ(row.id));
	row.inode = ENTRY_ID(w->id, ENTRY_SEQ(row.inode));
	return w->skip ? 0 : entries_insert(w->db, &row, err);
}

static int on_xattr(struct writer *w, struct wire_cursor *c, struct err *err)
{
	struct msg_xattr m;
	int r;

	r = msg_get_xattr(c, &m, err);
	if (r < 0)
		return r;
	if (!w->rows || w->last_inode != w->rows - 1)
		return nonsense(err, "an xattr without entry");
	return w->skip
		   ? 0
		   : xattrs_insert(w->db, ENTRY_ID(w->id, w->last_inode), m.name, m.value, err);
}

static int on_finding(struct writer *w, struct wire_cursor *c, struct err *err)
{
	_cleanup_(buf_release) struct buf detail = BUF_INIT;
	struct msg_finding m;
	int r;

	r = msg_get_finding(c, &m, err);
	if (r < 0)
		return r;
	if (w->skip || w->kept_findings >= w->opts->limits->findings)
		return 0;
	if (m.detail.ptr && buf_add_bytes(&detail, m.detail) < 0)
		return err_oom(err);
	return findings_insert(w->db, w->id, w->kept_findings++, finding_code(m.finding),
			       m.path, m.detail.ptr ? buf_str(&detail) : NULL, err);
}

static int on_seekpoint(struct writer *w, struct wire_cursor *c, struct err *err)
{
	struct seekpoint_vec *have = &w->layer->points.points;
	struct seekpoint p;
	int r;

	r = msg_get_seekpoint(c, &p, err);
	if (r < 0)
		return r;
	if (p.in > w->layer->len || p.out > w->tar_bytes ||
	    (have->n && p.out <= have->v[have->n - 1].out))
		return nonsense(err, "seek points out of order");
	return seekpoints_add(&w->layer->points, &p) < 0 ? err_oom(err) : 0;
}

static int finish_layer(struct writer *w, const struct msg_layer_end *m, struct err *err)
{
	struct layer_row row = {
	    .id = w->id,
	    .tar_bytes = w->tar_bytes,
	    .content_bytes = m->content_bytes,
	    .entries = m->entries,
	    .findings = m->findings,
	    .indexed = time(NULL),
	};
	int r;

	digest_format(&w->layer->diff_id, row.diff_id);
	r = entries_find_twins(w->db, w->id, err);
	return r < 0 ? r : layers_finish(w->db, &row, err);
}

static int on_layer_end(struct writer *w, struct wire_cursor *c, struct err *err)
{
	bool changed = false;
	struct msg_layer_end m;
	int r;

	r = msg_get_layer_end(c, &m, err);
	if (r < 0)
		return r;
	if (!w->rows || m.entries != w->rows || w->highest_inode >= w->rows ||
	    m.findings < w->kept_findings)
		return nonsense(err, "totals that do not fit the rows");
	if (!w->skip)
		r = finish_layer(w, &m, err);
	if (r == 0)
		r = place_record(w->db, w->input, w->layer, w->id, false, &changed,
				 &w->made_archive, err);
	if (r == 0)
		r = db_commit(w->db, err);
	w->layers_new += !w->skip;
	w->findings += m.findings;
	w->state = WRITER_READING;
	return r;
}

/* ---- the rest ---- */

static int on_start(struct writer *w, struct wire_cursor *c, struct err *err)
{
	struct msg_start m;
	int r;

	r = msg_get_start(c, &m, err);
	if (r < 0)
		return r;
	if (!w->intake.format)
		return nonsense(err, "a start before the archive");
	w->jobs = m.layers;
	w->bytes = m.bytes;
	w->state = WRITER_READING;
	return 0;
}

static int on_progress(struct writer *w, struct wire_cursor *c, struct err *err)
{
	struct ingest_progress p = {.input = w->name, .layers = w->jobs, .bytes_all = w->bytes};
	struct msg_progress m;
	int r;

	r = msg_get_progress(c, &m, err);
	if (r < 0)
		return r;
	p.layer = MIN(m.layer, w->jobs);
	p.bytes = MIN(m.bytes, w->bytes);
	if (w->opts->progress)
		w->opts->progress(w->opts->progress_arg, &p);
	return 0;
}

static int on_verified(struct writer *w, struct wire_cursor *c, struct err *err)
{
	const struct intake_layer *told;
	struct intake_layer *l;
	struct msg_verified m;
	int r;

	r = msg_get_verified(c, &m, err);
	if (r < 0)
		return r;
	told = intake_layer(&w->intake, m.image, m.layer);
	if (!told || told->diff_id.alg == DIGEST_NONE)
		return nonsense(err, "a layer that was not announced");
	return intake_layer_read(&w->intake, m.image, m.layer, &told->diff_id, &m.blob_digest,
				 &l, err);
}

/* The refusal, in the parser's words: it escaped names; a control byte would mean that it
 * is not itself any more. */
static int on_error(struct writer *w, struct wire_cursor *c, struct err *err)
{
	char text[900];
	struct msg_error m;
	int r;

	r = msg_get_error(c, &m, err);
	if (r < 0)
		return r;
	w->state = WRITER_REFUSED;
	snprintf(text, sizeof(text), "%.*s", (int)MIN(m.text.len, sizeof(text)), m.text.ptr);
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return err_set(err, (int)m.code, "%s", text);
}

static int on_done(struct writer *w, struct wire_cursor *c, struct err *err)
{
	w->state = WRITER_DONE;
	return wire_got_all(c, WIRE_DONE, err);
}

typedef int (*message_fn)(struct writer *w, struct wire_cursor *c, struct err *err);

static const struct {
	unsigned states; /* in which it may come */
	message_fn take;
} messages[WIRE_TYPE_END] = {
    [WIRE_START] = {1u << WRITER_TELLING, on_start},
    [WIRE_PROGRESS] = {1u << WRITER_READING, on_progress},
    [WIRE_LAYER_BEGIN] = {1u << WRITER_READING, on_layer_begin},
    [WIRE_ENTRY] = {1u << WRITER_ROWS, on_entry},
    [WIRE_XATTR] = {1u << WRITER_ROWS, on_xattr},
    [WIRE_FINDING] = {1u << WRITER_ROWS, on_finding},
    [WIRE_SEEKPOINT] = {1u << WRITER_ROWS, on_seekpoint},
    [WIRE_LAYER_END] = {1u << WRITER_ROWS, on_layer_end},
    [WIRE_VERIFIED] = {1u << WRITER_READING, on_verified},
    [WIRE_ERROR] = {1u << WRITER_TELLING | 1u << WRITER_READING | 1u << WRITER_ROWS, on_error},
    [WIRE_DONE] = {1u << WRITER_READING, on_done},
};

static int take(struct writer *w, enum wire_type type, struct wire_cursor *c, struct err *err)
{
	if (w->state == WRITER_TELLING && type < WIRE_START)
		return intake_take(&w->intake, type, c, err);
	if (!(messages[type].states & 1u << w->state))
		return nonsense(err, "a message out of order");
	return messages[type].take(w, c, err);
}

/* A document, its escapes, and room for the rest. */
static size_t max_frame(const struct limits *limits)
{
	uint64_t documents = MAX(MIN(limits->json_bytes, GIB(1)), ARCHIVE_EVIDENCE_MAX / 2);

	return (size_t)MIN(2 * documents + limits->ext_header + MIB(1), GIB(1));
}

int writer_run(struct writer *w, int fd, struct err *err)
{
	_cleanup_(wire_in_release) struct wire_in in = {
	    .fd = fd,
	    .max_frame = max_frame(w->opts->limits),
	};
	struct wire_cursor c;
	enum wire_type type;
	int r;

	while ((r = wire_receive(&in, &type, &c, err)) > 0) {
		r = take(w, type, &c, err);
		if (r < 0 || w->state == WRITER_DONE)
			break;
	}
	if (r == 0 && w->state == WRITER_DONE)
		return 0;
	db_rollback(w->db);
	return r < 0 ? r : 1;
}

/* ---- undoing ---- */

static int note_staged(void *arg, int64_t id)
{
	return staged_vec_push(arg, id);
}

static int delete_staged(struct writer *w, const struct staged_vec *ids)
{
	int r = 0;

	for (size_t i = 0; i < ids->n && r == 0; i++)
		r = layers_delete(w->db, ids->v[i], NULL);
	if (r == 0 && w->made_archive)
		r = archives_delete_unused(w->db, NULL);
	return r;
}

void writer_undo(struct writer *w)
{
	_cleanup_(staged_vec_release) struct staged_vec ids = {0};

	if (layers_each_staged(w->db, w->run, note_staged, &ids, NULL) < 0)
		return;
	if (!ids.n && !w->made_archive)
		return;
	if (db_begin(w->db, NULL) < 0)
		return;
	if (delete_staged(w, &ids) < 0 || db_commit(w->db, NULL) < 0)
		db_rollback(w->db);
}
