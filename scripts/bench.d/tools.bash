# shellcheck shell=bash disable=SC2034,SC2154
# What each tool is told; `bench` reads this and sets the variables it uses.

# Sets `argv` to the command of a tool ($1) for a verb ($2) on the repository of a place ($3).
command_of() {
    local place=$work/$3
    local config=(-c "$place/recover.yaml" --quiet)
    local restic=(env -C "$work/data" "RESTIC_PASSWORD_FILE=$work/password"
        "RESTIC_CACHE_DIR=$place/cache" restic -q -r "$place/repository")
    local borg=("BORG_BASE_DIR=$place/base" BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg)
    case $1-$2 in
    recover-init) argv=("$recover" init --yes "${config[@]}") ;;
    recover-backup) argv=("$recover" backup "${config[@]}") ;;
    recover-verify) argv=("$recover" verify --all --level deep "${config[@]}") ;;
    recover-restore)
        argv=("$recover" restore --snapshot latest --to "$place/restored" --yes "${config[@]}")
        ;;
    restic-init) argv=("${restic[@]}" init --repository-version 2) ;;
    restic-backup) argv=("${restic[@]}" backup --compression auto .) ;;
    restic-verify) argv=("${restic[@]}" check --read-data) ;;
    restic-restore) argv=("${restic[@]}" restore latest --target "$place/restored") ;;
    borg-init) argv=(env "${borg[@]}" init --encryption none "$place/repository") ;;
    borg-backup)
        archive=$((archive + 1))
        argv=(env -C "$work/data" "${borg[@]}" create --compression lz4
            "$place/repository::$archive" .)
        ;;
    borg-verify) argv=(env "${borg[@]}" check --verify-data "$place/repository") ;;
    borg-restore)
        argv=(env -C "$place/restored" "${borg[@]}" extract "$place/repository::$archive")
        ;;
    esac
}

new_repository() {
    local place=$work/$2
    discard "$place"
    mkdir "$place"
    cat >"$place/recover.yaml" <<YAML
version: 1
stack: bench
repository: $place/repository
state: $place/state
components:
  models: $work/data/models
  memory: $work/data/memory
  texts: $work/data/texts
  churn: $work/data/churn
YAML
    command_of "$1" init "$2"
    "${argv[@]}" >"$work/log" 2>&1 || fail "$1 init failed: $(tail -5 "$work/log")"
}
