import Site

/// `postgresql.conf` and `pg_hba.conf` (requirements G2–G6). They lie outside the data folder, so that a restored or copied
/// database brings no settings with it.
enum PostgresSettings {
    static func files(_ plan: StackPlan) -> [GeneratedFile] {
        [
            GeneratedFile(path: "db/postgresql.conf", contents: settings(plan)),
            GeneratedFile(path: "db/pg_hba.conf", contents: access(plan)),
            // It must exist, or the server complains at each start.
            GeneratedFile(path: "db/pg_ident.conf", contents: "# No user names are mapped. Written by kopnik.\n"),
        ]
    }

    private static func settings(_ plan: StackPlan) -> String {
        let (site, postgres) = (plan.site, plan.site.postgres)
        let rows: [Row] =
            [
                ("data_directory", "/var/lib/postgresql/\(postgres.version)/main", nil),
                ("hba_file", "/etc/kopnik/db/pg_hba.conf", nil),
                ("ident_file", "/etc/kopnik/db/pg_ident.conf", nil),
                ("unix_socket_directories", "/run/postgresql", nil),
                ("listen_addresses", "*", "reached by the stack's own network only: the port is not published"),
                ("port", "5432", nil),
                ("max_connections", "\(postgres.maxConnections)", nil),
                ("shared_buffers", "\(postgres.sharedBuffers)", nil),
                ("effective_cache_size", "\(postgres.effectiveCacheSize)", nil),
                ("work_mem", "\(postgres.workMem)", nil),
                ("password_encryption", "scram-sha-256", nil),
                ("wal_level", "replica", nil),
                ("wal_log_hints", "on", "a former main server can be rewound"),
                ("archive_mode", "on", "changed only with a restart, so it is always on"),
                ("archive_command", "pgbackrest-push %p", "does nothing where there is no repository of backups"),
                (
                    "archive_timeout", site.backup.repository == nil ? "0" : "60",
                    "what is lost in a fire is a minute's work at most"
                ),
                ("wal_compression", "on", nil),
                ("max_wal_size", "1GB", nil),
                ("jit", "off", "requests here are short, and the image has no LLVM"),
                ("huge_pages", "off", "'try' can end in SIGBUS under a container's limit"),
                ("dynamic_shared_memory_type", "posix", "/dev/shm is a mount of its own"),
                ("checkpoint_completion_target", "0.9", nil),
                ("tcp_keepalives_idle", "60", "ends the sessions of clients that vanished"),
                ("log_destination", "stderr", "Docker keeps and rotates it"),
                ("logging_collector", "off", nil),
                ("log_line_prefix", "%m [%p] %q%u@%d ", nil),
                ("log_min_duration_statement", "1s", nil),
                ("log_parameter_max_length", "0", "parameters may be personal or secret"),
                ("log_parameter_max_length_on_error", "0", nil),
                ("log_lock_waits", "on", nil),
                ("log_timezone", "UTC", nil),
                ("timezone", "UTC", nil),
            ]
            + (plan.pair.map(pair) ?? [])
        let lines = rows.map { name, value, why in
            "\(name) = '\(value.replacing("'", with: "''"))'" + (why.map { "  # \($0)" } ?? "")
        }
        return "# PostgreSQL's settings. Written by kopnik.\n" + lines.joined(separator: "\n") + "\n"
            // What changes while it runs: the epoch, and whether commits wait for the standby.
            + (plan.pair == nil ? "" : "include '/etc/kopnik/pair/pair.conf'\n")
    }

    private typealias Row = (String, String, String?)

    /// Two hosts have the same ones, whichever leads.
    private static func pair(_ pair: PairPlan) -> [Row] {
        let keys = "/tmp/kopnik-peer-5432"
        let words = [
            "host=\(pair.peer)", "port=\(PairPlan.port)", "user=kopnik_replication", "application_name=kopnik_peer",
            "connect_timeout=5", "sslmode=verify-full", "sslrootcert=\(keys)/authority.pem", "sslcert=\(keys)/own.pem",
            "sslkey=\(keys)/own.key",
        ]
        return [
            ("ssl", "on", "for the other host; the stack's own network does without"),
            ("ssl_ca_file", "\(keys)/authority.pem", nil),
            ("ssl_cert_file", "\(keys)/own.pem", nil),
            ("ssl_key_file", "\(keys)/own.key", nil),
            ("primary_conninfo", words.joined(separator: " "), "used by whichever follows"),
            ("primary_slot_name", "kopnik_peer", nil),
            ("hot_standby", "on", nil),
            ("wal_keep_size", "256MB", nil),
            ("wal_sender_timeout", "20s", nil),
            ("wal_receiver_timeout", "20s", nil),
            ("wal_receiver_status_interval", "1s", nil),
            ("wal_retrieve_retry_interval", "1s", "a promotion waits for the end of one such wait"),
            ("recovery_target_timeline", "latest", nil),
        ]
    }

    /// The other host has one role, one address, and a certificate of the site's own authority with the role's name in it.
    private static func pairRows(_ pair: PairPlan?) -> String {
        guard let pair else { return "" }
        return ["replication", "postgres"].map {
            "hostssl \($0)  kopnik_replication  \(pair.peer)/32  cert\n"
        }.joined() + "host    all          kopnik_replication  all  reject\n"
    }

    /// The password is kept as a SCRAM verifier whichever way it travels (manual, 20.3.1, `password`).
    private static func access(_ plan: StackPlan) -> String {
        let method = plan.server.knowsScram ? "scram-sha-256" : "password"
        let application = plan.site.postgres.production
        return """
            # Who may log in from where. Written by kopnik.
            # type  database     user      address    method
            local   all          postgres             peer
            local   all          all                  scram-sha-256
            \(pairRows(plan.pair))host    all          postgres  all        reject
            host    replication  all       all        reject
            host    all          kopnik    samenet    \(method)
            host    all          kopnik    127.0.0.1/32  scram-sha-256
            # Crossbar's logins.
            host    "\(application)"  crossbar  samenet  scram-sha-256

            """
    }
}
