/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "content/gc.h"
#include "out.h"
#include "report/report.h"

#include <stdio.h>

static const struct opt opts[] = {
    {"spool", 0, NULL, "also drop copies of standard input (the index still answers)"},
    {"cache", 0, NULL, "also drop decoded copies of compressed layers"},
    {0},
};

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	struct gc_opts gc = {s->paths.spool, s->paths.cache, opts_has(o, "spool"),
			     opts_has(o, "cache")};
	_cleanup_(buf_release) struct buf out = BUF_INIT;
	_cleanup_(db_freep) struct db *db = NULL;
	char index[16], spool[16], cache[16];
	struct gc_result result;
	int r = session_open(s, err);

	(void)argc;
	(void)argv;
	session_close(s);
	if (r == 0)
		r = db_open(s->paths.db, DB_WRITE, &db, err);
	if (r == 0)
		r = gc_run(db, &gc, &result, err);
	if (r < 0 || s->quiet)
		return r;
	buf_addf(&out, "freed %llu layers and %llu staged layers, %s of index\n",
		 (unsigned long long)result.layers, (unsigned long long)result.staged,
		 format_size(result.index_bytes, index));
	buf_addf(&out, "freed %llu spooled archives (%s), %s of decoded copies\n",
		 (unsigned long long)result.spool_files, format_size(result.spool_bytes, spool),
		 format_size(result.cache_bytes, cache));
	return out_write(buf_bytes(&out), err);
}

const struct cmd cmd_gc = {
    .name = "gc",
    .args = "",
    .summary = "free layers that nothing uses, and what killed runs left",
    .opts = opts,
    .max_args = 0,
    .run = run,
};
