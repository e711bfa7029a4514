public import Foundation
import Machine

/// What a certificate says of itself.
public struct CertificateFacts: Sendable, Equatable, Codable {
    /// The names that it is good for, sorted.
    public var names: [String]
    /// From when on it is good.
    public var begin: Date
    /// Until when it is good.
    public var end: Date
    /// Who signed it, such as `C=US, O=Let's Encrypt, CN=E7`.
    public var issuer: String

    /// When it is to be renewed: two thirds through its life, whatever that is
    /// (letsencrypt.org/docs/integration-guide, "When to Renew").
    public var renewal: Date { begin.addingTimeInterval(end.timeIntervalSince(begin) * 2 / 3) }

    /// From when on somebody must look why it was not renewed: 21 days before its end, or a quarter of a shorter life.
    public var alarm: Date { end.addingTimeInterval(-min(21 * 86400, end.timeIntervalSince(begin) / 4)) }

    /// Whole days left; negative once it is over.
    public func daysLeft(at now: Date) -> Int { Int((end.timeIntervalSince(now) / 86400).rounded(.down)) }

    /// How long it lasts, for people: days, or hours where few are left.
    public func timeLeft(at now: Date) -> String {
        let seconds = end.timeIntervalSince(now)
        if seconds <= 0 { return "expired" }
        let days = Int(seconds / 86400)
        return days > 2 ? "\(days) days left" : "\(max(1, Int(seconds / 3600))) hours left"
    }

    /// Reads a file in PEM with openssl; `nil` where it holds no certificate.
    static func read(_ path: String, _ world: World) async throws -> CertificateFacts? {
        guard world.files.exists(path) else { return nil }
        let output = try await world.commands.run(
            Command(
                "openssl",
                [
                    "x509", "-in", path, "-noout", "-startdate", "-enddate", "-issuer", "-nameopt", "RFC2253", "-ext",
                    "subjectAltName", "-dateopt", "iso_8601",
                ], timeLimit: .seconds(30)))
        return output.succeeded ? parse(output.standardOutput) : nil
    }

    static func parse(_ text: String) -> CertificateFacts? {
        var values: [String: String] = [:]
        var names: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if line.contains("DNS:") {
                names += line.split(separator: ",").map(\.trimmed).filter { $0.hasPrefix("DNS:") }
                    .map { $0.dropFirst(4).lowercased() }
            } else if let sign = line.firstIndex(of: "=") {
                values[String(line[..<sign])] = line[line.index(after: sign)...].trimmed
            }
        }
        // 2026-11-25 12:00:00Z
        func date(_ key: String) -> Date? {
            values[key].flatMap { try? Date($0.replacing(" ", with: "T"), strategy: .iso8601) }
        }
        guard let begin = date("notBefore"), let end = date("notAfter") else { return nil }
        return CertificateFacts(names: names.sorted(), begin: begin, end: end, issuer: values["issuer"] ?? "")
    }
}

extension CertificateFacts {
    /// Who issued it, in one word or two: the organisation, or else the common name.
    public var issuerName: String {
        let parts = issuer.split(separator: ",").map(\.trimmed)
        for key in ["O=", "CN="] {
            if let part = parts.first(where: { $0.hasPrefix(key) }) { return String(part.dropFirst(key.count)) }
        }
        return issuer
    }
}
