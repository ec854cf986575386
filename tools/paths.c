/* SPDX-License-Identifier: MIT */
#include "paths.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* $xdg/stagefs, the system directory for root, or ~/<home>/stagefs. */
static int base_dir(const char *xdg, const char *system, const char *home, char **ret,
		    struct err *err)
{
	const char *dir = env(xdg), *user = env("HOME");
	int n;

	if (dir)
		n = asprintf(ret, "%s/stagefs", dir);
	else if (geteuid() == 0)
		n = asprintf(ret, "%s/stagefs", system);
	else if (user)
		n = asprintf(ret, "%s/%s/stagefs", user, home);
	else
		return err_set(err, EINVAL, "neither %s nor HOME is set (give --db FILE)", xdg);
	return n < 0 ? err_oom(err) : 0;
}

/* The daemon changes its directory, so everything is kept absolute. */
static int absolute(char **path, struct err *err)
{
	char cwd[PATH_MAX];
	char *full;

	if ((*path)[0] == '/')
		return 0;
	if (!getcwd(cwd, sizeof(cwd)))
		return err_sys(err, errno, "the current directory cannot be named");
	if (asprintf(&full, "%s/%s", cwd, *path) < 0)
		return err_oom(err);
	free(*path);
	*path = full;
	return 0;
}

static int find_db(const char *db_option, char **ret, struct err *err)
{
	_cleanup_free_ char *dir = NULL;
	const char *given = db_option ? db_option : env("STAGEFS_DB");
	int r;

	if (given) {
		*ret = strdup(given);
		return *ret ? absolute(ret, err) : err_oom(err);
	}
	r = base_dir("XDG_DATA_HOME", "/var/lib", ".local/share", &dir, err);
	if (r < 0)
		return r;
	return asprintf(ret, "%s/index.db", dir) < 0 ? err_oom(err) : 0;
}

static int find_spool(const char *db, char **ret, struct err *err)
{
	const char *slash = strrchr(db, '/');

	if (asprintf(ret, "%.*s/spool", (int)(slash - db), db) < 0)
		return err_oom(err);
	return 0;
}

int paths_find(const char *db_option, struct paths *ret, struct err *err)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	r = find_db(db_option, &ret->db, err);
	if (r == 0)
		r = find_spool(ret->db, &ret->spool, err);
	if (r == 0)
		r = base_dir("XDG_CACHE_HOME", "/var/cache", ".cache", &ret->cache, err);
	if (r == 0)
		r = absolute(&ret->cache, err);
	return r;
}

void paths_release(struct paths *p)
{
	free(p->db);
	free(p->spool);
	free(p->cache);
}
