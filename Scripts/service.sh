# A host on a free port of this machine beside a scripted Stripe, for whatever script needs one.

service_children=()

# stop_service: ends what start_service started; runs by itself when the script ends.
stop_service() {
    [ ${#service_children[@]} = 0 ] || kill "${service_children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    service_children=()
}

# free_port: a port of this machine that nobody listens on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# random_hex BYTES: so many random bytes.
random_hex() { od -An -v -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# own_program BIN FOLDER NAME: puts a program of BIN with what it needs into a folder, where a test may take it away.
own_program() {
    mkdir -p "$2"
    cp "$1/$3" "$2"
    ln -s "$1"/*.resources "$1/busker" "$2"
}

# await WHAT COMMAND...: repeats a command until it succeeds, for half a minute.
await() {
    local what=$1 turn
    shift
    for turn in $(seq 300); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    tail -n 20 "$service_folder/host.log" >&2 2>/dev/null || true
    fail "$what did not come."
}

# start_service BIN FOLDER [NAME=VALUE...]: starts both from the programs in BIN, with logs and data in FOLDER.
#
# The host is StemStudio, or the one that service_program names.
# Whoever calls it sees to it that stop_service runs at the end. Sets host, stripe, stripe_key, admin_email and admin_password.
start_service() {
    local bin=$1 port secret
    service_folder=$2
    shift 2
    mkdir -p "$service_folder/data"
    port=$(free_port)
    host=http://127.0.0.1:$port
    "$bin/busker" payments fake --provider stripe --seed 7 --webhook-url "$host/payments/webhooks/stripe" --json \
        >"$service_folder/stripe.log" &
    service_children+=($!)
    await "The scripted Stripe" test -s "$service_folder/stripe.log"
    stripe=$(head -n 1 "$service_folder/stripe.log" | jq -r .base_url)
    stripe_key=$(head -n 1 "$service_folder/stripe.log" | jq -r .secret_key)
    secret=$(head -n 1 "$service_folder/stripe.log" | jq -r .webhook_secret)
    admin_email=admin@${service_program:-stemstudio}.example
    admin_email=${admin_email,,}
    admin_password=$(random_hex 12)
    env SECRET_KEY="$(random_hex 32)" HOST=127.0.0.1 PORT="$port" DATA_FOLDER="$service_folder/data" PUBLIC_URL="$host" \
        STRIPE_SECRET_KEY="$stripe_key" STRIPE_WEBHOOK_SECRET="$secret" STRIPE_API_BASE="$stripe" \
        ADMIN_EMAIL="$admin_email" ADMIN_PASSWORD="$admin_password" MAIL_FOLDER="$service_folder/mail" \
        RATE_PER_MINUTE=6000 "$@" "$bin/${service_program:-StemStudio}" >"$service_folder/host.log" 2>&1 &
    service_children+=($!)
    await "The service" curl -fs -o /dev/null "$host/health/ready"
}
