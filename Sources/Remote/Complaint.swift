import Machine

/// Why ssh could not log in, from what it said.
struct Complaint: Sendable {
    var said: String
    var destination: Destination
    var way: SecureShell.Way

    private func says(_ words: String...) -> Bool { words.contains { said.contains($0) } }
    private var lastWords: String { CommandOutput(exitCode: 255, standardError: said).lastWords }
    private var portWords: String { destination.port.map(String.init) ?? "22" }

    var failure: Failure {
        let what = "could not log in to \(destination)"
        if says("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            let line = said.split(whereSeparator: \.isNewline).map(\.trimmed).first { $0.hasPrefix("SHA256:") }
            let now = line.map { ": now it shows \($0.hasSuffix(".") ? String($0.dropLast()) : $0)" } ?? ""
            let name = destination.port.map { $0 == 22 ? destination.host : "[\(destination.host)]:\($0)" }
            return Failure(
                "\(destination) is not the server it was",
                because:
                    "its key is not the one this computer remembers\(now). It was installed anew, or somebody stands in between",
                fix:
                    "was it installed anew? then type: ssh-keygen -R '\(name ?? destination.host)' and the same command again. If not, do not log in: ask whoever runs it"
            )
        }
        if says("Host key verification failed", "No matching host key", "host key is known for") {
            guard way.hostKey == nil else {
                return Failure(
                    "\(destination) shows another key than the one that was given",
                    because: "--host-key says \(way.hostKey ?? "")",
                    fix:
                        "read the right one on the server's own console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub; if it differs from what you gave, give that one"
                )
            }
            return Failure(
                "\(destination) is not known here yet", because: "nobody confirmed that its key is the right one",
                fix:
                    "run it at a terminal, where the key is shown and asked about; or give it: --host-key SHA256:… (on the server's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)"
            )
        }
        if let failure = unreachable(what) { return failure }
        if says("Permission denied", "Too many authentication failures") { return denied(what) }
        return Failure(
            what, because: lastWords,
            fix: "try 'ssh \(destination.words.joined(separator: " "))' alone: it shows more with -v")
    }

    private func unreachable(_ what: String) -> Failure? {
        let host = destination.host
        if says("Could not resolve hostname", "Name or service not known") {
            return Failure(
                what, because: "nobody knows an address of the name '\(host)'",
                fix: "look for a slip in the name, or give the server's address instead of it")
        }
        if way.jump != nil, says("stdio forwarding failed", "UNKNOWN port 65535") {
            return Failure(
                what, because: "the way through \(way.jump ?? "") did not open: \(firstWords)",
                fix: "try 'ssh \(way.jump ?? "")' alone, then the same command again")
        }
        if says("Connection refused") {
            return Failure(
                what, because: "\(host) answers, but not at port \(portWords)",
                fix:
                    "is sshd running there ('systemctl status ssh' on its console)? Does it listen on another port? Then ssh://\(host):PORT"
            )
        }
        if says("Connection timed out", "No route to host", "Network is unreachable", "Operation timed out") {
            return Failure(
                what, because: "nothing answers at \(host), port \(portWords)",
                fix:
                    "is the server switched on, is the address right, and does its provider's firewall let SSH through? Then run the same command again"
            )
        }
        if says("Connection closed by", "Connection reset by", "kex_exchange_identification") {
            return Failure(
                what, because: "the server ended the connection before anybody could log in: \(lastWords)",
                fix:
                    "wait a minute (it may be starting, or have blocked you for too many tries), then run the same command again"
            )
        }
        return nil
    }

    private var firstWords: String { said.split(whereSeparator: \.isNewline).first.map { $0.trimmed } ?? lastWords }

    private func denied(_ what: String) -> Failure {
        // The kinds of proof that it still takes stand in parentheses.
        let kinds = lastWords.split(separator: "(").last?.split(separator: ")").first.map(String.init) ?? ""
        let takesPasswords = kinds.contains("password") || kinds.contains("keyboard-interactive")
        let user = destination.user.map { " '\($0)'" } ?? ""
        return Failure(
            what,
            because: takesPasswords
                ? "the password was wrong, or the user\(user) may not log in with one"
                : "it takes keys alone (\(kinds)), and none of yours opens it",
            fix: takesPasswords
                ? "run the same command again, and look for Caps Lock; many servers let root in with a key alone: then log in as the other user you were given"
                : "type 'ssh-copy-id' with the same address on a computer whose key it takes, or put your ~/.ssh/id_ed25519.pub there by the provider's page ('ssh-keygen' makes one)"
        )
    }
}
