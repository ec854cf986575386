#!/usr/bin/env bash
# `build` with an engine that writes down what it is asked for and saves the archive that docker saved of these stages.
. "$TESTS/lib/tap.sh" || exit
archive=$(fixture webapp.docker-buildkit.tar)
mkdir "$scratch/bin" "$scratch/a context"
cat >"$scratch/bin/docker" <<E2
#!/bin/sh
echo "\$*" >>"$scratch/asked"
case "\$*" in
*--file=-*) cat >>"$scratch/asked" ;;
*--target=broken*) echo "it does not build" >&2; exit 7 ;;
save*) cat "$archive" ;;
esac
E2
chmod 755 "$scratch/bin/docker"
export PATH="$scratch/bin:$PATH" STAGEFS_DB="$scratch/index.db"
context="$scratch/a context"

webapp() {
	cp "$TESTS/fixtures/dockerfiles/webapp.Dockerfile" "$context/Dockerfile"
	sfs build -t webapp:production --build-arg BASE=busybox:base "$context" -- --network=host >"$scratch/names" || return 1
	diff - "$scratch/asked" <<E2 &&
build --target=base --tag=webapp:base --build-arg=BASE=busybox:base --network=host $context
build --target=deps --tag=webapp:deps --build-arg=BASE=busybox:base --network=host $context
build --target=build --tag=webapp:build --build-arg=BASE=busybox:base --network=host $context
build --target=test --tag=webapp:test --build-arg=BASE=busybox:base --network=host $context
build --tag=webapp:production --build-arg=BASE=busybox:base --network=host $context
save webapp:base webapp:deps webapp:build webapp:test webapp:production
E2
		[ "$(sort "$scratch/names" | paste -sd' ')" = "webapp:build webapp:deps webapp:production webapp:test" ] &&
		[ "$(sfs stages webapp:production --format tsv | tail -n +2 | cut -f2 | paste -sd' ')" = "base deps build test production" ]
}
check "every stage is built, saved and indexed with the Dockerfile" webapp
kept() { [ "$(sqlite3 "$STAGEFS_DB" "SELECT hex(body) FROM document WHERE kind = 'arguments'")" = "$(printf 'BASE=busybox:base\0' | xxd -p | tr a-f A-F)" ]; }
check "with its arguments" kept

# --target takes names only.
unnamed() {
	rm "$scratch/asked"
	printf '# syntax\nFROM golang:1 \nRUN make\nFROM \\\n  debian\nRUN doc\nFROM scratch\nCOPY --from=0 /a /\n' >"$context/Dockerfile"
	sfs build -t webapp:production "$context" >/dev/null
	diff - "$scratch/asked" <<E2
build --file=- --target=stage-0 --tag=webapp:stage-0 $context
# syntax
FROM golang:1 AS stage-0 
RUN make
FROM \\
  debian
RUN doc
FROM scratch
COPY --from=0 /a /
build --file=- --target=stage-1 --tag=webapp:stage-1 $context
# syntax
FROM golang:1 
RUN make
FROM \\
  debian AS stage-1
RUN doc
FROM scratch
COPY --from=0 /a /
build --tag=webapp:production $context
save webapp:stage-0 webapp:stage-1 webapp:production
E2
}
check "a stage without a name gets one" unnamed
printed() {
	diff - <(sfs build --print --engine docker -t app "$context") <<E2
sed '2s/[[:space:]]*\$/ AS stage-0/' '$context/Dockerfile' | docker build --file=- --target=stage-0 --tag=app:stage-0 '$context'
sed '5s/[[:space:]]*\$/ AS stage-1/' '$context/Dockerfile' | docker build --file=- --target=stage-1 --tag=app:stage-1 '$context'
docker build --tag=app:latest '$context'
docker save app:stage-0 app:stage-1 app:latest | stagefs index --dockerfile='$context/Dockerfile' -
E2
}
check "as --print shows it" printed

refused() { # what it says, argument...: exit 2 and that line
	local want=$1
	shift
	sfs build "$@" >/dev/null 2>"$scratch/e"
	[ $? -eq 2 ] && [ "$(grep -c '^stagefs: ' "$scratch/e")" -eq 1 ] && grep -qF "stagefs: $want" "$scratch/e" || { cat "$scratch/e"; return 1; }
}
touch "$context/Dockerfile.dockerignore"
check "but not beside a file of what to ignore" refused "$context/Dockerfile: line 2: a stage without a name" "$context"
rm "$context/Dockerfile.dockerignore"
check "no such Dockerfile" refused "$scratch/none: No such file or directory" -f "$scratch/none" "$context"
check "no such context" refused "$scratch/nowhere: No such file or directory" "$scratch/nowhere"
check "a context that is no directory" refused "$context/Dockerfile: the context must be a directory" "$context/Dockerfile"
check "no such stage" refused "$context/Dockerfile has no stage 'nope'" --target nope "$context"
printf 'FROM a AS broken\nFROM b\n' >"$context/Dockerfile"
check "a build that fails" refused "docker build of stage 'broken' failed with status 7" "$context"
printf 'RUN x\n' >"$context/Dockerfile"
check "a Dockerfile that is none" refused "$context/Dockerfile: line 1: RUN before the first FROM" "$context"
printf 'FROM a\n' >"$context/Dockerfile"
check "an image that was not saved" refused "what was saved holds no image other:1" -t other:1 "$context"
absent() { PATH=$scratch/nothing refused "podman is not installed" --engine podman "$context"; }
grep_path=$(command -v grep) cat_path=$(command -v cat)
grep() { "$grep_path" "$@"; }
cat() { "$cat_path" "$@"; }
check "an engine that is not installed" absent
finish
