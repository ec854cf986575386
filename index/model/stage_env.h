/* SPDX-License-Identifier: MIT */
#pragma once
/*
 * struct stage_env: the variables of a stage, as its instructions see them one after the other.
 *
 * ENV is inherited by the stages that stand on a stage, also from a base image whose history is
 * known; ARG is not, and never hides an ENV. An ARG has the value that was given for the build,
 * else the one that the history shows, else its default, else that of the ARG before the first
 * FROM. Private to the derivation of builds.
 */
#include "model/stage_draft.h"

struct stage_var {
	struct bytes name, value;
	bool arg;
};
DEFINE_VEC(stage_var_vec, struct stage_var)

struct stage_env {
	const struct draft *d;
	struct stage_var_vec vars;
	struct arena arena;
};

void stage_env_release(struct stage_env *e);
/* With what the base image of a FROM chain sets; root: the chain's first stage. */
int stage_env_begin(struct stage_env *e, const struct draft *d,
		    const struct draft_stage *root) _must_check_;
/* The instructions that follow are those of a stage that stands on the one before. */
void stage_env_next_stage(struct stage_env *e);
/* Instruction k of stage s: ENV and ARG set something. */
int stage_env_learn(struct stage_env *e, const struct draft_stage *s, size_t k) _must_check_;
/* Borrowed from the env or from text; text itself where a variable of it is not known. */
int stage_env_expand(struct stage_env *e, struct bytes text, struct bytes *ret) _must_check_;
