public import Site

/// What one kp-server needs so that the specification's contract holds, although it does not fit it word for word: data, one value a
/// source. Facts about the sources and how each is met: docs/sources.md.
public struct ServerProfile: Sendable, Equatable {
    /// How a process of it is started.
    public enum Start: Sendable, Equatable {
        /// By npm, as the specification says.
        case script(String)
        /// By these words, which do what a script would that its package.json does not have.
        case words([String])
    }

    /// How one sees that it works.
    public enum Probe: Sendable, Equatable {
        /// It answers on its HTTP port.
        case http
        /// It has registered this procedure at Crossbar; it has no HTTP port.
        case registration(String)
    }

    /// Which keys its `cfg/private.json` has.
    public enum Settings: String, Sendable {
        case plain, wamp, rest
    }

    /// For people, such as `kp-server of 2017 (WAMP)`.
    public var title: String
    /// Which Node its packages can be installed on.
    public var node: Site.Node.Release
    public var application: Start
    public var fileServer: Start
    /// The port on which the application serves HTTP, or `nil` where it serves none.
    public var port: Int?
    public var probe: Probe
    public var settings: Settings
    /// The folder that it writes its logs into, which git does not bring and which nobody but us empties.
    public var logFolder: String?
    /// Whether what it needs at run time stands among its `devDependencies` too.
    public var needsDevelopmentPackages: Bool
    /// Packages that are replaced by newer ones, so that those which are compiled with them can be.
    public var newerPackages: [NewerPackage]
    /// Whether its tables are made at the first start by what its own `src/init.js` does up to the first row.
    public var makesTables: Bool
    /// Whether its driver of Postgres can log in by SCRAM; one that cannot sends its password as it is, inside the stack's own network.
    public var knowsScram: Bool
    /// Whether a new process of it may run beside the old one for a moment.
    public var mayOverlap: Bool
    /// Whether it prints its settings, secrets included, when it starts: that is kept out of the log.
    public var printsSettings: Bool
    /// How the first person is written into its tables; `nil` where they are not known, or nobody could log in.
    public var firstPerson: FirstPerson?
    /// Up to which commit it was looked at.
    public var lookedAt: LookedAt?
    /// What is done for it and why, in words for `plan` and `verify`.
    public var rules: [String]
}

extension ServerProfile {
    /// The specification's own contract: what the demo keeps to, and what is asked of a source that nobody knows.
    public static let plain = ServerProfile(
        title: "the specification's contract", node: .newest, application: .script("server:production"),
        fileServer: .script("file-server"), port: 80, probe: .http, settings: .plain, logFolder: nil,
        needsDevelopmentPackages: false, newerPackages: [], makesTables: false, knowsScram: true, mayOverlap: false,
        printsSettings: false,
        rules: [])

    /// kp-server, branch `master`: WAMP through Crossbar, Sequelize 3.
    static let wamp = ServerProfile(
        title: "kp-server of 2017 (WAMP)", node: .eight, application: babel("./src/index.js"),
        fileServer: babel("./src/file-server.index.js"), port: nil,
        probe: .registration("ru.kopa.model.getKOPNIKByEmail"), settings: .wamp, logFolder: "log",
        needsDevelopmentPackages: true, newerPackages: [newerNan], makesTables: true, knowsScram: false,
        mayOverlap: false, printsSettings: true,
        firstPerson: .wamp,
        lookedAt: LookedAt(commit: "e388d1722501fb0ff76333c2e066b86197254e30", month: "October 2017"),
        rules: [
            "start: its package.json has no script 'server:production'; its script 'server' is run without the debugger's port",
            "npm install: with devDependencies, for babel-cli, pg and others that it needs at run time stand there",
            nodeRule, nanRule, loginRule, printRule, logRule,
            "database: its own src/init.js makes the tables and functions at the first start, in an empty database alone, and is stopped before its first row: it would go on to drop tables and to insert people with public passwords",
            "people: there is nobody at first, and nobody could verify the next; 'kopnik first-person' makes the first one and the lands down to a house",
            "health: it serves no HTTP, so its last WAMP registration is what is looked at; /api answers 503 and says why",
            "one at a time: it registers its procedures without an invoke policy and empties the table Session when it starts",
            "cfg/private.json: mounted over the tracked file, with a production section that cfg/main.json does not have",
        ])

    /// kp-server, branch `v2`: REST with Express, Sequelize 4, no WAMP.
    static let rest = ServerProfile(
        title: "kp-server of 2018 (REST)", node: .eight,
        application: .words(["node", "--use-strict", "./src/index.js"]),
        fileServer: .words(["node", "--use-strict", "./src/file-server.index.js"]), port: 8080, probe: .http,
        settings: .rest, logFolder: "log", needsDevelopmentPackages: false, newerPackages: [newerNan],
        makesTables: true, knowsScram: false, mayOverlap: false, printsSettings: true,
        lookedAt: LookedAt(commit: "c34235e6ac5298db41601ab7e737d60fb9e99cd7", month: "May 2018"),
        rules: [
            "start: its package.json has no script 'server:production'; Node runs src/index.js itself, for babel-cli, which its script 'server' calls, is not among its packages",
            nodeRule, nanRule, loginRule, printRule, logRule,
            "database: its own src/init.js makes the tables and functions at the first start, in an empty database alone, and is stopped before its first row",
            "port: it listens on 8080, whatever its settings say; /api leads there",
            "file server: it asks for string.prototype.padstart, which its package.json does not name; the image has one",
            "cfg/private.json: mounted over the tracked file, with a production section that cfg/main.js does not have",
            "captcha: its routes of login and registration send a constant of its tests to reCAPTCHA, which refuses it: nobody can log in or register at this commit",
        ])

    // bcrypt took nan 2.6.2 for Node 8 (its commit be906fc, in 1.0.3); 2.14.2 is the last of its line and names Node 8 among its versions.
    private static let newerNan = NewerPackage(name: "nan", least: "2.6.2", version: "2.14.2")
    private static let nodeRule =
        "Node 8: its native modules are of 2017; nobody has built them here, see docs/sources.md"
    private static let nanRule =
        "npm install: bcrypt 0.8 is compiled with nan 2.3.5, and its authors name 2.6.2 as the least for Node 8; so the packages come without their scripts, nan 2.14.2 is put where an older one than 2.6.2 lies in node_modules, and 'npm rebuild' runs the scripts. package.json stays as it is"
    private static let loginRule =
        "Postgres: its driver, pg 6, knows no SCRAM; it sends its password as it is, inside the stack's own network"
    private static let printRule = "log: it prints its settings with all secrets when it starts; that line is left out"
    private static let logRule =
        "log: its folder of that name is kept below 50 MB and 30 days; it begins a new file each day and removes none"

    private static func babel(_ file: String) -> Start {
        .words(["node", "./node_modules/babel-cli/bin/babel-node.js", "--use-strict", file])
    }

    /// The profile of a source, by what its package.json says.
    public static func of(_ package: PackageFacts) -> ServerProfile {
        guard package.name == "kp-sequelizejs", package.scripts["server:production"] == nil else {
            var plain = plain
            plain.mayOverlap = package.mayOverlap
            return plain
        }
        if package.dependencies["autobahn"] != nil { return .wamp }
        return package.dependencies["express-async-errors"] != nil ? .rest : .plain
    }

    /// The file that its application is started from, where it is not npm that starts it.
    public var mainFile: String? { if case .words(let words) = application { words.last } else { nil } }

    /// npm's scripts without which it cannot be started.
    public var scripts: [String] {
        [application, fileServer].compactMap { if case .script(let name) = $0 { name } else { nil } }
    }
}
