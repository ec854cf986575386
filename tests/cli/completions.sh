#!/usr/bin/env bash
# What the tabulator key does on a command line of stagefs: in a bash and a zsh on a terminal of their own, and in fish by its
# own `complete -C`.
. "$TESTS/lib/tap.sh" || exit
export STAGEFS_DB=$scratch/index.db
completions=$(realpath "$TESTS/../tools/completions")
mkdir "$scratch/bin"
ln -s "$STAGEFS" "$scratch/bin/stagefs"
PATH=$scratch/bin:$PATH
archive=$(fixture webapp.docker-buildkit.tar)
sfs index -q "$archive" "$(fixture multiarch.buildkit.tar)" >/dev/null

# A name that a shell would run if it were not quoted.
trap_name='trap;touch pwned $(touch pwned) `touch pwned`\x'
python3 - "$(fixture whiteouts.docker.tar)" "$scratch/trap.tar" "$trap_name" <<'P'
import io, json, sys, tarfile
with tarfile.open(sys.argv[1]) as old, tarfile.open(sys.argv[2], "w") as new:
    for m in old:
        data = old.extractfile(m).read() if m.isfile() else None
        if m.name == "manifest.json":
            manifest = json.loads(data)
            manifest[0]["RepoTags"] = [sys.argv[3]]
            data = json.dumps(manifest).encode()
            m.size = len(data)
        if m.name != "repositories":
            new.addfile(m, io.BytesIO(data) if data is not None else None)
P
sfs index -q "$scratch/trap.tar" >/dev/null 2>&1
mkdir "$scratch/work" && cd "$scratch/work" && ln -s "$archive" archive.tar

in_bash() { python3 "$TESTS/lib/type-line" 'bash --norc --noprofile -i' ". '$completions/stagefs.bash'" "$1"; }
in_zsh() { python3 "$TESTS/lib/type-line" 'zsh -f -i' "PS1='ready> '; fpath=('$completions' \$fpath); autoload -Uz compinit; compinit -D -u" "$1"; }
# The line has one tabulator, at its end: the only candidate stands for its last word. fish quotes it when it puts it in.
in_fish() {
	local line=${1%\\t} found
	fish --no-config -c "source '$completions/stagefs.fish'; complete -C (string join ' ' -- \$argv)" "$line" | cut -f1 >"$scratch/found"
	[ "$(wc -l <"$scratch/found")" -eq 1 ] && found=$(cat "$scratch/found") || found=${line##* }
	# shellcheck disable=SC2086
	printf '<%s>' ${line% *} "$found"
}

typed() { # SHELL LINE WORDS
	local got
	got=$("in_$1" "$2") || { echo "$got"; return 1; }
	[ "$got" = "$3" ] || { echo "$got"; return 1; }
}

# A line, and its words after the key.
cases=(
	'stagefs repo\t' '<stagefs><report>'
	'stagefs help exp\t' '<stagefs><help><export>'
	'stagefs index --veri\t' '<stagefs><index><--verify>'
	'stagefs gc --sp\t' '<stagefs><gc><--spool>'
	'stagefs gc --lay\t' '<stagefs><gc><--lay>'
	'stagefs ls -l webapp:pro\t' '<stagefs><ls><-l><webapp:production>'
	'stagefs ls multiarch:1@l\t' '<stagefs><ls><multiarch:1@linux-arm64>'
	'stagefs rm webapp:deps webapp:bu\t' '<stagefs><rm><webapp:deps><webapp:build>'
	'stagefs ls --db /nonexistent webapp:pro\t' '<stagefs><ls><--db></nonexistent><webapp:pro>'
	'stagefs report webapp:production fin\t' '<stagefs><report><webapp:production><findings>'
	'stagefs report --format tsv webapp:production fin\t' '<stagefs><report><--format><tsv><webapp:production><findings>'
	'stagefs report arch\t' '<stagefs><report><archive.tar>'
	'stagefs images --format js\t' '<stagefs><images><--format><json>'
	'stagefs images --format=js\t' '<stagefs><images><--format=json>'
	'stagefs ls --platform linux/arm\t' '<stagefs><ls><--platform><linux/arm64>'
	'stagefs mount -o inodes=c\t' '<stagefs><mount><-o><inodes=content>'
	'stagefs mount -o allow_other,verify=al\t' '<stagefs><mount><-o><allow_other,verify=always>'
	'stagefs mount arch\t' '<stagefs><mount><archive.tar>'
	'stagefs exec x -- sha256su\t' '<stagefs><exec><x><--><sha256sum>'
	'stagefs ls trap\t' "<stagefs><ls><$trap_name>"
)
for shell in bash zsh fish; do
	if ! command -v $shell >/dev/null; then
		echo "# no $shell here: its completion is not tested"
		continue
	fi
	for ((i = 0; i < ${#cases[@]}; i += 2)); do
		check "$shell: ${cases[i]}" typed $shell "${cases[i]}" "${cases[i + 1]}"
	done
done
quoted() { typed bash 'stagefs report "webapp:pro\t' '<stagefs><report><webapp:production>' && typed bash 'stagefs report webapp\:pro\t' '<stagefs><report><webapp:production>'; }
check "bash: names that are quoted already" quoted
several() { typed bash 'stagefs ls webapp:\tpr\t' '<stagefs><ls><webapp:production>'; }
check "bash: a name in two steps" several
not_run() { [ -z "$(find "$scratch" -name 'pwned*')" ]; }
check "no name was run" not_run
options() { # -o of mount: what is offered is taken
	local words w
	words=$(grep -o 'inodes={[a-z,]*} verify={[a-z,]*} allow_other' "$completions/stagefs.bash")
	for w in $(eval "echo $words"); do
		sfs mount -o "$w" /nonexistent/x 2>&1 | grep -q 'mount option' && return 1
		grep -q "$w" "$completions/_stagefs" "$completions/stagefs.fish" || return 1
	done
	[ "$(eval "echo $words" | wc -w)" -eq 5 ]
}
check "words of mount -o that exist" options
finish
