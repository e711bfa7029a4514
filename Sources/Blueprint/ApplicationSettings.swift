import Foundation
public import Site

/// kp-server's `cfg/private.json`: its keys are the ones that its sources read.
public enum ApplicationSettings {
    private struct Document: Encodable { var production: Section }

    private struct Section: Encodable {
        var username = "kopnik"
        var password: String
        var database: String
        var host = "db"
        var port = 5432
        var dialect = "postgres"
        var WAMP = Wamp()
        var fileServer: FileServer
        var server: Login
        var SMTP: Mail
        enum CodingKeys: String, CodingKey {
            case username, password, database, host, port, dialect, WAMP
            case fileServer = "file-server"
            case server, SMTP
        }
    }

    private struct Wamp: Encodable {
        var schema = "ws"
        var host = "crossbar"
        var port = 8080
        var path = "ws"
    }

    private struct FileServer: Encodable {
        var schema = "https"
        var host: String
        var port: Int
        var uploadPath = "upload"
        var downloadPath = "download"
        enum CodingKeys: String, CodingKey {
            case schema, host, port
            case uploadPath = "upload-path"
            case downloadPath = "download-path"
        }
    }

    private struct Login: Encodable {
        var username = "server"
        var password: String
    }

    private struct Mail: Encodable {
        var host = "mail"
        var from: String
    }

    /// The file's text. It holds secrets: it becomes a Docker secret and is written nowhere else.
    public static func rendered(site: Site, databasePassword: String, wampTicket: String) throws -> String {
        let section = Section(
            password: databasePassword, database: site.postgres.databases.first ?? "kopnik",
            fileServer: FileServer(host: site.domain, port: site.ports.https), server: Login(password: wampTicket),
            SMTP: Mail(from: site.mail.from))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(production: section)), as: UTF8.self) + "\n"
    }
}
