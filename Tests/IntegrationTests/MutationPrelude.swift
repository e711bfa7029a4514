extension Mutation {
    /// The functions that the lines use. Each wait has its end: what never comes fails the test, and does not hang it.
    static let prelude = """
        # until_true SECONDS WHAT COMMAND…: waits until the command succeeds.
        until_true() {
            left=$(($1 * 5)) what=$2; shift 2
            until "$@"; do left=$((left - 1)); [ $left -gt 0 ] || { echo "$what" >&2; return 1; }; sleep 0.2; done
        }
        containers() {
            docker ps -q --no-trunc --filter "label=com.docker.swarm.service.name=${STACK}_$1" --filter status=running
        }
        container() { containers "$1" | head -n 1; }
        image_of() { docker inspect --format '{{.Config.Image}}' "$(container "$1")"; }
        # One container, another one than before where that is asked for, healthy, and nothing under way.
        is_settled() {
            state=$(docker service inspect "${STACK}_$1" --format '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}')
            id=$(containers "$1")
            [ "$state" != updating ] && [ -n "$id" ] && [ "$(containers "$1" | wc -l)" = 1 ] && [ "$id" != "${2:-none}" ] &&
                [ "$(docker inspect "$id" --format '{{if .State.Health}}{{.State.Health.Status}}{{end}}')" = healthy ]
        }
        settled() { until_true 120 "$1 did not settle" is_settled "$@"; }
        is_gone() { [ -z "$(containers "$1")" ]; }
        gone() { until_true 90 "$1 did not end" is_gone "$1"; }
        stop() { docker service scale -d "${STACK}_$1=0" >/dev/null; gone "$1"; }
        start() { docker service scale -d "${STACK}_$1=1" >/dev/null; settled "$1"; }
        # change NAME ARGUMENT…: another specification, and another container that follows it.
        change() {
            changed=$1 before=$(container "$1"); shift
            docker service update -q --detach "$@" "${STACK}_$changed" >/dev/null
            settled "$changed" "$before"
        }
        restart() { before=$(container "$1"); docker kill --signal INT "$before" >/dev/null; settled "$1" "$before"; }
        # nginx takes new settings with new workers; old ones may still end what they began.
        workers() { docker top "$(container nginx)" -eo pid,args | awk '/nginx: worker process$/ { print $1 }'; }
        are_new() {
            now=$(workers); [ -n "$now" ] || return 1
            for worker in $now; do case " $old " in *" $worker "*) return 1 ;; esac; done
        }
        reload() {
            old=$(workers | tr '\n' ' ')
            docker kill --signal HUP "$(container nginx)" >/dev/null
            until_true 20 "nginx did not take the new settings" are_new
        }
        sql() { docker exec -u postgres "$(container db)" psql -X -q -At -v ON_ERROR_STOP=1 -d postgres -c "$1"; }
        # takes NAME VALUE: tells the running server to read its settings, and waits until it shows this one.
        shows() { [ "$(sql "SHOW $1")" = "$2" ]; }
        takes() { sql 'SELECT pg_reload_conf()' >/dev/null; until_true 20 "$1 is not $2" shows "$1" "$2"; }
        in_mail() { docker exec "$(container mail)" sh -euc "$1"; }
        # opens_mail ADDRESS: the running mail service takes letters from everybody there.
        opens_mail() {
            in_mail "postconf -M '$1:25/inet=$1:25 inet n - n - - smtpd'; postconf -e mynetworks=0.0.0.0/0; postfix reload" 2>/dev/null
            until_true 20 "nobody listens on $1:25" in_mail "perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(q($1:25))'"
        }
        nginx_conf="$PREFIX/etc/kopnik/nginx/nginx.conf"
        # The folder is mounted, so a file that is replaced in it is seen inside.
        edit() {
            cp -p "$nginx_conf" "$nginx_conf.kept"; sed "$1" "$nginx_conf.kept" >"$nginx_conf"
            ! cmp -s "$nginx_conf" "$nginx_conf.kept"; reload
        }
        restore() { mv -f "$nginx_conf.kept" "$nginx_conf"; reload; }
        live="$PREFIX/etc/letsencrypt/live/$DOMAIN"
        """
}
