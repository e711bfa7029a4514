extension Setting {
    static let alerts: [Setting] = [
        group(
            "alerts",
            """
            Who is told when something needs a person (a backup, the database's log, a drill, the certificate, the \
            disk), and when it is good again. Then: kopnik alerts test.
            """),
        optional(
            "alerts.to", \.alerts.to, .mailAddress, example: "anna@example.org",
            """
            The address that gets a letter, by the site's own mail service; best one that is not on this server. \
            When left out: nobody gets one.
            """),
        optional(
            "alerts.hook", \.alerts.hook, .hook, example: "https://hooks.example.org/kopnik",
            """
            The address that gets each alert as JSON, by POST. Whoever knows it can write there, so kopnik prints \
            nothing of it but the host. When left out: none does.
            """),
        optional(
            "alerts.authority", \.alerts.authority, .authorityFile, example: "/srv/chat-authority.pem",
            """
            A file with the authority that vouches for the hook's certificate, where no public one does: then it alone \
            is believed. 'kopnik up' takes it over, also a newer one. When left out: the authorities that this \
            computer trusts.
            """),
    ]
}

extension TextRule {
    /// What follows the host is often a secret: it is not repeated in a complaint.
    static let hook = TextRule(
        allowed: "an address that begins with http:// or https://", pattern: webAddress.pattern, isSecret: true
    ) { text in
        objection(
            address: text, schemes: ["http", "https"], example: "https://hooks.example.org/kopnik", mayBeNumber: true)
    }
}
