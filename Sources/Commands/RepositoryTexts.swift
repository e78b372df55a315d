// Written by scripts/generate; change the text files instead.

/// The texts that every repository carries for the person who finds it.
enum RepositoryTexts {
    /// `docs/repository/README.txt`.
    static let readme = ###"""
        This folder is a backup repository. It was written by the program "recover" and holds snapshots of a
        stack: files, databases and models. Please do not change, rename or delete anything in it by hand.

        To get files back with the program:

            recover restore --help

        To get files back without it, on any Linux machine with tar, zstd, sha256sum, jq and the usual GNU tools:

            sh restore.sh                                   lists the snapshots
            sh restore.sh latest /some/empty/folder         restores the newest complete one
            sh restore.sh SNAPSHOT /some/empty/folder memory        only the component "memory"

        The script reads this folder and writes only to the folder you name. It checks all that it restores and
        names what it could not. Run it as root to get the owners back; extended attributes (ACLs) it leaves out.
        Of some models only the hashes may be kept: what must be fetched from where they came is then listed in
        FETCH.sha256 in that folder, which sha256sum -c checks.

        What it needs of this folder: FORMAT, config.json, packs/, meta/ and snapshots/. A copy of these is
        enough. index/ is made again when it is missing.

        The packs are plain tar files. Each can be checked by itself:

            tar xf packs/ab/abcd....tar && sha256sum -c SHA256SUMS

        The format is described in full in docs/repository-format.md of the program's source.

        """###

    /// `docs/repository/restore.sh`.
    static let restore = ###"""
        #!/bin/sh
        # Restores a snapshot of this repository without the program that wrote it.
        #
        #   sh restore.sh                                      lists the snapshots
        #   sh restore.sh SNAPSHOT|latest DIR [COMPONENT...]   restores into DIR, missing or empty
        #
        # Needs tar, zstd, sha256sum, jq 1.6, the GNU coreutils and sed; reads the repository only.
        # Checks the snapshot's digest, every chunk it uses and every file it has written.
        # Files of which only the hashes were kept are listed in DIR/FETCH.sha256, for sha256sum -c.
        # Exit status: 0 all of it is restored, 1 something is not and was named.
        #
        # How: the manifest of a component becomes a plan, one shell call a line. The chunks of a window
        # of the plan are unpacked, decompressed and proven together; then its files are put together.
        # Links are made last, so that no path ever leads through one.
        set -u
        export LC_ALL=C
        umask 077

        clean() { printf %s "$*" | tr '\000-\037\177' '?'; }
        say() { printf 'restore.sh: %s\n' "$(clean "$*")" >&2; }
        die() { say "$*"; exit 1; }
        problems=0
        problem() { problems=$((problems + 1)); say "$*"; }

        # --- the repository ---------------------------------------------------------------------------

        # Whether a document has its own digest, which is taken without the digest's field.
        has_own_digest() {
            digest=$(jq -r '.digest // empty' "$1" 2>/dev/null) || return 1
            case $digest in '' | *[!0-9a-f]*) return 1 ;; esac
            [ "$(sed "s/\"digest\":\"$digest\",//" "$1" | sha256sum)" = "$digest  -" ]
        }

        # One line for each snapshot: seq, id, stack, `whole` or not, tag.
        snapshots() {
            for file in "$repo"/snapshots/*.json; do
                [ -f "$file" ] || continue
                jq -r 'select(.revoked | not) | [.seq, .id, .stack, (if .complete then "" else "in" end)
                    + "complete", .scope, .tag // ""] | @tsv' "$file" 2>/dev/null ||
                    say "${file#"$repo"/} is not readable"
            done | sort -n
        }

        latest() {
            tab=$(printf '\t')
            # The highest number of each stack among complete and full snapshots.
            found=$(snapshots | sed -n "/${tab}complete${tab}full${tab}/p" |
                sort -t "$tab" -k1,1nr -k2,2r | sort -s -u -t "$tab" -k3,3 | cut -f 2,3)
            case $found in
            '') die 'no snapshot is complete and full: name one of those that "sh restore.sh" lists' ;;
            *"
        "*) say 'several stacks are kept here: name the snapshot'; printf '%s\n' "$found" >&2; exit 1 ;;
            esac
            printf '%s\n' "${found%%"$tab"*}"
        }

        # Without a path it finds no program to decompress what is no plain tar and may unfold for ever.
        plain_tar() { PATH='' "$tar" "$@"; }

        # Where every chunk lies, by what the packs say themselves: id, zst or raw, pack.
        list_packs() {
            cd "$repo" || exit 1
            for pack in packs/*/*.tar meta/*/*.tar; do
                case $pack in *[!0-9a-z/.]*) continue ;; esac
                [ -f "$pack" ] || continue
                plain_tar tf "$pack" >"$work/names" 2>/dev/null ||
                    say "note: $pack is damaged; what can be read of it is used"
                sed -n "s|^\([0-9a-f]\{64\}\)\.\([rz][as][wt]\)\$|\1 \2 $pack|p" "$work/names"
            done | sort
        }

        # --- chunks -----------------------------------------------------------------------------------

        # Runs a plan. Lines `x` and `p` name a window and a chunk; windows only rise.
        run_plan() {
            sed -n 's/^[xp] \([0-9]*\) \([0-9a-f]*\).*/\2 \1/p' "$1" | sort -u | join - "$work/index" |
                sort -s -u -k2,2n -k1,1 | sort -k2,2n -k4,4 >"$work/fetches"
            window=-1 wanted='' run='' n=0 next_window=''
            exec 4<"$work/fetches"
            next_fetch
            . "$1"
            flush
            settle
            exec 4<&-
        }

        next_fetch() { read -r next_id next_window next_kind next_pack <&4 || next_window=; }

        # Unpacks the chunks of a window; proven ones get variables: f_ID the file, s_ID its size.
        fetch() {
            flush
            for id in $wanted; do unset "f_$id" "s_$id"; done
            rm -rf "$work/cache" && mkdir "$work/cache" || die "cannot write to $work"
            window=$1 wanted='' pack='' members=''
            while [ -n "$next_window" ] && [ "$next_window" -le "$window" ]; do
                if [ "$next_window" -eq "$window" ]; then
                    [ "$next_pack" = "$pack" ] || unpack
                    pack=$next_pack
                    members="$members $next_id.$next_kind"
                    wanted="$wanted $next_id"
                fi
                next_fetch
            done
            unpack
            (
                cd "$work/cache" || exit
                set -- *.zst
                # No frame may make more than a chunk can hold.
                [ ! -e "$1" ] || (ulimit -f 8200; exec zstd -dq --rm -- "$@")
                set -- *
                [ -e "$1" ] || exit
                sha256sum -- "$@" | sed -n 's/^\([0-9a-f]\{64\}\)  \1\(\.raw\)\{0,1\}$/f_\1=\1\2/p'
                wc -c -- "$@" | sed -n 's/^ *\([0-9]*\) \([0-9a-f]\{64\}\)\(\.raw\)\{0,1\}$/s_\2=\1/p'
            ) >"$work/proven" 2>/dev/null
            . "$work/proven"
            for id in $wanted; do
                eval "[ -n \"\${f_$id-}\" ]" || search "$id"
            done
        }

        unpack() {
            [ -n "$members" ] || return 0
            # No member may make more than a chunk can hold.
            (cd "$repo" && ulimit -f 8200 && plain_tar xf "$pack" -o -C "$work/cache" $members) 2>/dev/null
            for member in $members; do
                member=$work/cache/$member
                [ -f "$member" ] && [ ! -L "$member" ] || rm -rf "$member"
            done
            members=
        }

        # Tries every pack that names a chunk, one after another.
        search() {
            sed -n "s/^$1 //p" "$work/index" >"$work/places"
            while read -r kind pack; do
                (cd "$repo" && plain_tar xOf "$pack" "$1.$kind") 2>/dev/null |
                    if [ "$kind" = raw ]; then cat; else zstd -dcq; fi 2>/dev/null |
                    head -c 4194305 >"$work/cache/$1"
                if [ "$(sha256sum <"$work/cache/$1")" = "$1  -" ]; then
                    eval "f_$1=$1 s_$1=$(wc -c <"$work/cache/$1")"
                    return
                fi
                say "note: chunk $1 in $pack is damaged"
            done <"$work/places"
        }

        # --- the calls of a plan ----------------------------------------------------------------------

        # Sets `path` from plain text (t) or base64 (b).
        decode() {
            path=$2
            [ "$1" = b ] || return 0
            path=$(printf %s "$2" | base64 -d && echo /) || die "$component: a path is not base64: $2"
            path=${path%/}
            [ "$(printf %s "$2" | base64 -d | tr -dc '\000' | wc -c)" -eq 0 ] ||
                die "$component: a path holds NUL: $2"
        }

        decode_inside() {
            decode "$1" "$2"
            case /$path/ in
            *//* | */./* | */../*) die "$component: the manifest holds the unsafe path \"$path\"" ;;
            esac
            out=./$path
        }

        parents() {
            [ -d "${out%/*}" ] || mkdir -p -- "${out%/*}" ||
                problem "$component/$path: its folder cannot be made"
        }

        # f ENCODING PATH SIZE MODE MTIME UID GID SHA256 LINK: a file begins.
        f() {
            bad='' skip='' run='' runs=0 total=0 size=$3 meta="$4 $5 $6 $7" sha=$8 key=$9
            decode_inside "$1" "$2"
            if [ -n "$key" ] && [ -e "$work/links/$key" ]; then
                skip=yes
                return
            fi
            parents
            set -C
            true >"$out" || { skip=yes && problem "$component/$path: it cannot be made, or is there already"; }
            set +C
            [ -z "$key" ] || [ -n "$skip" ] || ln -- "$out" "$work/links/$key" 2>/dev/null ||
                say "note: $component/$path: no hard links here, each name becomes a file of its own"
        }

        # x WINDOW CHUNK OFFSET LENGTH: bytes of a chunk. Whole chunks in a row are written at once.
        x() {
            [ -z "$bad$skip" ] || return 0
            [ "$window" = "$1" ] || fetch "$1"
            eval "chunk=\${f_$2-} bytes=\${s_$2-0}"
            if [ -z "$chunk" ]; then
                bad="chunk $2 is missing or damaged"
            elif [ $(($3 + $4)) -gt "$bytes" ]; then
                bad="an extent reaches behind the end of chunk $2"
            else
                total=$((total + $4))
                if [ "$4" -eq "$bytes" ]; then
                    run="$run $cache/$chunk" runs=$((runs + 1))
                    [ $runs -lt 256 ] || flush
                else
                    flush
                    dd if="$cache/$chunk" bs=1M iflag=skip_bytes,count_bytes skip="$3" count="$4" \
                        status=none >>"$out" || bad='it cannot be written'
                fi
            fi
        }

        flush() {
            [ -n "$run" ] || return 0
            cat $run >>"$out" || bad='it cannot be written'
            run='' runs=0
        }

        # h LENGTH: a hole.
        h() {
            [ -z "$bad$skip" ] || return 0
            flush
            total=$((total + $1))
            truncate -s "+$1" -- "$out" || bad='it cannot be written'
        }

        # b BASE64 LENGTH: bytes out of the manifest.
        b() {
            [ -z "$bad$skip" ] || return 0
            flush
            total=$((total + $2))
            printf %s "$1" | base64 -d >>"$out" || bad='it cannot be written'
        }

        # e: the file is whole; it is proven with others.
        e() {
            [ -z "$skip" ] || return 0
            flush
            [ -n "$bad" ] || [ "$total" -eq "$size" ] || bad="its extents make $total bytes, not $size"
            if [ -n "$bad" ]; then
                lose "$out" "$key" "$bad"
                return
            fi
            n=$((n + 1))
            eval "out_$n=\$out key_$n=\$key sha_$n=\$sha meta_$n=\$meta"
            [ $n -lt 100 ] || settle
        }

        lose() {
            problem "$component/${1#./}: not restored: $3"
            rm -f -- "$1"
            [ -z "$2" ] || rm -f "$work/links/$2"
        }

        # Proves the files that were written last and gives them owners, modes and times.
        settle() {
            names='' want='' i=0
            while [ $i -lt $n ]; do
                i=$((i + 1))
                names="$names \"\$out_$i\""
                eval "want=\"\$want\$sha_$i
        \""
            done
            [ $n -eq 0 ] ||
                eval "sha256sum -- $names" 2>/dev/null | sed 's/^\\//; s/ .*//' >"$work/sums"
            [ $n -eq 0 ] || [ "$want" = "$(cat "$work/sums")
        " ] || expel
            i=0 groups=
            while [ $i -lt $n ]; do
                i=$((i + 1))
                eval "out=\$out_$i"
                [ -n "$out" ] || continue
                files=$((files + 1))
                eval "set -- \$meta_$i"
                touch -d "@$2" -- "$out" || problem "$component/${out#./}: its time cannot be set"
                group=$3_$4_$1
                case " $groups " in *" $group "*) ;; *) groups="$groups $group" && eval "of_$group=" ;; esac
                eval "of_$group=\"\$of_$group \\\"\\\$out_$i\\\"\""
            done
            for group in $groups; do
                eval "names=\$of_$group"
                eval "set -- $names"
                owner=${group%_*}
                own "${owner%_*}:${owner#*_}" "$@"
                mode=${group##*_}
                # Set-user-id without its owner would lend the rights of whoever restores.
                [ "$user" = 0 ] || mode=$(printf '0%o' $((mode & 01777)))
                chmod "$mode" -- "$@" || problem "$component: modes cannot be set"
            done
            n=0
        }

        expel() {
            i=0
            while [ $i -lt $n ]; do
                i=$((i + 1))
                eval "out=\$out_$i key=\$key_$i sha=\$sha_$i"
                [ "$(sha256sum <"$out")" = "$sha  -" ] && continue
                lose "$out" "$key" 'its content is not what was captured'
                eval "out_$i="
            done
        }

        own() {
            [ "$user" = 0 ] || return 0
            owner=$1
            shift
            chown -h "$owner" -- "$@" || problem "$component: an owner cannot be set"
        }

        # Whether the path leads through a link: one may have taken the place of a file that was lost.
        through_link() {
            above=$out
            while above=${above%/*} && [ "$above" != . ]; do
                [ ! -L "$above" ] || return 0
            done
            return 1
        }

        # k ENCODING PATH LINK: a name of a file with several, made once that file is proven.
        k() {
            [ "$pass" = rest ] || return 0
            decode_inside "$1" "$2"
            if [ -e "$out" ]; then
                # shellcheck disable=SC3013  # Every sh of today has -ef.
                [ ! -e "$work/links/$3" ] || [ "$out" -ef "$work/links/$3" ] ||
                    problem "$component/$path: it is there already"
                return
            fi
            [ -e "$work/links/$3" ] && ln -- "$work/links/$3" "$out" && files=$((files + 1)) ||
                problem "$component/$path: not restored: the file it is a name of is not"
        }

        # m ENCODING PATH SIZE SHA256: a file of which only the hash was kept; what must be fetched.
        m() {
            decode_inside "$1" "$2"
            parents
            absent=$((absent + 1)) absent_bytes=$((absent_bytes + $3))
            # As sha256sum writes names that are no plain line.
            escaped=$(printf '%s/' "$component/$path" |
                sed -e ':a' -e '$!{ N; ba' -e '}' -e 's/\\/\\\\/g; s/\n/\\n/g; s/\r/\\r/g')
            escaped=${escaped%/} mark=
            [ "$escaped" = "$component/$path" ] || mark='\'
            printf '%s%s  %s\n' "$mark" "$4" "$escaped" >>"$dir/FETCH.sha256" ||
                problem "$component/$path: $dir/FETCH.sha256 cannot be written"
        }

        # l ENCODING PATH ENCODING TARGET MTIME UID GID: a symbolic link; its folder in the first pass.
        l() {
            decode_inside "$1" "$2"
            if [ "$pass" = files ]; then
                parents
                return
            fi
            decode "$3" "$4"
            target=$path
            decode "$1" "$2"
            if [ -e "$out" ] || [ -L "$out" ] || through_link || ! ln -s -- "$target" "$out"; then
                problem "$component/$path: this link cannot be made"
                return
            fi
            links=$((links + 1))
            own "$6:$7" "$out"
            touch -h -d "@$5" -- "$out" || problem "$component/$path: its time cannot be set"
        }

        # d ENCODING PATH MODE MTIME UID GID: a folder; what it is like after all that is in it.
        d() {
            path='' out=.
            [ -z "$2" ] || decode_inside "$1" "$2"
            if [ "$pass" = files ]; then
                [ -d "$out" ] || mkdir -p -- "$out" || problem "$component/$path: this folder cannot be made"
                return
            fi
            if [ -L "$out" ] || through_link; then
                problem "$component/$path: it leads through a link"
                return
            fi
            [ -d "$out" ] || return 0
            folders=$((folders + 1))
            own "$5:$6" "$out"
            mode=$3
            [ "$user" = 0 ] || mode=$(printf '0%o' $((mode & 01777)))
            chmod "$mode" -- "$out" && touch -d "@$4" -- "$out" ||
                problem "$component/$path: mode or time cannot be set"
        }

        # a: extended attributes, which need more than these tools.
        a() { attributes=$((attributes + 1)); }

        # p WINDOW CHUNK: a whole chunk goes to the file `out`.
        p() {
            [ "$window" = "$1" ] || fetch "$1"
            eval "chunk=\${f_$2-}"
            [ -n "$chunk" ] && run="$run $cache/$chunk" || bad="chunk $2 is missing or damaged"
        }

        # --- from manifests to plans ------------------------------------------------------------------

        # Every text in a plan is checked or quoted, and no line holds a line feed.
        definitions='
        def hex: if type == "string" and test("\\A[0-9a-f]{64}\\z") then . else error("no SHA-256: \(.)") end;
        def whole: if type == "number" and . >= 0 and . == floor and . < 9007199254740992 then .
            else error("no size: \(.)") end;
        def matching($form): if type == "string" and test("\\A" + $form + "\\z") then .
            else error("not expected: \(.)") end;
        def base64: matching("[A-Za-z0-9+/]*={0,2}");
        def name($key):
            if has($key + "_b64") then ["b", (.[$key + "_b64"] | base64)]
            elif .[$key] | any(explode[]; . < 32 or . == 127) then ["b", (.[$key] | @base64)]
            else ["t", .[$key]] end;
        def time: matching("-?[0-9]{1,19}") | . as $in | ltrimstr("-") as $digits
            | ("0000000000" + $digits)[-([10, ($digits | length)] | max):]
            | "\(if $digits == $in then "" else "-" end)\(.[:-9]).\(.[-9:])";
        def mode: .mode | matching("0[0-7]{1,4}");
        def link: if has("hardlink")
            then (.hardlink | matching("[0-9A-Za-z:._-]{1,100}")) + "-" + (.sha256 | hex) else "" end;
        def file_begins: ["f"] + name("path") + [(.size | whole), mode, (.mtime | time), (.uid | whole),
            (.gid | whole), (.sha256 | hex), link];
        def file_ends: ["e"], (if has("hardlink") then ["k"] + name("path") + [link] else empty end);
        def extent:
            if type == "array" then ["x", (.[0] | hex), (.[1] | whole), (.[2] | whole)]
            elif has("hole") then ["h", (.hole | whole)]
            else ["b", (.b64 | base64), (.b64 | length * 3 / 4 - (.[-2:] | indices("=") | length))] end;
        def entry:
            (if has("xattrs") then ["a"] else empty end),
            if .type == "folder" then ["d"] + name("path") + [mode, (.mtime | time), (.uid | whole), (.gid | whole)]
            elif .type == "link" then
                ["l"] + name("path") + name("target") + [(.mtime | time), (.uid | whole), (.gid | whole)]
            elif .type == "file" and .elsewhere == true then
                if has("extents") or has("extents_in") or .size == 0 then error("content that is here and elsewhere")
                else ["m"] + name("path") + [(.size | whole), (.sha256 | hex)] end
            elif .type == "file" then
                if has("extents_in") then empty else file_begins, (.extents[] | extent), file_ends end
            else error("an unknown type: \(.type)") end;
        def plan(calls): foreach calls as $call ({window: 0, chunks: 0, bytes: 0, last: ""};
            if $call[0] != "x" then .
            elif .chunks >= 128 or .bytes >= 67108864
            then {window: (.window + 1), chunks: 1, bytes: $call[3], last: $call[1]}
            else .bytes += $call[3] | if .last == $call[1] then . else .chunks += 1 | .last = $call[1] end end;
            if $call[0] == "x" then "x \(.window) " + ($call[1:] | map(tostring) | join(" "))
            else $call[0] + " " + ($call[1:] | @sh) end);
        '
        # Joins the chunks named on standard input, 32 a window, to a file.
        gather() {
            jq -r "$definitions"'to_entries[] | "p \(.key / 32 | floor) \(.value | hex)"' >"$work/plan" &&
                : >"$1" || return 1
            bad='' skip='' runs=0 out=$1
            run_plan "$work/plan"
            [ -z "$bad" ] || say "$component: $bad"
            [ -z "$bad" ]
        }

        # A file with so many extents that they are kept in chunks themselves.
        indirect() {
            sed -n "$1p" "$work/indirect" >"$work/one"
            shown=$(jq -r '.path // .path_b64' "$work/one")
            jq -c .extents_in "$work/one" | gather "$work/extents" &&
                jq -rn --stream --slurpfile one "$work/one" "$definitions"'plan(
                    ($one[0] | file_begins), (fromstream(1 | truncate_stream(inputs)) | extent),
                    ($one[0] | file_ends))' "$work/extents" >"$work/part" ||
                { problem "$component/$shown: not restored: its list of extents is damaged"; return; }
            run_plan "$work/part"
            sed -n '/^k /p' "$work/part" >>"$work/names"
        }

        restore_component() {
            component=$1
            case $component in
            '' | . | .. | */*) problem "\"$component\" is no name of a component"; return ;;
            esac
            jq --arg name "$component" '.components[$name]' "$snapshot" >"$work/component"
            jq -e '.outcome == "captured"' "$work/component" >/dev/null || {
                problem "$component: was not captured in this snapshot"
                return
            }
            jq -e .complete "$work/component" >/dev/null ||
                say "note: $component: incomplete: $(jq -r '.problems | length' "$work/component") problems at its capture"
            parts=$(jq -r '.parts[]' "$work/component" | sha256sum)
            [ "${parts%% *}" = "$(jq -r .digest "$work/component")" ] || {
                problem "$component: its list of parts does not have its digest"
                return
            }
            mkdir -- "$dir/$component" && cd -- "$dir/$component" || die "cannot write to $dir/$component"
            jq -c .parts "$work/component" | gather "$work/manifest" &&
                jq -rn "$definitions"'plan(inputs | entry)' "$work/manifest" >"$work/whole" &&
                jq -c 'select(has("extents_in"))' "$work/manifest" >"$work/indirect" || {
                problem "$component: not restored: its manifest is damaged"
                return
            }
            rm -rf "$work/links" && mkdir "$work/links"
            sed -n '/^k /p' "$work/whole" >"$work/names"
            sed -n '/^l /p' "$work/whole" >"$work/symlinks"
            sed -n '/^d /p' "$work/whole" | tac >"$work/folders"
            pass=files
            run_plan "$work/whole"
            line=$(wc -l <"$work/indirect")
            while [ "$line" -gt 0 ]; do
                indirect "$line"
                line=$((line - 1))
            done
            pass=rest
            . "$work/names"
            . "$work/symlinks"
            . "$work/folders"
            rm -rf "$work/links"
        }

        # --- main -------------------------------------------------------------------------------------

        for tool in tar zstd sha256sum jq base64 join tac truncate; do
            command -v $tool >/dev/null || die "$tool is needed and not here"
        done
        tar=$(command -v tar)
        here=$(dirname -- "$0" && echo /)
        repo=$(cd -P -- "${here%??}" && pwd && echo /) || exit 1
        repo=${repo%??}
        [ -f "$repo/FORMAT" ] && [ "$(cat "$repo/FORMAT" 2>/dev/null)" = 'recover-repository 1' ] ||
            die "$repo/FORMAT does not say \"recover-repository 1\": this script reads no other format"
        has_own_digest "$repo/config.json" || die "$repo/config.json is damaged"
        jq -e '.features == []' "$repo/config.json" >/dev/null ||
            die "this repository has features that this script does not know"

        if [ $# -lt 2 ]; then
            echo 'usage: sh restore.sh SNAPSHOT|latest DIR [COMPONENT...]' >&2
            snapshots
            exit 1
        fi
        name=$1 dir=$2
        shift 2
        [ "$name" != latest ] || name=$(latest) || exit 1
        snapshot=$repo/snapshots/$name.json
        case $name in *[!0-9A-Za-z-]*) die "\"$name\" is no snapshot's name" ;; esac
        [ -f "$snapshot" ] || die "there is no snapshot $name: \"sh restore.sh\" lists those there are"
        [ "$(cat "$snapshot")" != '{"revoked":true}' ] || die "snapshot $name was revoked: it holds nothing"
        has_own_digest "$snapshot" || die "snapshot $name is damaged: it does not have its own digest"
        jq -e --arg id "$name" '.schema == "recover-snapshot/1" and .id == $id' "$snapshot" >/dev/null ||
            die "snapshot $name is of a kind that this script does not know"
        for component; do
            jq -e --arg name "$component" '.components | has($name)' "$snapshot" >/dev/null ||
                die "snapshot $name has no component $component, but $(jq -r '.components | keys | join(", ")' "$snapshot")"
        done

        [ ! -e "$dir" ] || [ -d "$dir" ] || die "$dir is not a folder"
        mkdir -p -- "$dir" || exit 1
        dir=$(cd -P -- "$dir" && pwd && echo /) || exit 1
        dir=${dir%??}
        [ -z "$(ls -A -- "$dir")" ] || die "$dir is not empty"
        case $dir/ in "$repo"/*) die "$dir lies in the repository" ;; esac
        work=$(mktemp -d -- "$dir/.restore-XXXXXXXX") || exit 1
        trap 'cd / && rm -rf -- "$work"' EXIT
        trap 'exit 1' HUP INT TERM
        cache=../${work##*/}/cache
        export TMPDIR="$work"
        user=$(id -u) files=0 folders=0 links=0 attributes=0 absent=0 absent_bytes=0

        (list_packs) >"$work/index"
        if [ $# -eq 0 ]; then
            jq -r '.components | to_entries[] | select(.value.outcome == "captured") | .key | @sh "set -- \"$@\" \(.)"' \
                "$snapshot" >"$work/components"
            . "$work/components"
            jq -r '.components | to_entries[] | select(.value.outcome != "captured") | .key' "$snapshot" |
                while read -r component; do say "note: $component was not captured in this snapshot"; done
        fi
        for component; do
            say "$component"
            restore_component "$component"
        done
        [ $attributes -eq 0 ] || say "note: $attributes entries have extended attributes, which are not restored"
        say "$files files, $folders folders and $links links of $name are in $dir"
        [ $absent -eq 0 ] ||
            problem "$absent files of $absent_bytes bytes are not in the repository, only their hashes: \
        fetch what $dir/FETCH.sha256 lists, then: cd $dir && sha256sum -c FETCH.sha256"
        [ $problems -eq 0 ] || die "$problems problems were named above"

        """###
}
