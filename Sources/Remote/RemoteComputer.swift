import Foundation
public import Machine

/// What can be read of a server by whoever logs in, before anything is changed there.
public struct RemoteComputer: Sendable, Equatable {
    /// How somebody who logged in becomes its administrator.
    public enum Administration: Sendable, Equatable {
        /// Logged in as root.
        case isRoot
        /// sudo asks nothing.
        case free
        /// sudo asks for a password, or refuses after it.
        case asks
        /// There is no sudo, and it was not root who logged in.
        case impossible
    }

    /// Who logged in.
    public var user: String
    /// Their home folder.
    public var home: String
    /// The kernel and the processor, such as `Linux x86_64`.
    public var machine: String
    /// Its distribution, by os-release(5).
    public var system: [String: String]
    /// How they become administrator.
    public var administration: Administration
    /// Bytes free: in their home, in /tmp, and where programs are installed.
    public var free: [String: Int]
    /// The `kopnik` that is installed there.
    public var installed: Program?

    /// A `kopnik` on a server.
    public struct Program: Sendable, Equatable {
        /// SHA-256 of the file.
        public var digest: String
        /// Its version, if it could be run.
        public var version: String?
    }

    /// Where `kopnik` is installed on a server.
    public static let program = "/usr/local/bin/kopnik"

    private static let question = """
        LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin
        echo "user $(id -un)"; echo "home $HOME"; echo "machine $(uname -sm)"
        if [ "$(id -u)" = 0 ]; then echo administration root
        elif ! command -v sudo >/dev/null; then echo administration impossible
        elif sudo -n true 2>/dev/null; then echo administration free
        else echo administration asks; fi
        for folder in "$HOME" /tmp /usr/local; do
            echo "free $(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }') $folder"
        done
        if [ -f \(program) ]; then
            echo "digest $(sha256sum \(program) | cut -d' ' -f1)"
            echo "version $(\(program) --version 2>/dev/null)"
        fi
        sed 's/^/os /' /etc/os-release 2>/dev/null
        """

    /// Asks it.
    public static func read(_ shell: SecureShell) async throws -> RemoteComputer {
        let output = try await shell.run(question)
        guard let computer = RemoteComputer(answer: output.standardOutput) else {
            throw Failure(
                "\(shell.destination) cannot be looked at", because: "its shell answers: \(output.lastWords)",
                fix: "log in with 'ssh', and see what it says there")
        }
        return computer
    }

    init?(answer: String) {
        var found: [String: String] = [:]
        (free, user, home, machine) = ([:], "", "", "")
        var release: [String] = []
        for line in answer.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "os": release.append(parts[1])
            case "free":
                let words = parts[1].split(separator: " ", maxSplits: 1).map(String.init)
                if words.count == 2, let kilobytes = Int(words[0]) { free[words[1]] = kilobytes << 10 }
            default: found[parts[0]] = parts[1]
            }
        }
        guard let user = found["user"], let home = found["home"], let machine = found["machine"] else { return nil }
        (self.user, self.home, self.machine) = (user, home, machine)
        system = Computer.osRelease(release.joined(separator: "\n"))
        administration =
            switch found["administration"] {
            case "root": .isRoot
            case "free": .free
            case "asks": .asks
            default: .impossible
            }
        let version = found["version"].flatMap { $0.isEmpty ? nil : $0 }
        installed = found["digest"].map { Program(digest: $0, version: version) }
    }

    /// The system as the other steps know one.
    public var computer: Computer {
        Computer(
            cores: 0, memory: 0, distribution: system["ID"] ?? "unknown", version: system["VERSION_ID"] ?? "",
            name: system["PRETTY_NAME"] ?? machine, hasSystemd: true, isWSL: false)
    }

    /// Whether a version is newer than another, number by number.
    public static func isNewer(_ one: String, than other: String) -> Bool {
        func numbers(_ text: String) -> [Int] { text.split(separator: ".").map { Int($0) ?? 0 } }
        return other != one && numbers(other).lexicographicallyPrecedes(numbers(one))
    }
}
