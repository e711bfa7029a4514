import Foundation

/// The person at the keyboard: files belong to them, not to the root that sudo made of them.
public struct Operator: Sendable, Equatable {
    /// Login name.
    public var name: String
    /// User id.
    public var user: Int
    /// Id of the main group.
    public var group: Int
    /// Their home folder.
    public var home: String
    /// Whether this process may do what only root may.
    public var isRoot: Bool

    /// Makes one from its parts; `read` asks the system.
    public init(name: String, user: Int, group: Int, home: String, isRoot: Bool) {
        self.name = name
        self.user = user
        self.group = group
        self.home = home
        self.isRoot = isRoot
    }

    /// Reads who runs this process; under sudo, who asked for it (sudo(8): SUDO_UID, SUDO_GID, SUDO_USER).
    public static func read(environment: [String: String]) -> Operator {
        let isRoot = geteuid() == 0
        var user = Int(getuid())
        if isRoot, let invoker = environment["SUDO_UID"].flatMap(UInt32.init).map(Int.init) { user = invoker }
        guard let record = getpwuid(uid_t(user)) else {
            return Operator(
                name: environment["USER"] ?? "user \(user)", user: user, group: Int(getgid()),
                home: environment["HOME"] ?? "/root",
                isRoot: isRoot)
        }
        let home = user == Int(getuid()) ? environment["HOME"] : nil
        return Operator(
            name: String(cString: record.pointee.pw_name), user: user, group: Int(record.pointee.pw_gid),
            home: home ?? String(cString: record.pointee.pw_dir), isRoot: isRoot)
    }
}
