# shellcheck shell=bash
# Releases of a small service under a real engine, and words that judge a recovery. Comes after
# support.sh and docker.bash; the stack is in $home, its ports in $ports.
#
# All services run the same program. What an image of a TAG does is told by a file of the host, which
# belongs to no component: so an image that was good can be found broken when it is wanted again.

# release_images TAG…: an image app:TAG for each.
release_images() {
    local tag
    cat >"$home/image/service" <<'SH'
#!/busybox sh
# Its TAG is in the image.
tag=$(/busybox cat /tag)
mode=$(/busybox cat "/mode/$tag" 2>/dev/null)
echo "starting $NAME of $tag as ${mode:-well}"
case $mode in
crash) echo 'ERROR: no such table: users'; exit 3 ;;
leak) echo "ERROR: nobody can log in with $JWT_SECRET_KEY"; exit 3 ;;
restart) /busybox sleep 0.3; echo 'FATAL: cannot reach the database'; exit 1 ;;
esac
[ "$NAME" = vector ] && exec /busybox nc -ll -p "$PORT" -e /busybox nc 127.0.0.1 "$BEHIND"
/busybox mkdir -p /www/cgi-bin /www/api
status=healthy
[ "$mode" = tell ] && status=${JWT_SECRET_KEY:-unknown}
[ "$mode" = body ] && status=degraded
printf '#!/busybox sh\nprintf "Content-Type: application/json\\r\\n\\r\\n{\\"status\\":\\"%s\\",\\"tag\\":\\"%s\\"}"\n' "$status" "$tag" >/www/cgi-bin/health
printf '#!/busybox sh\nprintf "Status: 500 Oops\\r\\nContent-Type: text/plain\\r\\n\\r\\nno"\n' >/www/cgi-bin/broken
printf '#!/busybox sh\nexec /www/cgi-bin/%s\n' "$([ "$mode" = smoke ] && echo broken || echo health)" >/www/cgi-bin/openapi
/busybox chmod +x /www/cgi-bin/*
[ "$mode" = unhealthy ] || echo well >/www/alive
exec /busybox httpd -f -p "127.0.0.1:$PORT" -h /www
SH
    chmod +x "$home/image/service"
    cat >"$home/image/Dockerfile" <<'DOCKER'
FROM scratch
COPY busybox /
COPY service /
COPY tag /
ENTRYPOINT ["/service"]
DOCKER
    for tag in "$@"; do
        echo "$tag" >"$home/image/tag"
        check "images of $tag" scratch_image "app:$tag" "$home/image"
    done
}

up() { compose -f compose.yml up -d >"$scratch/said" 2>&1; }
# served PORT: the TAG that answers there.
served() { curl -fsS --max-time 3 "http://127.0.0.1:${ports[$1]}/cgi-bin/health" 2>/dev/null | jq -r .tag; }
answers() { for _ in $(seq 60); do [ "$(served "$1")" = "$2" ] && return; sleep 0.1; done; return 1; }
id_of() { docker inspect --format '{{.Id}}' "app:$1"; }
# What runs: services, whether they run, and their images.
images() { docker ps -a --format '{{.Label "com.docker.compose.service"}} {{.State}}' | sort && docker ps -aq | xargs docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}}' | sort; }

# agree CODE RESULT NAME: document, journal and release.log tell the same of the last operation.
agree() {
    local code=$1 result=$2 name=$3 operation
    "$recover" log --json >"$scratch/log"
    jq -s '.[0] as $d | .[1].data.operations[-1] as $o |
        [$d.exit_code == $o.exit_code, $o.exit_code == '"$code"', $o.result == "'"$result"'",
         ($d.operation == $o.operation), (($d.errors[0].message // null) == ($o.errors[0].message // null))]' \
        "$scratch/json" "$scratch/log" >"$scratch/output"
    if jq -e 'all' "$scratch/output" >/dev/null; then ok "$name: document and journal agree"; else fail "$name: document and journal agree" 'they do not'; fi
    operation=$(jq -r '.data.operations[-1].operation' "$scratch/log")
    check "$name: release.log, too" sh -c "sed -n '/operation: $operation/,/operator:/p' ops/release.log | grep -q 'result: $result (exit $code)'"
    case $result in
    done) ;;
    *) check "$name: with its minimum record" sh -c "sed -n '/operation: $operation/,/operator:/p' ops/release.log >'$scratch/entry' &&
        for word in stage failing_check first_error action_taken state_now; do grep -q \"\$word: \" '$scratch/entry' || exit 1; done" ;;
    esac
}

