/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "content/gc.h"
#include "out.h"
#include "report/report.h"

#include <stdio.h>

static const struct out_column columns[] = {
    {"WHAT", OUT_LEFT}, {"SIZE", OUT_RIGHT}, {"FREE", OUT_RIGHT}, {"WHERE", OUT_LEFT}};

static int add_row(struct out_table *t, const char *what, uint64_t size, const char *can_free,
		   const char *where)
{
	char text[16];
	const char *cells[] = {what, format_size(size, text), can_free, where};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(cells); i++)
		r = out_table_cell(t, bytes_from_str(cells[i]));
	return r;
}

static int run(struct session *s, const struct opt_values *o, int argc, char **argv,
	       struct err *err)
{
	struct gc_opts gc = {.spool_dir = s->paths.spool, .cache_dir = s->paths.cache};
	_cleanup_(out_table_freep) struct out_table *t = NULL;
	struct gc_usage u;
	char unused[16];
	int r = session_open(s, err);

	(void)o;
	(void)argc;
	(void)argv;
	if (r == 0)
		r = gc_usage(s->db, &gc, &u, err);
	if (r < 0)
		return r;
	if (out_table_new(columns, ARRAY_SIZE(columns), &t) < 0 ||
	    add_row(t, "index", u.index_bytes, format_size(u.index_free, unused),
		    s->paths.db) ||
	    add_row(t, "spool", u.spool_bytes, "gc --spool", s->paths.spool) ||
	    add_row(t, "cache", u.cache_bytes, "gc --cache", s->paths.cache))
		return err_oom(err);
	return out_table_print(t, err);
}

const struct cmd cmd_df = {
    .name = "df",
    .args = "",
    .summary = "what index, spool and cache cost on disk",
    .max_args = 0,
    .run = run,
};
