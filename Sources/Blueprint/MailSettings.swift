import Site

/// postfix's `main.cf` and `master.cf`: it only sends (requirement M1), and in a local copy it catches every letter instead.
enum MailSettings {
    static func files(_ plan: StackPlan) -> [GeneratedFile] {
        [
            GeneratedFile(path: "mail/main.cf", contents: main(plan.site)),
            GeneratedFile(path: "mail/master.cf", contents: services),
        ]
    }

    private static func main(_ site: Site) -> String {
        let rows = common(site) + (site.mail.delivery == .catch ? catching : sending)
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
            ("message_size_limit", "26214400"),
            ("mailbox_size_limit", "0"),
            ("biff", "no"),
            ("append_dot_mydomain", "no"),
            ("alias_maps", ""),
            ("alias_database", ""),
            ("local_recipient_maps", ""),
            ("smtp_host_lookup", "dns, native"),
            ("maximal_queue_lifetime", "2d"),
            ("bounce_queue_lifetime", "1d"),
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
        // A second bolt: even a transport that somebody adds by hand has nowhere to go.
        ("smtp_dns_support_level", "disabled"),
        ("relayhost", "[127.0.0.1]:1"),
    ]

    private static let sending: [(String, String)] = [
        ("default_transport", "smtp"),
        ("relay_transport", "smtp"),
        ("relayhost", ""),
        ("local_transport", "error:no mailboxes here"),
        ("smtp_helo_name", "$myhostname"),
        ("smtp_connect_timeout", "30s"),
        ("smtp_tls_security_level", "may"),
        ("smtp_tls_CAfile", "/etc/ssl/certs/ca-certificates.crt"),
        ("smtp_tls_loglevel", "1"),
    ]

    private static let services = """
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
