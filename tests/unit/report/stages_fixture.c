/* SPDX-License-Identifier: MIT */
#include "stages_fixture.h"

int stages_setup(void **state)
{
	assert_int_equal(bx_setup(state), 0);
	bx_webapp(*state);
	bx_load(*state);
	return 0;
}

struct buf stages_render(struct bx *x, enum report_scope scope, const char *stage,
			 const char *name, enum report_format format)
{
	const struct report *r = report_find(scope, name);
	struct report_ctx ctx = {.catalog = x->catalog, .forest = x->forest, .db = x->db};
	struct buf out = BUF_INIT;

	assert_non_null(r);
	ctx.stage = bx_stage(x, "webapp:production", stage);
	ctx.image = catalog_image(x->catalog, ctx.stage->s->image);
	ctx.build = scope == REPORT_BUILD ? ctx.stage->build : NULL;
	assert_ok(r->render(&ctx, format, &out, &x->err), &x->err);
	return out;
}
