import Foundation
import Machine
import Testing

/// A hook over HTTPS, whose certificate an authority of its own made: a step of `BackupTests`.
extension BackupTests {
    /// Nothing is told to whoever shows a certificate that does not fit; and everything, once the authority is named.
    func tellsByHTTPS(_ host: BareHost, _ store: BackupStore) async throws {
        let before = try await host.shell("cat \(Self.folder)/kopnik.yaml").standardOutput
        let site = before.replacing("http://\(try store.address):8088/", with: "https://\(try store.address):8089/")
        try await raise(host, site)
        let told = store.posts.count
        let strange = try await kopnik(host, "alerts test")
        #expect(strange.exitCode == 1 && strange.standardOutput.contains("not trusted here"), "\(strange)")
        #expect(strange.standardOutput.contains("alerts: {authority: "), "\(strange)")
        // The site file names what is not there, and then what is.
        let named = site.replacing("alerts: {", with: "alerts: {authority: /srv/hook-authority.pem, ")
        try await host.write(named, to: "\(Self.folder)/kopnik.yaml")
        let early = try await kopnik(host, "up --yes")
        #expect(
            early.exitCode == 1 && early.standardError.contains("there is no file /srv/hook-authority.pem"), "\(early)")
        try await host.write(try store.hookAuthority, to: "/srv/hook-authority.pem")
        try await raise(host, named)
        for (shown, said) in [
            ("expired", "has expired"), ("other", "for another address"), ("foreign", "not trusted here"),
        ] {
            try store.showHook(shown)
            let refused = try await kopnik(host, "alerts test")
            #expect(refused.exitCode == 1 && refused.standardOutput.contains(said), "\(shown): \(refused)")
            #expect(!(refused.standardOutput + refused.standardError).contains(Self.hookPath))
        }
        #expect(store.posts.count == told)
        try store.showHook("good")
        let taken = try await kopnik(host, "alerts test")
        #expect(taken.succeeded, "\(taken)")
        #expect(store.posts.count == told + 1)
    }

    private func raise(_ host: BareHost, _ site: String) async throws {
        try await host.write(site, to: "\(Self.folder)/kopnik.yaml")
        let up = try await kopnik(host, "up --yes")
        try #require(up.succeeded, "\(up)")
    }
}
