import Foundation

/// The distribution's packages, by `apt-get`. What somebody removed or holds back is never undone to make room.
public struct Apt: Sendable {
    let commands: any CommandRunner
    /// The file that gets everything `apt-get` says.
    let log: String
    /// The file that `apt-get` and `dpkg` lock; tests have their own.
    let lockFile: String

    private static let options = [
        "-o", "DPkg::Lock::Timeout=180", "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30",
    ]
    private static let environment = ["DEBIAN_FRONTEND": "noninteractive"]
    private static let network = "check the network ('apt-get update' shows more), then run the same command again"

    /// Says everything into a log.
    public init(commands: any CommandRunner, log: String, lockFile: String = "/var/lib/dpkg/lock-frontend") {
        self.commands = commands
        self.log = log
        self.lockFile = lockFile
    }

    /// Those of these packages that are installed whole.
    public func installed(of packages: [String]) async throws -> Set<String> {
        let query = ["--show", "--showformat", "${Package} ${db:Status-Abbrev}\\n"] + packages
        // It fails for those it does not know, and names the others all the same (dpkg-query(1)).
        let known = try await commands.run(Command("dpkg-query", query, timeLimit: .seconds(60)))
        return Set(
            known.lines.filter { $0.trimmed.hasSuffix(" ii") }.compactMap {
                $0.split(separator: " ").first.map(String.init)
            })
    }

    /// Reads the list of packages. Another apt-get, such as that of a run that was killed, may still read it: apt waits for dpkg's
    /// lock, not for this one.
    /// - Returns: what it said of a source that is away, if it read what it could.
    public func readList() async throws -> String? {
        let update = Command(
            "apt-get", Self.options + ["update"], environment: Self.environment, timeLimit: .seconds(600), log: log)
        let output = try await poll(for: .seconds(180), every: .seconds(1)) { () -> CommandOutput? in
            let output = try await commands.run(update)
            let isLocked = output.lastWords.contains("lock") && output.lastWords.contains("/var/lib/apt/lists")
            return output.succeeded || !isLocked ? output : nil
        }
        // Without a network `apt-get update` warns and succeeds, for one source of many may be away.
        if let output, output.succeeded { return output.lines.last { $0.hasPrefix("W: Failed to fetch") }?.trimmed }
        throw Failure(
            "could not read the list of packages",
            because: output?.lastWords ?? "another program has been reading it for three minutes", fix: Self.network,
            log: log)
    }

    /// Installs packages, after what an earlier run, or somebody else's, was broken off in (dpkg(1), --configure).
    /// - Parameters:
    ///   - purpose: what is being done, if it is more than these packages.
    ///   - unread: what `readList` said.
    public func install(_ packages: [String], toDo purpose: String, unread: String?) async throws {
        let install = Command(
            "apt-get",
            Self.options + ["install", "--yes", "--no-remove", "--no-install-recommends"] + packages,
            environment: Self.environment, timeLimit: .seconds(1800), log: log)
        // Ctrl-C waits for it: broken off between unpacking and setting up, a package is there and does not work.
        let installing = Task.detached {
            _ = try await commands.run(
                Command(
                    "dpkg", ["--configure", "-a"], environment: Self.environment, timeLimit: .seconds(600), log: log))
            let output = try await commands.run(install)
            guard !output.succeeded else { return }
            throw Failure(
                "could not \(purpose)", because: unread ?? output.lastWords,
                fix: unread != nil
                    ? Self.network
                    : Self.isFull(output.lastWords)
                        ? "free some space ('df -h', 'du -xsh /*'), then run the same command again"
                        : "run 'sudo dpkg --configure -a' and 'sudo apt-get --fix-broken install', then the same command again",
                log: log)
        }
        try await installing.value
    }

    /// What apt-get and dpkg say where a disk is full.
    private static func isFull(_ words: String) -> Bool {
        words.contains("enough free space") || words.contains("No space left on device")
    }

    /// Who installs packages just now, such as `unattended-upgr (process 812)`.
    public func holder() -> String? {
        let descriptor = open(lockFile, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        guard fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
        let name = Files().text(of: "/proc/\(lock.l_pid)/comm")?.trimmed ?? "another program"
        return "\(name) (process \(lock.l_pid))"
    }

    /// Waits until nobody else installs packages.
    /// - Throws: `Failure` that names who still does when the time is up.
    public func waitForOthers(for limit: Duration = .seconds(600), _ detail: (String) async -> Void) async throws {
        var told: String?
        let free = try await poll(for: limit, every: .milliseconds(300)) { () -> Bool? in
            guard let holder = holder() else { return true }
            if told != holder {
                await detail("waiting until \(holder) is done with its packages")
                told = holder
            }
            return nil
        }
        guard free == nil, let holder = holder() else { return }
        throw Failure(
            "packages cannot be installed now", because: "\(holder) has been installing packages for a long time",
            fix: "wait until it has ended ('ps -p PROCESS' shows it), then run the same command again")
    }
}
