import Blueprint
import Engine
import Foundation
import Machine

/// Which packages of the running images have security updates waiting: asked of Debian by its own apt, for the images as they are.
struct SecurityUpdates: Sendable {
    let deployment: Deployment

    /// Older than this and somebody should look: Debian mends something nearly each week.
    static let oldest = 30

    /// When the base image was made; `nil` where it is not there.
    private func baseDate() async throws -> Date? {
        let plan = try await deployment.images.plan(deployment)
        let output = try await deployment.docker.run(
            ["image", "inspect", "--format", "{{.Created}}", plan.tags[.base] ?? ""])
        guard output.succeeded else { return nil }
        // Docker writes nanoseconds.
        return try? Date(output.text.replacing(#/\.[0-9]+/#, with: ""), strategy: .iso8601)
    }

    func findings() async -> [Finding] {
        var found: [Finding] = []
        if let date = try? await baseDate() { found.append(Self.age(of: date, now: deployment.world.now())) }
        do { found.append(Self.finding(try await waiting())) } catch {
            found.append(
                Finding(
                    .warning, "Security", "whether updates wait for the images could not be seen",
                    because: (error as? Failure)?.because ?? "the question was broken off",
                    fix: "check the network, then: kopnik doctor"))
        }
        return found
    }

    static func age(of date: Date, now: Date) -> Finding {
        let days = Int(now.timeIntervalSince(date) / 86_400)
        let text = days == 0 ? "made today" : days == 1 ? "made yesterday" : "\(days) days old"
        guard days > oldest else { return Finding(.good, "Base image", text) }
        return Finding(
            .warning, "Base image", text, because: "what Debian has mended since is not in it",
            fix: "kopnik update --images")
    }

    static func finding(_ waiting: [String: [String]]) -> Finding {
        let packages = Set(waiting.values.flatMap { $0 }).sorted()
        guard !packages.isEmpty else { return Finding(.good, "Security", "no update waits for the images") }
        let images = waiting.filter { !$0.value.isEmpty }.keys.sorted().joined(separator: ", ")
        let count =
            packages.count == 1 ? "1 package has a security update" : "\(packages.count) packages have security updates"
        let names = packages.prefix(8).joined(separator: ", ") + (packages.count > 8 ? " …" : "")
        return Finding(
            .warning, "Security", "\(count) waiting: \(names)", because: "these images have them: \(images)",
            fix: "kopnik update --images")
    }

    /// Names of packages by the image's kind.
    private func waiting() async throws -> [String: [String]] {
        let docker = deployment.docker
        let images = Set(try await docker.services(of: deployment.stack).map(\.image)).filter { !$0.isEmpty }.sorted()
        guard let base = try await deployment.images.plan(deployment).tags[.base], !images.isEmpty else { return [:] }
        let folder = NSTemporaryDirectory() + "kopnik-\(UUID().uuidString)"
        defer { try? deployment.world.files.remove(folder) }
        for image in images {
            let status = try await docker.require(
                ["run", "--rm"] + deployment.labelWords + [
                    "--network", "none", "--entrypoint", "cat", image, "/var/lib/dpkg/status",
                ], toDo: "read the packages of \(image)")
            let kind = image.split(separator: "/").last?.split(separator: ":").first.map(String.init) ?? image
            try deployment.world.files.write(status.standardOutput, to: "\(folder)/\(kind)")
        }
        let script = """
            apt-get -o APT::Update::Error-Mode=any -o Acquire::Retries=1 -o Acquire::http::Timeout=15 -qq update
            for file in /look/*; do echo "image ${file##*/}"; apt-get -s -o Dir::State::status="$file" dist-upgrade; done
            """
        let output = try await docker.require(
            ["run", "--rm"] + deployment.labelWords + proxyWords + [
                "--mount", NodeTask.bind(folder, to: "/look", isReadOnly: true), "--entrypoint", "sh", base, "-euc",
                script,
            ], toDo: "ask Debian for security updates", timeLimit: .seconds(90))
        return Self.packages(in: output.standardOutput)
    }

    private var proxyWords: [String] {
        ["http_proxy", "https_proxy", "no_proxy"].flatMap { name -> [String] in
            guard let value = deployment.world.environment[name] ?? deployment.world.environment[name.uppercased()]
            else {
                return []
            }
            return ["--env", "\(name)=\(value)"]
        }
    }

    /// Reads what `apt-get -s dist-upgrade` prints: `Inst libssl3t64 [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])`.
    static func packages(in text: String) -> [String: [String]] {
        var found: [String: [String]] = [:]
        var image = ""
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("image ") {
                image = String(line.dropFirst("image ".count))
                found[image] = []
            }
            let words = line.split(separator: " ")
            if line.hasPrefix("Inst "), words.count > 2, line.contains("Debian-Security:") {
                found[image, default: []].append(String(words[1]))
            }
        }
        return found
    }
}

extension Deployment {
    /// How full the disks are: the site's, and Docker's where that is another.
    func examineDisks(dockerRoot: String?) -> [Finding] {
        let paths = [
            ("Disk", layout.prefix.isEmpty ? "/" : layout.prefix), ("Docker's disk", dockerRoot ?? layout.prefix),
        ]
        let uses = paths.compactMap { name, path in DiskUse.read(path).map { (name, $0) } }
        let isOne = uses.count == 2 && uses[0].1 == uses[1].1
        return (isOne ? Array(uses.prefix(1)) : uses).compactMap { Self.fullness($0.0, $0.1) }
    }

    static func fullness(_ name: String, _ use: DiskUse) -> Finding? {
        guard use.percent >= 80 else { return nil }
        return Finding(
            .warning, name, "\(use.percent) % full, \(use.free >> 20) MB left",
            because:
                "the database stops when there is nothing left; of kopnik's own, releases, images and logs that are not needed any more are removed already",
            fix: "free some space: 'df -h' shows where it is, 'docker system df' what of it is Docker's")
    }
}
