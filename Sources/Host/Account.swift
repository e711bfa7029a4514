import Machine

/// A line of the user database.
struct Account: Sendable, Equatable {
    var user: Int
    var group: Int
    var home: String
    var shell: String

    /// Reads a line of passwd(5).
    init?(line: String) {
        let parts = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 7, let user = Int(parts[2]), let group = Int(parts[3]) else { return nil }
        (self.user, self.group, home, shell) = (user, group, parts[5], parts[6])
    }
}

extension Server {
    /// The account of `ubuntu`, if there is one.
    func account() async throws -> Account? {
        let line = try await world.commands.run(Command("getent", ["passwd", Self.user], timeLimit: .seconds(30)))
        return Account(line: line.text)
    }
}
