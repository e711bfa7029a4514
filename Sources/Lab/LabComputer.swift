import Bundled
import Foundation
public import Machine

/// One computer of the lab.
public struct LabComputer: Sendable {
    /// Its name: the two of a pair, and a third on which everything may be brought back after a fire.
    public enum Name: String, Sendable, CaseIterable {
        case main, standby, third

        /// Its address in the lab's network.
        public var address: String { "\(LabNetwork.prefix).\(number)" }
        /// Its address in IPv6.
        public var address6: String { "\(LabNetwork.prefix6)::\(number)" }

        private var number: Int {
            switch self {
            case .main: 11
            case .standby: 12
            case .third: 13
            }
        }

        /// Its network namespace.
        var space: String { "kopnik-lab-\(rawValue)" }
        /// Its cable, as seen from this computer; such a name has at most 15 letters.
        var link: String { "klab-\(rawValue)" }
    }

    let world: World
    /// Where all of its files lie.
    public let folder: String
    public let name: Name

    /// Its files, as this computer sees them; /usr, /etc, /run and /tmp are not among them.
    public var root: String { folder + "/root" }

    /// Whether it was made.
    public var isMade: Bool { world.files.isFolder(root) }

    private static let mark = "KOPNIK_LAB"

    /// Its first process, as seen from here; `nil` where it is switched off. Looked for, not noted down: a note could lie.
    public func process() async throws -> Int? {
        let mark = Data("\(Self.mark)=\(folder)".utf8)
        for entry in world.files.names(in: "/proc") {
            guard let number = Int(entry),
                let environment = world.files.data(of: "/proc/\(number)/environ"),
                environment.split(separator: 0).contains(where: { $0 == mark }),
                let status = world.files.text(of: "/proc/\(number)/status"),
                let line = status.split(separator: "\n").first(where: { $0.hasPrefix("NSpid:") })
            else { continue }
            // Its numbers from the outermost namespace inwards (proc_pid_status(5)): the first process of its own one has two, and the last is 1.
            if line.split(whereSeparator: \.isWhitespace).dropFirst(2) == ["1"] { return number }
        }
        return nil
    }

    /// Makes its files where there are none.
    private func make() async throws {
        for part in ["usr", "usr.work", "etc", "etc.work"] { try world.files.makeFolder("\(folder)/\(part)") }
        let folders = [
            "usr", "etc", "dev", "sys", "proc", "run", "tmp", "srv", "opt", "mnt", "home", "root",
            "var/lib", "var/log", "var/cache/apt/archives/partial", "var/spool", "var/tmp",
        ]
        for part in folders { try world.files.makeFolder("\(root)/\(part)") }
        try world.files.setMode("\(root)/root", 0o700)
        try world.files.setMode("\(root)/var/tmp", 0o1777)
        try world.files.makeLink(at: "\(root)/var/run", to: "/run")
        try world.files.makeLink(at: "\(root)/var/lock", to: "/run/lock")
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            if let target = world.files.link(at: "/\(name)") {
                try world.files.makeLink(at: "\(root)/\(name)", to: target)
            }
        }
        // What is installed there, packages and what they keep in /var, is what is installed here.
        for part in ["dpkg", "apt", "ca-certificates"] where !world.files.exists("\(root)/var/lib/\(part)") {
            guard world.files.exists("/var/lib/\(part)") else { continue }
            _ = try await world.commands.require(
                Command("cp", ["-a", "/var/lib/\(part)", "\(root)/var/lib/"], timeLimit: .seconds(120)),
                toDo: "copy what is known of the installed packages", fix: "is there room in \(folder)?  df -h")
        }
    }

    /// Switches it on; where it has Docker, that starts by itself.
    public func boot() async throws {
        try await make()
        // /etc/resolv.conf of a computer with systemd leads to itself alone.
        let paths = ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"]
        try world.files.write(paths.lazy.compactMap(world.files.text).first ?? "", to: "\(folder)/resolv.conf")
        let script = "\(folder)/boot"
        try world.files.write(BundledFile.text(at: "lab/boot"), to: script, mode: 0o755)
        let log = "\(folder)/boot.log"
        // It outlives us. A name space of its own for processes: when its first one dies, all die.
        let line =
            "exec nsenter --net=/run/netns/\(name.space) unshare --mount --pid --uts --ipc --fork --propagation private \"$0\" \"$1\" \"$2\" >\"$3\" 2>&1 </dev/null"
        _ = try await world.commands.require(
            Command(
                "setsid", ["--fork", "sh", "-c", line, script, folder, name.rawValue, log],
                environment: [Self.mark: folder], timeLimit: .seconds(20)), toDo: "switch \(name.rawValue) on")
        let isReady = try await poll(for: .seconds(20), every: .milliseconds(50)) { () -> Bool? in
            guard let process = try await process() else { return nil }
            return world.files.exists("/proc/\(process)/root/run/ready") ? true : nil
        }
        guard isReady == true else {
            let said = world.files.text(of: log)?.trimmed ?? ""
            throw Failure(
                "\(name.rawValue) did not start", because: said.isEmpty ? "it said nothing" : said,
                fix: said.contains("overlay")
                    ? "the lab's files cannot lie on this file system (inside a container, for example): try it on a computer or a virtual machine"
                    : "kopnik lab down, then the same command again", log: log)
        }
    }

    /// Puts this program there; one that runs there goes on as it was.
    func giveProgram() async throws {
        // Its files but /usr and /etc are seen from both sides.
        try world.files.remove("\(root)/kopnik")
        try world.files.copy(world.program, to: "\(root)/kopnik")
        let line = """
            cmp --silent /kopnik /usr/local/bin/kopnik || { cp /kopnik /usr/local/bin/kopnik.new && mv /usr/local/bin/kopnik.new /usr/local/bin/kopnik; }
            rm /kopnik
            """
        _ = try await world.commands.require(
            command(["sh", "-euc", line], limit: .seconds(60)), toDo: "give \(name.rawValue) this program",
            fix: "is there room in \(folder)?  df -h")
    }

    /// Pulls its plug: every process dies at once, what its disk had taken stays.
    public func kill() async throws {
        guard let process = try await process() else { return }
        Glibc.kill(pid_t(process), SIGKILL)
        let isGone = try await poll(for: .seconds(30), every: .milliseconds(20)) { () -> Bool? in
            try await self.process() == nil && !world.files.exists("/proc/\(process)/status") ? true : nil
        }
        guard isGone == true else {
            throw Failure(
                "\(name.rawValue) does not die", because: "one of its processes hangs in the kernel",
                fix: "the same command again; in the end a restart of this computer")
        }
    }

    /// Stops each of its processes where it stands, or lets them go on: a computer that hangs, and comes back to itself.
    public func freeze(_ isFrozen: Bool) async throws {
        let output = try await world.commands.run(
            try await command(["sh", "-c", "kill -\(isFrozen ? "STOP" : "CONT") -1"], limit: .seconds(20)))
        guard output.succeeded else {
            throw Failure(
                "\(name.rawValue) could not be \(isFrozen ? "frozen" : "let go on")", because: output.lastWords)
        }
    }

    /// A command inside, as root and in /root.
    /// - Throws: `Failure` where it is switched off.
    public func command(_ words: [String], limit: Duration? = nil) async throws -> Command {
        guard let process = try await process() else {
            throw Failure(
                "\(name.rawValue) is switched off", because: isMade ? "its plug was pulled" : "it was never made",
                fix: "kopnik lab boot \(name.rawValue)")
        }
        let environment = [
            "HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "TERM=\(world.environment["TERM"] ?? "dumb")", "LANG=C.UTF-8",
        ]
        return Command(
            "nsenter",
            [
                "--target", "\(process)", "--mount", "--pid", "--uts", "--ipc", "--net", "--root", "--wdns=/root",
                "env", "-i",
            ] + environment + words, timeLimit: limit)
    }
}

extension LabComputer: CommandRunner {
    /// Runs a program inside, as this computer's own are run; it knows nothing of this computer's environment.
    public func run(_ command: Command) async throws -> CommandOutput {
        var inside = try await self.command([command.executable] + command.arguments, limit: command.timeLimit)
        (inside.standardInput, inside.log) = (command.standardInput, command.log)
        return try await world.commands.run(inside)
    }
}
