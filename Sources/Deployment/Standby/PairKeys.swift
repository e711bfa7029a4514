import Blueprint
import Foundation
import Machine
import Site
import Standby

/// The keys by which two hosts know each other: an authority of the site's own for this alone, and a certificate a host, good as
/// server and as client (mutual TLS).
struct PairKeys: Sendable {
    let deployment: Deployment

    private var folder: String { deployment.layout.pairKeys }
    private var files: Files { deployment.world.files }

    /// What a host's database is given: the authority's certificate, its own, its key.
    func path(_ name: HostRecord.Name) -> String { "\(folder)/\(name.rawValue).pem" }

    /// That of this host; `nil` before it is there.
    var own: String? {
        guard let record = try? Pair(deployment: deployment).record(), let text = files.text(of: path(record.name))
        else {
            return nil
        }
        return text
    }

    /// The hosts whose certificate is missing, or is one for another address than the site file names now,
    /// or ends within a month.
    func missing() async throws -> [HostRecord.Name] {
        var missing: [HostRecord.Name] = []
        for name in HostRecord.Name.allCases {
            let isForThis = files.text(of: addressPath(name)) == address(name)
            if !isForThis { missing.append(name) } else if try await !lasts(path(name)) { missing.append(name) }
        }
        return missing
    }

    /// Whether a file is there and each certificate in it is good for another month.
    private func lasts(_ path: String) async throws -> Bool {
        guard let text = files.text(of: path) else { return false }
        let begin = "-----BEGIN CERTIFICATE-----"
        for part in text.components(separatedBy: begin).dropFirst() {
            let words = ["x509", "-noout", "-checkend", "\(30 * 24 * 3600)"]
            let command = Command("openssl", words, standardInput: begin + part, timeLimit: .seconds(20))
            guard try await deployment.world.commands.run(command).succeeded else { return false }
        }
        return true
    }

    private func addressPath(_ name: HostRecord.Name) -> String { "\(folder)/\(name.rawValue).address" }
    private func address(_ name: HostRecord.Name) -> String { Pair(deployment: deployment).address(of: name) ?? "" }

    /// Makes what is missing; the authority once.
    func make() async throws {
        try files.makeFolder(deployment.layout.secrets, mode: 0o700)
        try files.makeFolder(folder, mode: 0o700)
        let authority = "\(folder)/authority"
        let hasAuthority = try await lasts("\(authority).crt")
        if !hasAuthority || !files.exists("\(authority).key") {
            try files.write(
                Self.settings(
                    "Kopnik: the two servers of \(deployment.site.name)",
                    [
                        "basicConstraints = critical, CA:TRUE, pathlen:0", "keyUsage = critical, keyCertSign, cRLSign",
                    ]), to: "\(folder)/request.cnf", mode: 0o600)
            try await request(["-keyout", "\(authority).key.new", "-out", "\(authority).crt.new"])
            try files.move("\(authority).key.new", to: "\(authority).key")
            try files.move("\(authority).crt.new", to: "\(authority).crt")
        }
        for name in try await missing() {
            // The name is that of the role it opens; the address that of the host it may stand for.
            try files.write(
                Self.settings(
                    "kopnik_replication",
                    [
                        "basicConstraints = critical, CA:FALSE", "keyUsage = critical, digitalSignature",
                        "extendedKeyUsage = serverAuth, clientAuth", "subjectAltName = IP:\(address(name))",
                    ]), to: "\(folder)/request.cnf", mode: 0o600)
            let new = "\(folder)/new"
            try await request([
                "-CA", "\(authority).crt", "-CAkey", "\(authority).key", "-keyout", "\(new).key", "-out", "\(new).crt",
            ])
            let parts = ["\(authority).crt", "\(new).crt", "\(new).key"].map { files.text(of: $0) ?? "" }
            try files.write(parts.joined(), to: path(name), mode: 0o600)
            try files.write(address(name), to: addressPath(name), mode: 0o600)
            for rest in ["crt", "key"] { try files.remove("\(new).\(rest)") }
        }
        try files.remove("\(folder)/request.cnf")
    }

    private static func settings(_ name: String, _ extensions: [String]) -> String {
        """
        [req]
        prompt = no
        distinguished_name = name
        x509_extensions = extensions
        [name]
        CN = \(name)
        [extensions]
        \(extensions.joined(separator: "\n"))

        """
    }

    private func request(_ words: [String]) async throws {
        let line =
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-sha256", "-days",
                "3650",
            ]
            + ["-config", "\(folder)/request.cnf"]
        _ = try await deployment.world.commands.require(
            Command("openssl", line + words, timeLimit: .seconds(60), log: deployment.log("pair")),
            toDo: "make the keys of the two servers")
    }
}
