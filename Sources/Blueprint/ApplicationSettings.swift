import Foundation
public import Site

/// What the application's generated settings hold that is not in the site file.
public struct ApplicationSecrets: Sendable, Equatable {
    /// Of the role `kopnik` in Postgres.
    public var databasePassword: String
    /// Of the role `crossbar`.
    public var crossbarPassword: String
    /// With which kp-server logs in at Crossbar as `server`.
    public var wampTicket: String
    /// Keys that the person supplied or that were made for web push, by their names; see `Keys`.
    public var keys: [String: String]

    public init(
        databasePassword: String, crossbarPassword: String, wampTicket: String, keys: [String: String] = [:]
    ) {
        self.databasePassword = databasePassword
        self.crossbarPassword = crossbarPassword
        self.wampTicket = wampTicket
        self.keys = keys
    }
}

/// Generated settings that hold secrets: each becomes a Docker secret and is written nowhere else.
public enum ApplicationSettings {
    /// kp-server's `cfg/private.json`: a production section in the keys that this kp-server's sources read.
    public static func server(_ site: Site, _ profile: ServerProfile, _ secrets: ApplicationSecrets) throws -> String {
        let section: JSONValue =
            switch profile.settings {
            case .plain: plain(site, secrets)
            case .wamp: wamp(site, secrets)
            case .rest: rest(site, secrets)
            }
        return try render(["production": section])
    }

    /// What Crossbar's authenticator reads.
    public static func authenticator(_ site: Site, _ secrets: ApplicationSecrets) throws -> String {
        try render([
            "server": ["username": "server", "password": .text(secrets.wampTicket)],
            "database": database(site, role: "crossbar", secrets.crossbarPassword),
            "captcha": [
                "secret": key("captcha-secret", secrets),
                // On a copy that nobody else reaches, a person without keys of reCAPTCHA must be able to log in.
                "optional": .boolean(site.isLocal),
            ],
        ])
    }

    /// postfix's way to log in at the smarthost: a line of texthash (DATABASE_README), never empty, for Docker keeps no empty secret.
    public static func mailLogin(_ site: Site, _ secrets: ApplicationSecrets) -> String {
        guard let smarthost = site.mail.smarthost, let user = site.mail.smarthostUser,
            let password = secrets.keys["smarthost-password"]
        else { return "# no login\n" }
        return "[\(smarthost.host)]:\(smarthost.port) \(user):\(password)\n"
    }

    /// Sequelize's and the authenticator's way into the database.
    private static func database(_ site: Site, role: String = "kopnik", _ password: String) -> JSONValue {
        [
            "username": .text(role), "password": .text(password),
            "database": .text(site.postgres.production), "host": "db", "port": 5432,
            "dialect": "postgres",
        ]
    }

    private static let wampPlace: JSONValue = ["schema": "ws", "host": "crossbar", "port": 8080, "path": "ws"]

    private static func mail(_ site: Site) -> JSONValue { ["host": "mail", "from": .text(site.mail.from)] }

    private static func login(_ secrets: ApplicationSecrets) -> JSONValue {
        ["username": "server", "password": .text(secrets.wampTicket)]
    }

    private static func key(_ name: String, _ secrets: ApplicationSecrets) -> JSONValue {
        secrets.keys[name].map { .text($0) } ?? .null
    }

    /// What both real servers read besides: keys of others' services. web-push takes `null` for no key of Google's (its setGCMAPIKey).
    private static func services(_ secrets: ApplicationSecrets) -> [(String, JSONValue)] {
        [
            ("captcha", ["key": key("captcha-key", secrets), "secret": key("captcha-secret", secrets)]),
            ("FCM", ["serverKey": key("fcm-server-key", secrets), "senderID": key("fcm-sender-id", secrets)]),
            (
                "VAPID",
                ["publicKey": key("vapid-public-key", secrets), "privateKey": key("vapid-private-key", secrets)]
            ),
        ]
    }

    /// As the models of kp-server expect their tables.
    private static let define: JSONValue = [
        "paranoid": true, "timestamps": true, "freezeTableName": true, "underscored": true,
    ]

    private static func plain(_ site: Site, _ secrets: ApplicationSecrets) -> JSONValue {
        database(site, secrets.databasePassword).with([
            ("WAMP", wampPlace),
            (
                "file-server",
                [
                    "schema": "https", "host": .text(site.domain), "port": .number(site.ports.https),
                    "upload-path": "upload", "download-path": "download",
                ]
            ), ("server", login(secrets)), ("SMTP", mail(site)),
        ])
    }

    private static func wamp(_ site: Site, _ secrets: ApplicationSecrets) -> JSONValue {
        database(site, secrets.databasePassword).with(
            [
                // Sequelize 3 prints each statement otherwise, with people's passports and the hashes of their passwords.
                ("define", define), ("logging", false), ("WAMP", wampPlace),
                // The port is the one that its file server listens on; the way there is known to the client alone.
                ("file-server", ["port": 8484, "upload-path": "upload", "download-path": "download"]),
                ("server", login(secrets)), ("SMTP", mail(site)),
            ] + services(secrets))
    }

    private static func rest(_ site: Site, _ secrets: ApplicationSecrets) -> JSONValue {
        let database = database(site, secrets.databasePassword).with([
            ("define", define), ("query", ["type": "SELECT"]), ("logging", false),
            ("pool", ["max": 10, "idle": 30000, "acquire": 60000]),
        ])
        return JSONValue.object(
            [
                ("database", database), ("server", ["schema": "http", "host": "localhost", "port": 8080]),
                ("file-server", ["port": 8484, "upload-path": "upload", "download-path": "download"]),
                ("SMTP", mail(site)),
                // Two of its routes ask for the secret under this name, in production too.
                ("unittest", ["captcha": ["secret": key("captcha-secret", secrets)]]),
            ] + services(secrets))
    }

    private static func render(_ value: JSONValue) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
