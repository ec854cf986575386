/* SPDX-License-Identifier: MIT */
#include "ingest/decoding.h"

#include "ingest/digester.h"
#include "ingest/ring.h"

#include <pthread.h>
#include <stdatomic.h>

#define CHUNK_BYTES MIB(1)
#define CHUNKS      8

enum { CONSUMER_HASH, CONSUMER_CALLER, CONSUMERS };

struct decoding {
	struct ring *ring;
	struct decoder *decoder;
	struct digester *diff, *blob; /* blob NULL: the DiffID is the blob's digest too */
	pthread_t decode_thread, hash_thread;
	bool decode_runs, hash_runs;
	atomic_uint_fast64_t stored;
	uint64_t bytes; /* the hash thread's, until joined */
	bool holding;   /* the caller has a chunk */
};

/* In the decode thread. */
static void on_input(void *arg, const void *p, size_t n)
{
	struct decoding *d = arg;

	atomic_fetch_add_explicit(&d->stored, n, memory_order_relaxed);
	if (d->blob)
		digester_update(d->blob, p, n);
}

static int decode_all(struct decoding *d, struct err *err)
{
	void *chunk;
	size_t n;
	int r;

	for (;;) {
		r = ring_produce(d->ring, &chunk);
		if (r < 0)
			return r;
		r = decoder_read(d->decoder, chunk, CHUNK_BYTES, &n, err);
		if (r < 0 || n == 0)
			return r;
		ring_commit(d->ring, n);
	}
}

static void *decode_main(void *arg)
{
	struct decoding *d = arg;
	struct err err = ERR_INIT;
	int r = decode_all(d, &err);

	ring_finish(d->ring, r, &err);
	return NULL;
}

static void *hash_main(void *arg)
{
	struct decoding *d = arg;
	struct bytes piece;

	while (ring_consume(d->ring, CONSUMER_HASH, &piece, NULL) == 0 && piece.len) {
		digester_update(d->diff, piece.ptr, piece.len);
		d->bytes += piece.len;
		ring_release(d->ring, CONSUMER_HASH);
	}
	return NULL;
}

static bool blob_is_diff(const struct decoding_opts *opts)
{
	enum digest_alg diff = opts->diff_alg ? opts->diff_alg : DIGEST_SHA256;
	enum digest_alg blob = opts->blob_alg ? opts->blob_alg : DIGEST_SHA256;

	return opts->codec == CODEC_NONE && diff == blob;
}

static int prepare(struct decoding *d, const struct decoding_opts *opts, struct err *err)
{
	struct decoder_opts decoder = {
	    .limits = opts->limits,
	    .on_input = on_input,
	    .arg = d,
	    .points = opts->codec == CODEC_GZIP ? opts->points : NULL,
	    .spacing = opts->spacing,
	};
	int r;

	if (ring_new(CHUNKS, CHUNK_BYTES, CONSUMERS, &d->ring) < 0)
		return err_oom(err);
	r = digester_new(opts->diff_alg, &d->diff, err);
	if (r == 0 && !blob_is_diff(opts))
		r = digester_new(opts->blob_alg, &d->blob, err);
	if (r == 0)
		r = decoder_open(opts->source, opts->codec, &decoder, &d->decoder, err);
	return r;
}

static int start_threads(struct decoding *d, struct err *err)
{
	int r;

	r = pthread_create(&d->decode_thread, NULL, decode_main, d);
	if (r)
		return err_sys(err, r, "cannot start a thread");
	d->decode_runs = true;
	r = pthread_create(&d->hash_thread, NULL, hash_main, d);
	if (r)
		return err_sys(err, r, "cannot start a thread");
	d->hash_runs = true;
	return 0;
}

int decoding_start(const struct decoding_opts *opts, struct decoding **ret, struct err *err)
{
	_cleanup_(decoding_freep) struct decoding *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return err_oom(err);
	r = prepare(d, opts, err);
	if (r == 0)
		r = start_threads(d, err);
	if (r < 0)
		return r;
	*ret = steal_ptr(&d);
	return 0;
}

static void join(struct decoding *d)
{
	if (d->decode_runs)
		pthread_join(d->decode_thread, NULL);
	if (d->hash_runs)
		pthread_join(d->hash_thread, NULL);
	d->decode_runs = d->hash_runs = false;
}

void decoding_free(struct decoding *d)
{
	if (!d)
		return;
	if (d->ring)
		ring_cancel(d->ring);
	join(d);
	decoder_freep(&d->decoder);
	digester_freep(&d->diff);
	digester_freep(&d->blob);
	ring_freep(&d->ring);
	free(d);
}

int decoding_next(struct decoding *d, struct bytes *ret, struct err *err)
{
	int r;

	if (d->holding)
		ring_release(d->ring, CONSUMER_CALLER);
	r = ring_consume(d->ring, CONSUMER_CALLER, ret, err);
	d->holding = r == 0 && ret->len;
	return r;
}

uint64_t decoding_stored_bytes(const struct decoding *d)
{
	return atomic_load_explicit(&d->stored, memory_order_relaxed);
}

int decoding_finish(struct decoding *d, struct decoding_result *ret, struct err *err)
{
	struct bytes piece;
	int r;

	do
		r = decoding_next(d, &piece, err);
	while (r == 0 && piece.len);
	if (r < 0)
		return r;
	join(d);
	ret->diff_id = digester_final(d->diff);
	ret->blob_digest = d->blob ? digester_final(d->blob) : ret->diff_id;
	ret->bytes = d->bytes;
	ret->trailing = decoder_trailing(d->decoder);
	return 0;
}
