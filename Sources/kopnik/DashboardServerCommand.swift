import ArgumentParser
import Dashboard
import Foundation
import Machine

/// Runs inside the stack, not for people: the folder is that of the dashboard's container.
struct DashboardServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard-server", abstract: "The stack's live page; Docker starts it.", shouldDisplay: false)

    @Option(help: "Where the keeper writes what is shown.")
    var folder = "/run/kopnik/overview"

    @Option(help: "The address to listen on.")
    var address = "0.0.0.0"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 8080

    func run() async throws {
        let server: DashboardServer
        do {
            server = try DashboardServer(
                folder: ModelFolder(folder), address: address, port: port,
                domain: ProcessInfo.processInfo.environment["KOPNIK_DOMAIN"])
        } catch {
            throw Failure("the page cannot be served", because: "could not \(error.what): \(error.because)")
        }
        print("listening on port \(server.port)")
        fflush(nil)
        server.run { Task.isCancelled }
    }
}
