import ArgumentParser
import Machine

/// Which computer a verb is about: this one, or a server by SSH.
struct OnOptions: ParsableArguments {
    @Option(
        help: "Do it on this server, over SSH: ssh://[user@]ADDRESS[:port]; or on a machine of Vagrant's: vagrant:main."
    )
    var on: String?

    @Option(help: "Hosts to go through on the way to that server, as 'ssh -J' takes them.")
    var jump: String?

    @Option(help: "That server's key, such as SHA256:…, where nobody is asked whether it is the right one.")
    var hostKey: String?

    mutating func validate() throws {
        if on == nil, jump != nil || hostKey != nil {
            throw ValidationError("--jump and --host-key are about the server of --on, which is missing.")
        }
        if let hostKey, hostKey.wholeMatch(of: #/SHA256:[A-Za-z0-9+\/]{43}/#) == nil {
            throw ValidationError("--host-key is SHA256: and 43 letters, as 'ssh-keygen -l' prints it.")
        }
    }
}
