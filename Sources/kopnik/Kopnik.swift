import ArgumentParser
import Foundation
import Machine

/// `kopnik`: one command to an exact copy of kopnik.org.
@main
struct Kopnik: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kopnik",
        abstract: "Raises an exact copy of kopnik.org, and keeps it running.",
        discussion:
            "Begin with:  kopnik up --demo\nWithout a site file everything has a default; see docs/kopnik.reference.yaml.",
        version: "0.1.0",
        subcommands: [
            Up.self, Plan.self, Doctor.self, VerifyCommand.self, Status.self, Logs.self, Exec.self, Psql.self,
            FirstPersonCommand.self,
            DashboardCommand.self, MaintenanceCommand.self, Restart.self, Down.self, Destroy.self, DatabaseCommand.self,
            Update.self, Rollback.self, HistoryCommand.self,
            BackupCommand.self, RecoveryKitCommand.self, RestoreCommand.self, DrillCommand.self, AlertsCommand.self,
            StandbyCommand.self, SwitchoverCommand.self, FailoverCommand.self, RejoinCommand.self, LabCommand.self,
            Render.self, Key.self, Certificate.self, Mail.self, HostCommand.self, VagrantCommand.self, Manual.self,
            KeeperCommand.self,
            DashboardServerCommand.self,
        ]
    )

    static func main() async {
        // What others have to read (nginx, the application's own user) must not depend on the person's umask.
        umask(0o022)
        let root = Task { () -> Int32 in
            do {
                var command = try parseAsRoot()
                let words = Array(CommandLine.arguments.dropFirst())
                if let call = RemoteCall(command, words: words) {
                    try await call.run()
                } else if let call = try PairCall(command, words: words) {
                    try await call.run()
                } else if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return 0
            } catch {
                return report(error)
            }
        }
        let interrupt = Interrupt { root.cancel() }
        if TypedCommand.isFromAfar { Interrupt.whenNobodyListens { root.cancel() } }
        let code = await root.value
        interrupt.stop()
        Foundation.exit(code)
    }

    /// Tells a person what went wrong; this is the only place that turns errors into exit codes.
    private static func report(_ error: any Error) -> Int32 {
        let terminal = Terminal.read(2, colour: .auto, environment: ProcessInfo.processInfo.environment)
        switch error {
        case let failure as Failure:
            warn("\n" + Style.red("kopnik: ", on: terminal) + failure.description)
            return 1
        case let exit as ExitStatus:
            return exit.rawValue
        case is CancellationError:
            warn("\nkopnik: stopped by you\n  What was done is kept: run the same command again to go on.")
            return 130
        case let usage as UsageFailure:
            warn(usage.description)
            return 2
        case let code as ExitCode where code != .validationFailure && code != .success:
            return code.rawValue
        default:
            let code = exitCode(for: error)
            if code == .success {
                print(fullMessage(for: error))
                return 0
            }
            guard code == .validationFailure else {
                warn(
                    "\nkopnik: this should not have happened: \(error)\n  fix:     run the same command again; if it says this twice, please report it"
                )
                return 1
            }
            warn(fullMessage(for: error))
            // argument-parser's own code for bad usage is 64 (sysexits); ours is 2, as that of most programs.
            return 2
        }
    }
}

/// Ends a command with a code and without another word.
enum ExitStatus: Int32, Error {
    case failed = 1
    /// `plan`: there is something to do.
    case changes = 3
}

/// A wrong site file or wrong use: exit code 2.
struct UsageFailure: Error, CustomStringConvertible {
    var description: String
}
