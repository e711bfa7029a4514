/// Where backups are kept: somebody else's computer that is reached over SFTP, or a store that speaks S3.
public enum BackupRepository: Sendable, Equatable, CustomStringConvertible {
    /// A folder of a server that `ssh` reaches. The path is absolute, or the server's own idea of one.
    case sftp(user: String, host: String, port: Int, path: String)
    /// A bucket, reached over HTTPS at this host and port; `path` begins with a slash.
    case s3(host: String, port: Int, bucket: String, path: String)

    /// Reads `sftp://kopnik@nas.example.org/srv/backup` or `s3://s3.example.org/bucket`.
    init?(_ text: String) {
        let scheme = text.hasPrefix("sftp://") ? "sftp" : text.hasPrefix("s3://") ? "s3" : ""
        guard !scheme.isEmpty else { return nil }
        let rest = text.dropFirst(scheme.count + 3)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        var place = rest[..<slash]
        var path = String(rest[slash...])
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard path.count > 1, Self.isPath(path) else { return nil }
        var user: String?
        if let at = place.firstIndex(of: "@") {
            user = String(place[..<at])
            place = place[place.index(after: at)...]
        }
        let parts = place.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first.map(String.init), parts.count <= 2, Self.isHost(host) else { return nil }
        let port: Int
        if parts.count == 2 {
            guard let number = Int(parts[1]), (1...65535).contains(number) else { return nil }
            port = number
        } else {
            port = scheme == "sftp" ? 22 : 443
        }
        if scheme == "sftp" {
            guard let user, Self.isUser(user) else { return nil }
            self = .sftp(user: user, host: host, port: port, path: path)
        } else {
            guard user == nil else { return nil }
            let names = path.dropFirst().split(separator: "/", maxSplits: 1)
            let inner = names.count == 2 ? "/\(names[1])" : "/"
            self = .s3(host: host, port: port, bucket: String(names[0]), path: inner)
        }
    }

    /// As the site file writes it.
    public var description: String {
        switch self {
        case .sftp(let user, let host, let port, let path):
            "sftp://\(user)@\(host)\(port == 22 ? "" : ":\(port)")\(path)"
        case .s3(let host, let port, let bucket, let path):
            "s3://\(host)\(port == 443 ? "" : ":\(port)")/\(bucket)\(path == "/" ? "" : path)"
        }
    }

    /// The other computer's name.
    public var host: String {
        switch self {
        case .sftp(_, let host, _, _), .s3(let host, _, _, _): host
        }
    }

    /// The other computer's port.
    public var port: Int {
        switch self {
        case .sftp(_, _, let port, _), .s3(_, let port, _, _): port
        }
    }

    /// They stand in a shell's assignment and in addresses of three programs: plain characters alone.
    private static func isPath(_ text: String) -> Bool {
        text.count <= 200 && !text.contains("//") && !text.contains("/..")
            && text.allSatisfy { $0.isIn("a"..."z", "A"..."Z", "0"..."9", "-"..."-", "_"..."_", "."...".", "/"..."/") }
    }

    /// A name, or an IPv4 address as a NAS at home has one.
    private static func isHost(_ text: String) -> Bool { TextRule.isAddress(text) || TextRule.isHostName(text) }

    private static func isUser(_ text: String) -> Bool {
        (1...32).contains(text.count) && text.first != "-"
            && text.allSatisfy { $0.isIn("a"..."z", "A"..."Z", "0"..."9", "-"..."-", "_"..."_", "."...".") }
    }
}

extension TextRule {
    static let backupRepository = TextRule(
        allowed: "sftp://USER@HOST/FOLDER or s3://HOST/BUCKET, with :PORT after the host where it is another",
        pattern: #"^(sftp://[A-Za-z0-9._-]{1,32}@|s3://)[a-z0-9.-]{1,253}(:[0-9]{1,5})?/[A-Za-z0-9._/-]{1,199}$"#
    ) { text in
        if BackupRepository(text) != nil { return nil }
        if text.hasPrefix("/") || text.hasPrefix("file:") {
            return Objection(
                "a backup on this computer burns with it", fix: "write sftp://kopnik@nas.example.org/srv/backup")
        }
        if text.hasPrefix("sftp://"), !text.contains("@") {
            return Objection("the name to log in with is missing", fix: "write sftp://NAME@ and the rest")
        }
        return Objection(
            "it is neither of both forms; folders consist of letters, digits, '.', '_', '-' and '/'",
            fix: "write sftp://kopnik@nas.example.org/srv/backup or s3://s3.eu-central-1.amazonaws.com/my-bucket")
    }

    static let region = TextRule(allowed: "1 to 40 of a-z, 0-9 and '-'", pattern: "^[a-z0-9-]{1,40}$") { text in
        let isPlain =
            (1...40).contains(text.count) && text.allSatisfy { $0.isIn("a"..."z", "0"..."9", "-"..."-") }
        return isPlain ? nil : Objection("a region is 1 to 40 of a-z, 0-9 and '-'", fix: "write us-east-1")
    }

    static let timeOfDay = TextRule(
        allowed: "a time of day in UTC, such as 03:30", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$"
    ) { text in
        text.wholeMatch(of: #/([01][0-9]|2[0-3]):[0-5][0-9]/#) != nil
            ? nil : Objection("a time of day has two digits, a colon and two digits", fix: "write 03:30")
    }
}
