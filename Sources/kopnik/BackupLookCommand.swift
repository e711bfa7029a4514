import ArgumentParser
import Deployment
import Foundation
import Machine
import Site

/// What all that look at something earlier ask.
struct EarlierOptions: ParsableArguments {
    @Option(help: "As it was at which moment, in UTC, such as '2026-11-25 14:30'. Default: as new as the backups are.")
    var at: String?

    /// - Throws: `UsageFailure` where `--at` is no moment; `Failure` where there is no site.
    func deployment(_ site: SiteOptions) throws -> (Deployment, Date?) {
        let moment = try RestoreCommand.moment(at)
        return (
            try site.raisedDeployment(World.live(progress: ProgressRenderer(terminal: site.standardError))), moment
        )
    }

    /// Where a file is to be written that must not be there yet.
    /// - Parameter place: a folder or a file, as it was typed; `nil`: this folder.
    static func target(_ place: String?, named name: String, _ files: Files) throws -> String {
        var path = URL(filePath: place ?? ".").standardizedFileURL.path(percentEncoded: false)
        if files.isFolder(path) { path += (path.hasSuffix("/") ? "" : "/") + (name as NSString).lastPathComponent }
        guard !files.exists(path) else {
            throw Failure(
                "nothing was written", because: "there is a file \(path) already",
                fix: "name another place: --into FILE")
        }
        let folder = (path as NSString).deletingLastPathComponent
        guard files.isFolder(folder) else {
            throw Failure(
                "nothing was written", because: "there is no folder \(folder)", fix: "name another place: --into FILE")
        }
        return path
    }
}

struct BackupPsql: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "psql",
        abstract: "Opens a copy of the database as it was at a moment; \\q throws the copy away.",
        usage: "kopnik backup psql [--at <at>] [<argument of psql> ...]",
        discussion: "The copy is brought back beside the site, which runs on. It can be read only.")

    @OptionGroup var site: SiteOptions

    @OptionGroup var earlier: EarlierOptions

    @Option(help: "Which database. Default: the first of the site's.")
    var database: String?

    @Argument(parsing: .captureForPassthrough, help: "Arguments of psql, such as -c 'SELECT 1'.")
    var arguments: [String] = []

    func run() async throws {
        if arguments == ["--help"] || arguments == ["-h"] { throw CleanExit.helpRequest(self) }
        let (deployment, moment) = try earlier.deployment(site)
        let database = database ?? deployment.site.postgres.production
        let code = try await EarlierDatabase(deployment: deployment, at: moment).lend { copy in
            if terminalFlags.contains("--tty"), arguments.isEmpty {
                warn(
                    "\n  This is a copy; the site runs on. \\d lists the tables, \\q leaves and throws the copy away.\n"
                )
            }
            return try await deployment.world.commands.converse(
                copy.psql(terminalFlags, database: database, arguments))
        }
        if code != 0 { throw ExitCode(code) }
    }
}

struct BackupTable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "Writes one table as it was at a moment into a CSV file.",
        discussion: "A copy of the database is brought back beside the site, which runs on, and thrown away afterwards."
    )

    @Argument(help: "The table's name, such as users or public.users.")
    var table: String

    @OptionGroup var site: SiteOptions

    @OptionGroup var earlier: EarlierOptions

    @Option(help: "Which database. Default: the first of the site's.")
    var database: String?

    @Option(help: "The file, or a folder for it. Default: TABLE.csv in this folder.", completion: .file())
    var into: String?

    func run() async throws {
        let (deployment, moment) = try earlier.deployment(site)
        let path = try EarlierOptions.target(
            into, named: table.replacing("/", with: "-") + ".csv", deployment.world.files)
        let database = database ?? deployment.site.postgres.production
        let (rows, reaches) = try await EarlierDatabase(deployment: deployment, at: moment).lend { copy in
            (try await copy.write(table: table, of: database, to: path), copy.reaches)
        }
        tell("  \(rows) rows of \(table), as of \(reaches?.universalSecond ?? "the newest backup"), are in \(path)")
    }
}

struct BackupFile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "file",
        abstract: "Brings one uploaded file back as it was at a moment, or lists them all.",
        discussion: "The site is not touched: put the file where it belongs yourself.")

    @Argument(help: "The file's name below the folder of uploads. Without one all are listed.")
    var name: String?

    @OptionGroup var site: SiteOptions

    @OptionGroup var earlier: EarlierOptions

    @Option(help: "Where to, a file or a folder. Default: this folder.", completion: .file())
    var into: String?

    @Flag(help: "Print the list as JSON, for scripts.")
    var json = false

    func validate() throws {
        guard name == nil || !json else { throw ValidationError("--json is for the list: leave the name out.") }
        guard name != nil || into == nil else { throw ValidationError("--into needs the name of a file.") }
    }

    func run() async throws {
        let (deployment, moment) = try earlier.deployment(site)
        let files = EarlierFiles(deployment: deployment, at: moment)
        guard let name else {
            let list = try await files.list()
            if json { return try printJSON(list.files) }
            for file in list.files {
                let size = ByteText.of(file.size)
                print("  \(file.changed?.universalSecond ?? "")  \(size)\t\(file.name.shown(instead: "?"))")
            }
            return warn("\n  \(list.files.count) files, as of \(list.at.universalSecond)")
        }
        let path = try EarlierOptions.target(into, named: name, deployment.world.files)
        let at = try await files.write(name, to: path)
        tell("  \(name), as of \(at.universalSecond), is in \(path)")
    }
}
