/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void words_release(struct word_vec *v)
{
	vec_foreach (w, v)
		free(*w);
	word_vec_release(v);
}

int words_add(struct word_vec *v, const char *a, const char *rest)
{
	char *word = NULL;

	if (asprintf(&word, "%s%s", a, rest) < 0)
		return -ENOMEM;
	if (word_vec_push(v, word) == 0)
		return 0;
	free(word);
	return -ENOMEM;
}

void words_quote(struct buf *out, const char *word)
{
	bool plain =
	    *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
					"WXYZ0123456789-_=./:@%+,")];

	if (plain) {
		buf_add_str(out, word);
		return;
	}
	buf_add_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_add_str(out, "'\\''");
		else
			buf_add_char(out, *word);
	}
	buf_add_char(out, '\'');
}

void words_show(struct buf *out, const struct word_vec *words)
{
	vec_foreach (w, words) {
		if (w > words->v)
			buf_add_char(out, ' ');
		words_quote(out, *w);
	}
}

static bool is_in_path(const char *program)
{
	_cleanup_free_ char *path = strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin");

	for (char *dir = path ? strtok(path, ":") : NULL; dir; dir = strtok(NULL, ":")) {
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%s/%s", dir, program);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

const char *engine_find(void)
{
	static const char *const engines[] = {"docker", "podman"};

	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (is_in_path(engines[i]))
			return engines[i];
	return NULL;
}

int engine_start(struct word_vec *words, int in, int out, pid_t *ret, struct err *err)
{
	posix_spawn_file_actions_t actions;
	int r;

	if (word_vec_push(words, NULL) < 0)
		return err_oom(err);
	words->n--;
	posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	posix_spawn_file_actions_adddup2(&actions, out < 0 ? 2 : out, 1);
	r = posix_spawnp(ret, words->v[0], &actions, NULL, words->v, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (r == ENOENT)
		return err_set(err, ENOENT, "%s is not installed", words->v[0]);
	return r ? err_sys(err, r, "%s", words->v[0]) : 0;
}

int engine_wait(pid_t pid, const char *what, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "%s", what);
	if (WIFSIGNALED(status))
		return err_set(err, EIO, "%s was ended by signal %d", what, WTERMSIG(status));
	if (WEXITSTATUS(status) == 0)
		return 0;
	return err_set(err, EIO, "%s failed with status %d (its own messages are above)", what,
		       WEXITSTATUS(status));
}
