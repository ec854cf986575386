/* SPDX-License-Identifier: MIT */
#include "content/content.h"

#include "content/content_internal.h"
#include "content/identity.h"
#include "io/hash.h"
#include "util/log.h"

#define TRIES 8
#define PIECE ((size_t)1 << 20)

static int make_parts(struct content *c, const struct content_opts *opts, struct err *err)
{
	int r = cachedir_new(opts->cache_dir, opts->cache_bytes, &c->opener.cache, err);

	if (r == 0)
		r = cachedir_new(NULL, 0, &c->fresh, err);
	if (r < 0)
		return r;
	if (filecache_new(&c->files) < 0 || ledger_new(&c->opener.ledger) < 0 ||
	    spancache_new(opts->span_bytes, &c->opener.spans) < 0)
		return err_oom(err);
	return 0;
}

int content_new(const struct content_opts *opts, struct content **ret, struct err *err)
{
	_cleanup_(content_freep) struct content *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_oom(err);
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->db_lock, NULL);
	pthread_cond_init(&c->opened, NULL);
	c->opener.db = opts->db;
	c->opener.db_lock = &c->db_lock;
	c->opener.serials = &c->serials;
	c->verify_always = opts->verify_always;
	c->from_twins = opts->from_twins;
	r = make_parts(c, opts, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&c);
	return 0;
}

void content_free(struct content *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < OPEN_MAX_LAYERS; i++)
		opened_unref(c->slots[i].o);
	filecache_free(c->files);
	ledger_free(c->opener.ledger);
	spancache_free(c->opener.spans);
	cachedir_free(c->opener.cache);
	cachedir_free(c->fresh);
	pthread_cond_destroy(&c->opened);
	pthread_mutex_destroy(&c->db_lock);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* ---- open layers; the lock is held in all of these ---- */

static struct slot *find_slot(struct content *c, int64_t layer)
{
	for (size_t i = 0; i < OPEN_MAX_LAYERS; i++)
		if (c->slots[i].layer == layer)
			return &c->slots[i];
	return NULL;
}

/* A free place, or that of the least recently used layer; NULL if all are being opened. */
static struct slot *free_slot(struct content *c)
{
	struct slot *oldest = NULL;

	for (size_t i = 0; i < OPEN_MAX_LAYERS; i++) {
		struct slot *s = &c->slots[i];

		if (!s->layer)
			return s;
		if (s->o && (!oldest || s->used < oldest->used))
			oldest = s;
	}
	if (oldest) {
		opened_unref(oldest->o);
		*oldest = (struct slot){0};
	}
	return oldest;
}

static int open_into(struct content *c, struct slot *s, int64_t layer, struct err *err)
{
	struct opened *o = NULL;
	int r;

	*s = (struct slot){.layer = layer};
	pthread_mutex_unlock(&c->lock);
	r = choice_open(&c->opener, layer, &o, err);
	pthread_mutex_lock(&c->lock);
	s->o = o;
	if (r < 0)
		*s = (struct slot){0};
	pthread_cond_broadcast(&c->opened);
	return r;
}

/* The layer, opened now by this thread or before by another; with a reference. */
static int get_open(struct content *c, int64_t layer, struct opened **ret, struct err *err)
{
	struct slot *s;
	int r = 0;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		s = find_slot(c, layer);
		if (s && s->o)
			break;
		if (!s && (s = free_slot(c))) {
			r = open_into(c, s, layer, err);
			break;
		}
		pthread_cond_wait(&c->opened, &c->lock);
	}
	if (r == 0) {
		s->used = ++c->clock;
		*ret = opened_ref(s->o);
	}
	pthread_mutex_unlock(&c->lock);
	return r;
}

static void forsake(struct content *c, struct opened *o)
{
	struct slot *s;

	pthread_mutex_lock(&c->lock);
	s = find_slot(c, o->layer);
	if (s && s->o == o) {
		opened_unref(o);
		*s = (struct slot){0};
		pthread_cond_broadcast(&c->opened);
	}
	pthread_mutex_unlock(&c->lock);
}

/* Its archive was touched: the same place once more, proven anew; others wait for that. */
static int renew(struct content *c, struct opened *o, struct err *err)
{
	struct opened *anew = NULL;
	struct slot *s;
	int r;

	pthread_mutex_lock(&c->lock);
	s = find_slot(c, o->layer);
	if (!s || s->o != o) {
		pthread_mutex_unlock(&c->lock);
		return 0; /* somebody has done it */
	}
	s->o = NULL;
	pthread_mutex_unlock(&c->lock);
	r = choice_renew(&c->opener, o, &anew, err);
	pthread_mutex_lock(&c->lock);
	opened_unref(o); /* the slot's */
	s->o = anew;
	if (r < 0)
		*s = (struct slot){0};
	pthread_cond_broadcast(&c->opened);
	pthread_mutex_unlock(&c->lock);
	return r;
}

/* ---- files ---- */

static int look_up_file(struct content *c, int64_t inode, struct file *ret, struct err *err)
{
	struct entry_row row;
	int r;

	pthread_mutex_lock(&c->db_lock);
	r = entries_find(c->opener.db, inode, &row, err);
	if (r == 0)
		r = err_set(err, ESTALE, "the file is not in the index any more");
	if (r > 0)
		r = file_from_row(&row, ret, err);
	pthread_mutex_unlock(&c->db_lock);
	if (r < 0)
		return r;
	pthread_mutex_lock(&c->lock);
	filecache_put(c->files, ret);
	pthread_mutex_unlock(&c->lock);
	return 0;
}

static int get_file(struct content *c, int64_t inode, struct file *ret, struct err *err)
{
	int r;

	pthread_mutex_lock(&c->lock);
	r = filecache_get(c->files, inode, ret);
	pthread_mutex_unlock(&c->lock);
	if (r < 0)
		return err_oom(err);
	return r > 0 ? 0 : look_up_file(c, inode, ret, err);
}

static int read_exactly(struct source *tar, void *buf, size_t n, uint64_t off, struct err *err)
{
	size_t got;
	int r = source_pread(tar, buf, n, off, &got, err);

	if (r == 0 && got != n)
		r = err_set(err, EBADMSG, "the layer ends before its file does");
	return r;
}

/* Zeros, and over them what the regions hold. */
static int read_sparse(struct source *tar, const struct file *f, char *buf, size_t n,
		       uint64_t off, struct err *err)
{
	memset(buf, 0, n);
	for (size_t i = 0; i < f->n_regions; i++) {
		const struct region *x = &f->regions[i];
		uint64_t lo = MAX(x->off, off), hi = MIN(x->off + x->len, off + n);
		int r = 0;

		if (lo < hi)
			r = read_exactly(tar, buf + (lo - off), (size_t)(hi - lo),
					 x->at + (lo - x->off), err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The file is looked at after its bytes were read: a change before or meanwhile shows. */
static int read_file(const struct content *c, struct opened *o, const struct file *f, void *buf,
		     size_t n, uint64_t off, struct err *err)
{
	int stale, r;

	if (f->regions)
		r = read_sparse(o->tar, f, buf, n, off, err);
	else
		r = read_exactly(o->tar, buf, n, f->data + off, err);
	if (r < 0)
		err_prefix(err, r, "%s", o->archive.path);
	stale = opened_check(&c->opener, o, err);
	return stale < 0 ? stale : r;
}

static int verify_file(const struct content *c, struct opened *o, const struct file *f,
		       struct err *err)
{
	_cleanup_(sha256_freep) struct sha256 *h = NULL;
	_cleanup_free_ char *piece = malloc(PIECE);
	unsigned char sum[32];

	if (!piece || sha256_new(&h) < 0)
		return err_oom(err);
	for (uint64_t off = 0; off < f->size; off += PIECE) {
		size_t n = (size_t)MIN((uint64_t)PIECE, f->size - off);
		int r = read_file(c, o, f, piece, n, off, err);

		if (r < 0)
			return r;
		sha256_update(h, piece, n);
	}
	sha256_final(h, sum);
	if (memcmp(sum, f->sha256, 32) != 0)
		return err_set(err, EBADMSG, "%s: a file does not have its SHA-256 any more",
			       o->archive.path);
	return 0;
}

static int verify_once(struct content *c, struct opened *o, struct file *f, struct err *err)
{
	int r;

	if (!c->verify_always || !f->hashed || f->verified_by == o->serial)
		return 0;
	r = verify_file(c, o, f, err);
	if (r < 0)
		return r;
	f->verified_by = o->serial;
	pthread_mutex_lock(&c->lock);
	filecache_put(c->files, f);
	pthread_mutex_unlock(&c->lock);
	return 0;
}

/* ---- reads ---- */

/* Is another location worth a try? A changed archive takes itself out of the choice. */
static bool give_up_location(struct content *c, struct opened *o, int r)
{
	struct archive_row now = {0};

	if (r != -ESTALE && r != -EIO && r != -EBADMSG && r != -EFBIG)
		return false;
	if (r != -ESTALE && identity_take(o->file->fd, &now) == 0)
		opened_note(&c->opener, o, &now, VERDICT_SHAKY);
	forsake(c, o);
	return true;
}

struct request {
	struct file *f;
	void *buf;
	size_t n;
	uint64_t off;
};

/* Places that failed, and why the first did. */
struct attempts {
	int64_t places[TRIES];
	size_t n;
	int first;
	struct err why;
};

static bool is_seen(const struct attempts *a, const struct opened *o)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->places[i] == o->location.id)
			return true;
	return false;
}

/* 0, or -EAGAIN: the archive was touched, read once more. */
static int read_here(struct content *c, struct opened *o, const struct request *q,
		     struct err *err)
{
	int r = verify_once(c, o, q->f, err);

	if (r == 0)
		r = read_file(c, o, q->f, q->buf, q->n, q->off, err);
	if (r != -EAGAIN)
		return r;
	r = renew(c, o, err);
	return r < 0 ? r : -EAGAIN;
}

static void note_failure(struct attempts *a, const struct opened *o, int r,
			 const struct err *why)
{
	if (o)
		a->places[a->n++] = o->location.id;
	if (a->first)
		return;
	a->first = r;
	a->why = *why;
}

/* The reader is content, but somebody should know. */
static void tell_of_fallback(const struct attempts *a, const struct opened *o)
{
	if (a->first && a->first != -ESTALE)
		log_line("%s (read from %s instead)", a->why.msg, o->archive.path);
}

/* 1 read, 0 worth another try, or the last failure. */
static int attempt(struct content *c, const struct request *q, struct attempts *a)
{
	_cleanup_(opened_unrefp) struct opened *o = NULL;
	struct err why = ERR_INIT;
	int r = get_open(c, ENTRY_LAYER(q->f->inode), &o, &why);

	if (r == 0 && is_seen(a, o))
		return a->first;
	if (r == 0) {
		r = read_here(c, o, q, &why);
		if (r == -EAGAIN)
			return 0;
	}
	if (r == 0) {
		tell_of_fallback(a, o);
		return 1;
	}
	note_failure(a, o, r, &why);
	return o && give_up_location(c, o, r) ? 0 : r;
}

/* From the best location, from the next one if that fails; the first failure is told. */
static int read_anywhere(struct content *c, const struct request *q, struct err *err)
{
	struct attempts a = {.n = 0};

	for (size_t i = 0; i < TRIES; i++) {
		int r = attempt(c, q, &a);

		if (r > 0)
			return 0;
		if (r < 0)
			break;
	}
	if (!a.first)
		return err_set(err, ESTALE, "an archive is touched all the time");
	return err_set(err, -a.first, "%s", a.why.msg);
}

/* What a reader of a file is told: that bytes are damaged, not how we found out. */
static int as_read_error(int r)
{
	return r == -EBADMSG || r == -EFBIG || r == -ERANGE || r == -ENOTSUP ? -EIO : r;
}

int content_pread_own(struct content *c, int64_t inode, struct piece *p, struct err *err)
{
	_cleanup_(file_release) struct file f = {0};
	struct request q = {.f = &f, .buf = p->buf, .off = p->off};
	int r = get_file(c, inode, &f, err);

	p->got = 0;
	if (r < 0)
		return as_read_error(r);
	if (p->off >= f.size)
		return 0;
	q.n = (size_t)MIN((uint64_t)p->n, f.size - p->off);
	r = read_anywhere(c, &q, err);
	if (r == 0)
		p->got = q.n;
	return as_read_error(r);
}

/* Is it the file's place that failed, rather than us? */
static bool is_lost(int r)
{
	return r == -ENOENT || r == -ESTALE || r == -EIO;
}

int content_pread(struct content *c, int64_t inode, void *buf, size_t n, uint64_t off,
		  size_t *ret_n, struct err *err)
{
	struct piece p = {.buf = buf, .n = n, .off = off};
	int r;

	if (c->from_twins && stand_in_read_again(c, inode, &p) == 0) {
		*ret_n = p.got;
		return 0;
	}
	r = content_pread_own(c, inode, &p, err);
	if (c->from_twins && is_lost(r) && stand_in_read(c, inode, &p) == 0)
		r = 0;
	*ret_n = p.got;
	return r;
}

/* A file not looked up yet needs SQL, which is quick unless somebody else is at it. */
static bool is_found_fast(struct content *c, int64_t inode)
{
	if (filecache_has(c->files, inode))
		return true;
	if (pthread_mutex_trylock(&c->db_lock) != 0)
		return false;
	pthread_mutex_unlock(&c->db_lock);
	return true;
}

bool content_is_fast(struct content *c, int64_t inode)
{
	const struct slot *s;
	bool fast;

	if (c->verify_always)
		return false;
	pthread_mutex_lock(&c->lock);
	s = find_slot(c, ENTRY_LAYER(inode));
	fast = s && s->o && s->o->fast && opened_is_same(s->o) && is_found_fast(c, inode);
	pthread_mutex_unlock(&c->lock);
	return fast;
}
