import Site

/// postfix's `main.cf` and `master.cf`: it only sends (requirement M1), and in a local copy it catches every letter instead.
enum MailSettings {
    static func files(_ plan: StackPlan) -> [GeneratedFile] {
        [
            GeneratedFile(path: "mail/main.cf", contents: main(plan.site)),
            GeneratedFile(path: "mail/master.cf", contents: services(plan.site)),
            GeneratedFile(path: "mail/opendkim.conf", contents: signer(plan.site)),
            GeneratedFile(path: "mail/sender", contents: sender(plan.site)),
        ]
    }

    private static func main(_ site: Site) -> String {
        let rows = common(site) + (site.mail.delivery == .catch ? catching : sending(site))
        let lines = rows.map { $0.1.isEmpty ? "\($0.0) =" : "\($0.0) = \($0.1)" }
        return "# postfix only sends. Written by kopnik.\n" + lines.joined(separator: "\n") + "\n"
    }

    private static func common(_ site: Site) -> [(String, String)] {
        [
            ("compatibility_level", "3.10"),
            ("maillog_file", "/dev/stdout"),
            ("maillog_file_permissions", "0644"),
            ("myhostname", site.domain),
            ("myorigin", "$myhostname"),
            ("mydestination", ""),
            ("inet_interfaces", "all"),
            ("inet_protocols", "ipv4"),
            // Who may hand letters over: the networks this container stands in, which are the stack's own.
            ("mynetworks_style", "subnet"),
            ("smtpd_relay_restrictions", "permit_mynetworks, reject"),
            ("smtpd_client_restrictions", "permit_mynetworks, reject"),
            ("smtpd_peername_lookup", "no"),
            ("smtpd_banner", "$myhostname ESMTP"),
            ("disable_vrfy_command", "yes"),
            // The queue is bounded: by the size of a letter, by the limits of a day, by the days a letter stays, and by the disk.
            ("message_size_limit", "10485760"),
            ("queue_minfree", "209715200"),
            ("maximal_queue_lifetime", "2d"),
            ("bounce_queue_lifetime", "1d"),
            ("smtpd_recipient_limit", "50"),
            // So that a queue's name never means another letter later.
            ("enable_long_queue_ids", "yes"),
            ("mailbox_size_limit", "0"),
            ("biff", "no"),
            ("append_dot_mydomain", "no"),
            ("alias_maps", ""),
            ("alias_database", ""),
            ("local_recipient_maps", ""),
            ("smtp_host_lookup", "dns, native"),
            // Receivers compare envelope, From and signature (DMARC, RFC 7489, 3.1): all three are the site's.
            ("sender_canonical_maps", "static:\(escaped(site.mail.from))"),
            ("sender_canonical_classes", "envelope_sender"),
            ("header_checks", "regexp:/etc/kopnik/mail/sender"),
            ("always_add_missing_headers", "yes"),
            ("smtpd_milters", "unix:\(signerSocket)"),
            ("non_smtpd_milters", "$smtpd_milters"),
            ("internal_mail_filter_classes", "bounce"),
            // No letter goes out unsigned: without the signer the application is told to come again.
            ("milter_default_action", "tempfail"),
            ("notify_classes", ""),
        ]
    }

    /// Every letter, whoever it is for, ends in one Maildir.
    private static let catching: [(String, String)] = [
        ("default_transport", "virtual"),
        ("relay_transport", "virtual"),
        ("virtual_transport", "virtual"),
        ("local_transport", "virtual"),
        ("virtual_mailbox_base", "/var/mail"),
        ("virtual_mailbox_maps", "static:caught/"),
        ("virtual_uid_maps", "static:2527"),
        ("virtual_gid_maps", "static:2527"),
        ("virtual_mailbox_limit", "0"),
        ("virtual_minimum_uid", "100"),
        // A program that writes without end must not fill the disk.
        ("smtpd_end_of_data_restrictions", "check_policy_service unix:private/limits"),
        // A second bolt: even a transport that somebody adds by hand has nowhere to go.
        ("smtp_dns_support_level", "disabled"),
        ("relayhost", "[127.0.0.1]:1"),
    ]

    private static func sending(_ site: Site) -> [(String, String)] {
        [
            ("default_transport", "smtp"),
            ("relay_transport", "smtp"),
            ("local_transport", "error:no mailboxes here"),
            ("smtp_helo_name", "$myhostname"),
            ("smtp_connect_timeout", "30s"),
            // Greylisting asks for some minutes (RFC 6647, 4.2); what is put off again and again is tried each hour.
            ("queue_run_delay", "60s"),
            ("minimal_backoff_time", "300s"),
            ("maximal_backoff_time", "3600s"),
            ("smtp_destination_concurrency_limit", "5"),
            ("smtp_tls_CAfile", "/etc/ssl/certs/ca-certificates.crt"),
            ("smtp_tls_loglevel", "1"),
            ("smtpd_recipient_restrictions", "check_policy_service unix:private/limits"),
            ("smtpd_end_of_data_restrictions", "check_policy_service unix:private/limits"),
        ] + returning(site) + nextHop(site.mail)
    }

    /// What comes back to an address that nobody reads is told in the log alone; it would wait in the queue for a mailbox that is not there.
    private static func returning(_ site: Site) -> [(String, String)] {
        let name = site.mail.from.split(separator: "@").first.map { $0.lowercased() } ?? ""
        guard ["noreply", "no-reply"].contains(name) else { return [] }
        return [("transport_maps", "inline:{{ \(escaped(site.mail.from)) = discard:told in the log }}")]
    }

    private static func nextHop(_ mail: Site.Mail) -> [(String, String)] {
        // Opportunistic (RFC 7435): most receivers' certificates fit no name that could be known beforehand.
        guard let smarthost = mail.smarthost else { return [("relayhost", ""), ("smtp_tls_security_level", "may")] }
        var rows = [("relayhost", "[\(smarthost.host)]:\(smarthost.port)")]
        // A password goes over this line.
        rows += [("smtp_tls_security_level", "verify")]
        // Port 465 begins with TLS, without STARTTLS (RFC 8314, 3.3).
        if smarthost.port == 465 { rows += [("smtp_tls_wrappermode", "yes")] }
        guard mail.smarthostUser != nil else { return rows }
        return rows + [
            ("smtp_sasl_auth_enable", "yes"),
            ("smtp_sasl_password_maps", "texthash:/run/secrets/mail-login"),
            ("smtp_sasl_security_options", "noanonymous"),
        ]
    }

    private static let signerSocket = "/run/opendkim/opendkim.sock"

    /// A value of main.cf in which no `$` begins a name (postconf(5)).
    private static func escaped(_ text: String) -> String { text.replacing("$", with: "$$") }

    /// Puts letters under a stranger's From under the site's own: no receiver would believe the other (regexp_table(5)).
    private static func sender(_ site: Site) -> String {
        let address = escaped(site.mail.from)
        let domain = MailIdentity(site).domain.replacing(".", with: "\\.")
        return """
            # Every letter is the site's own. Written by kopnik.
            if /^From:/
            if !/@\(domain)[>[:space:]]*$/
            /^From:[[:space:]]*([^<]*)<[^<>]*>[[:space:]]*$/ REPLACE From: $1<\(address)>
            /^From:/ REPLACE From: <\(address)>
            endif
            endif

            """
    }

    private static func signer(_ site: Site) -> String {
        let identity = MailIdentity(site)
        return """
            # OpenDKIM signs every letter, and verifies none. Written by kopnik.
            Mode s
            Domain \(identity.domain)
            Selector \(MailIdentity.selector)
            KeyFile /run/secrets/dkim-key
            Canonicalization relaxed/relaxed
            SignatureAlgorithm rsa-sha256
            SignHeaders From,Reply-To,To,Cc,Subject,Date,Message-ID,MIME-Version,Content-Type,Content-Transfer-Encoding
            OversignHeaders From
            InternalHosts 0.0.0.0/0
            Socket local:\(signerSocket)
            UMask 007
            UserID opendkim:postfix
            Syslog no

            """
    }

    private static func services(_ site: Site) -> String {
        let mail = site.mail
        let limits =
            "limits    unix - n n - 0 spawn user=limits argv=/usr/local/bin/limits \(mail.lettersPerDay) \(mail.lettersPerRecipient) \(mail.megabytesPerDay)\n"
        return always + limits
    }

    private static let always = """
        # postfix's services: none of them runs chrooted, the container is the fence. Written by kopnik.
        # service type private unpriv chroot wakeup maxproc command
        smtp      inet n - n - - smtpd
        pickup    unix n - n 60 1 pickup
        cleanup   unix n - n - 0 cleanup
        qmgr      unix n - n 300 1 qmgr
        tlsmgr    unix - - n 1000? 1 tlsmgr
        rewrite   unix - - n - - trivial-rewrite
        bounce    unix - - n - 0 bounce
        defer     unix - - n - 0 bounce
        trace     unix - - n - 0 bounce
        verify    unix - - n - 1 verify
        flush     unix n - n 1000? 0 flush
        proxymap  unix - - n - - proxymap
        proxywrite unix - - n - 1 proxymap
        smtp      unix - - n - - smtp
        relay     unix - - n - - smtp
        showq     unix n - n - - showq
        error     unix - - n - - error
        retry     unix - - n - - error
        discard   unix - - n - - discard
        virtual   unix - n n - - virtual
        anvil     unix - - n - 1 anvil
        scache    unix - - n - 1 scache
        postlog   unix-dgram n - n - 1 postlogd

        """
}
