import Foundation

/// A TCP port of this computer that some program listens on.
public struct ListeningPort: Sendable, Equatable {
    /// 1–65535.
    public var port: Int
    /// The program's name, if this user may see it.
    public var program: String?
    /// The program's process id, if this user may see it.
    public var process: Int?

    /// Makes one from its parts.
    public init(port: Int, program: String?, process: Int?) {
        self.port = port
        self.program = program
        self.process = process
    }

    /// Whoever listens on a port, or `nil` if it is free.
    public static func find(_ port: Int) -> ListeningPort? {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { Files().text(of: $0) }
        guard let inode = tables.lazy.compactMap({ Self.inode(listeningOn: port, in: $0) }).first else { return nil }
        let owner = process(holding: inode)
        return ListeningPort(port: port, program: owner?.name, process: owner?.id)
    }

    /// The socket's inode of whoever listens on a port (proc(5), /proc/net/tcp: state 0A is LISTEN, the port is hexadecimal).
    public static func inode(listeningOn port: Int, in table: String) -> String? {
        for line in table.split(whereSeparator: \.isNewline).dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", let hex = fields[1].split(separator: ":").last,
                Int(hex, radix: 16) == port
            else { continue }
            return String(fields[9])
        }
        return nil
    }

    private static func process(holding inode: String) -> (id: Int, name: String)? {
        for id in Files().names(in: "/proc").compactMap({ Int($0) }) {
            for name in Files().names(in: "/proc/\(id)/fd")
            where Files().link(at: "/proc/\(id)/fd/\(name)") == "socket:[\(inode)]" {
                return (id, (Files().text(of: "/proc/\(id)/comm") ?? "process \(id)").trimmed)
            }
        }
        return nil
    }
}
