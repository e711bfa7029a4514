import Foundation

/// Where whoever runs this program sits.
public struct Origin: Sendable, Equatable {
    /// The address that they logged in from by SSH; `nil` for somebody at the computer itself.
    public var address: String?
    /// Their terminal, such as `pts/3`.
    public var terminal: String?

    /// Makes one from its parts.
    public init(address: String?, terminal: String?) {
        self.address = address
        self.terminal = terminal
    }

    /// Reads it of this process. sudo takes SSH_CONNECTION out of the environment (sudoers(5), env_reset): whoever called it still has it.
    public static func read(_ environment: [String: String]) -> Origin {
        var connection = environment["SSH_CONNECTION"]
        var process = getppid()
        for _ in 0..<32 where connection == nil && process > 1 {
            connection = variable("SSH_CONNECTION", of: process)
            process = parent(of: process)
        }
        let terminal = (0...2).lazy.compactMap { ttyname($0).map { String(cString: $0) } }.first
        return Origin(
            address: connection.flatMap(address),
            terminal: terminal.map { $0.hasPrefix("/dev/") ? String($0.dropFirst(5)) : $0 })
    }

    /// The client's address of SSH_CONNECTION: client, its port, server, its port (ssh(1)).
    static func address(of connection: String) -> String? {
        let parts = connection.split(separator: " ")
        // An address and nothing else: whoever runs this program may put there what they like.
        guard parts.count == 4, let first = parts.first, first.count <= 45,
            first.allSatisfy({ $0.isHexDigit || ".:%".contains($0) || $0.isLetter })
        else { return nil }
        return String(first)
    }

    private static func variable(_ name: String, of process: pid_t) -> String? {
        guard let data = Files().data(of: "/proc/\(process)/environ") else { return nil }
        return data.split(separator: 0).lazy.map { String(decoding: $0, as: UTF8.self) }.first {
            $0.hasPrefix(name + "=")
        }.map { String($0.dropFirst(name.count + 1)) }
    }

    private static func parent(of process: pid_t) -> pid_t {
        // The name in parentheses may hold blanks (proc(5), stat).
        let text = Files().text(of: "/proc/\(process)/stat") ?? ""
        let rest = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return rest.count > 2 ? pid_t(rest[2]) ?? 0 : 0
    }
}
