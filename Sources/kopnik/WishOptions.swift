import ArgumentParser
import Deployment
import Machine
import Site

/// What `up` and `plan` may be asked for besides the site file; remembered where there is none.
struct WishOptions: ParsableArguments {
    @Flag(help: "Raise the bundled small sources instead of kp-server and kp-client: needs no GitHub.")
    var demo = false

    @Option(help: "The site's domain. Default: NAME.localhost.")
    var domain: String?

    @Option(help: "The port for http. Default: 80.")
    var httpPort: Int?

    @Option(help: "The port for https. Default: 443.")
    var httpsPort: Int?

    /// The site that is asked for: the site file, else what was asked for last time, else the defaults; flags come on top.
    func deployment(_ options: SiteOptions, _ world: World, _ wishes: Deployment.Options = .init()) throws -> Deployment
    {
        let written = try options.siteFromFile()
        let name = options.name ?? written?.name ?? "kopnik"
        // A file of another name is not about this copy, unless there is nothing else to go by.
        let isOther = written != nil && written?.name != name
        let remembered = try options.rememberedSite(world, name: name, asAskedFor: true)
        var site = (isOther ? nil : written) ?? remembered ?? written ?? Site(name: name)
        let (mail, usual) = (site.mail, Site.Mail(domain: site.domain))
        if options.name != nil, site.name != name {
            site = Site(
                name: name, domain: site.domain == "\(site.name).localhost" ? nil : site.domain, ports: site.ports,
                sources: site.sources, node: site.node, postgres: site.postgres, mirrors: site.mirrors)
        }
        if let domain { site.domain = domain }
        let fresh = Site.Mail(domain: site.domain)
        // Mail follows the domain, but for what was chosen; a copy that catches letters never begins to send them unasked.
        site.mail = mail
        (site.mail.delivery, site.mail.from) = (fresh.delivery, fresh.from)
        if mail.delivery != usual.delivery || ((written ?? remembered) != nil && mail.delivery == .catch) {
            site.mail.delivery = mail.delivery
        }
        if mail.from != usual.from { site.mail.from = mail.from }
        if demo { site.sources = Site.Sources(server: .demo, client: .demo) }
        if let httpPort { site.ports.http = httpPort }
        if let httpsPort { site.ports.https = httpsPort }
        return Deployment(
            world: world, site: try checked(site), layout: try options.layout(for: name, world),
            options: wishes)
    }

    /// Flags pass the same checks as the site file.
    private func checked(_ site: Site) throws -> Site {
        do { return try SiteFile.read(text: site.completeYAML, name: "options") } catch {
            let complaints = error.diagnostics.map { "  " + $0.what + ($0.fix.map { " — \($0)" } ?? "") }
            throw UsageFailure(description: "kopnik: these options do not fit\n" + complaints.joined(separator: "\n"))
        }
    }
}
