import Blueprint
import Machine
import Site

/// What pgBackRest, restic and ssh say when they fail, in words a person can act on.
struct RepositoryTrouble: Sendable {
    let output: CommandOutput
    let repository: BackupRepository?
    var keys: RepositoryKeys?

    /// A kind of trouble: words that one of the programs says of it, why it is, and what to do.
    private struct Kind {
        var signs: [String]
        var because: String
        var fix: String
    }

    private var place: String { repository.map { "\($0.host):\($0.port)" } ?? "the repository" }

    private var isBucket: Bool {
        if case .s3 = repository { true } else { false }
    }

    private var kinds: [Kind] {
        [
            Kind(
                signs: [
                    "host key verification failed", "remote host identification has changed", "known_hosts",
                    "host key mismatch",
                ],
                because: "\(place) is another computer than the one you accepted, or it was installed anew",
                fix: "ask its owner; if its key did change: kopnik backup setup --new-host-key"),
            Kind(
                signs: ["permission denied (", "authentication failed", "unable to authenticate", "libssh2_userauth"],
                because: "\(place) does not let this site in",
                fix: "put the line that 'kopnik backup setup' shows into the file .ssh/authorized_keys there"),
            Kind(
                signs: ["is there a repository at the following location", "unable to open config file"],
                because: "nothing of this site is there, or nothing any more",
                fix: isBucket
                    ? "see that the kit is the newest one; if somebody deleted it and the bucket keeps versions: docs/disaster.md (restore --bucket-as-of, backup bucket --as-of)"
                    : "see that the kit is the newest one; if somebody deleted it there, ask who looks after \(place) for an earlier snapshot"
            ),
            // restic panics at a key or a configuration that somebody wrote over.
            Kind(
                signs: ["ciphertext verification failed", "invalid data returned", "goroutine 1 ["],
                because: "what is kept there was overwritten or is damaged",
                fix: isBucket
                    ? "if the bucket keeps versions: docs/disaster.md (restore --bucket-as-of, backup bucket --as-of)"
                    : "ask who looks after \(place) for an earlier snapshot"),
            Kind(
                signs: ["wrong password or no key found", "cipher header invalid", "unable to decrypt"],
                because: "what is kept there was encrypted with another passphrase",
                fix: "use the recovery kit that belongs to it, or name an empty folder in the site file"),
            Kind(
                signs: [
                    "requesttimetooskewed", "difference between the request time", "request has expired",
                    "not yet valid",
                    "certificate has expired",
                ],
                because: "this computer's clock, or the other's, is wrong", fix: "timedatectl set-ntp true"),
            Kind(
                signs: [
                    "invalidaccesskeyid", "signaturedoesnotmatch", "accessdenied", "access denied", "[403]",
                    "403 forbidden",
                ],
                because: "\(place) refuses the key",
                fix: "kopnik key set repository-key-id, kopnik key set repository-key, then: kopnik backup setup"),
            Kind(
                signs: ["nosuchbucket", "bucket does not exist"], because: "there is no such bucket",
                fix: "make it with your provider, with versions kept, then the same command again"),
            Kind(
                signs: [
                    "x509", "certificate verify failed", "verify error", "unknown authority",
                    "unable to get local issuer",
                ],
                because: "\(place) shows a certificate that this computer does not trust",
                fix: "name its authority in the site file: backup.authority"),
            Kind(
                signs: [
                    "no space left", "disk quota", "quotaexceeded", "ssh_fx_failure", "sftp: \"failure\"",
                    "sftp error [4]",
                    "failure (4)",
                ],
                because: "\(place) has no room left, or does not let this site write",
                fix: "make room there; nothing was deleted"),
            Kind(
                signs: ["was not archived before", "unable to acquire lock", "unable to create lock"],
                because: "another backup is still at work, or the database's log does not get there",
                fix: "kopnik status, and the same command again in some minutes"),
            Kind(
                signs: [
                    "connection refused", "no route to host", "network is unreachable", "timed out", "timeout",
                    "could not resolve", "name or service not known", "temporary failure in name resolution",
                    "connection reset", "did not finish within", "bad hostname", "no such host", "unable to connect",
                    "unable to find a route",
                    "connection closed",
                    // A server that is just being ended takes the call and says no more.
                    "server unexpectedly closed connection", "error receiving version packet",
                ],
                because: "\(place) does not answer", fix: "see that it is on and that this computer reaches it"),
        ]
    }

    /// The failure to show for something that was being done.
    func failure(_ what: String) -> Failure {
        let said = (output.standardError + "\n" + output.standardOutput).lowercased()
        if output.exitCode == 78 {
            return Failure(what, because: "the repository of backups is not set up yet", fix: "kopnik backup setup")
        }
        if let left = whatIsLeft {
            return Failure(
                what, because: "an earlier copy was broken off, and the key may not delete what it left behind",
                fix: "at the console of \(place) delete the folder \(left), which is no backup; then: kopnik backup")
        }
        if let kind = kinds.first(where: { $0.signs.contains { said.contains($0) } }) {
            return Failure(what, because: kind.because, fix: kind.fix)
        }
        return Failure(what, because: words, fix: "the same command again; if it stays so, tell us what it says")
    }

    /// Of a copy that was broken off, where the key may not delete it: pgBackRest makes no other before it is gone.
    private var whatIsLeft: String? {
        let said = output.standardError + "\n" + output.standardOutput
        guard said.contains("403 (FORBIDDEN)") else { return nil }
        return said.firstMatch(of: #/DELETE \/[^\/\s]+\/(\S*backup\/kopnik\/[0-9FDI_-]+)\//#).map { String($0.1) }
    }

    /// The line that says why, not the one that repeats it.
    private var words: String {
        let lines = (output.standardOutput + "\n" + output.standardError).split(whereSeparator: \.isNewline).map {
            $0.trimmed
        }
        let line = lines.last { $0.contains("ERROR") || $0.contains("FATAL") || $0.hasPrefix("Fatal:") }
        guard let line else { return output.lastWords }
        return line.replacing(#/^.*(ERROR: \[\d+\]|FATAL|Fatal): +/#, with: "")
    }
}
