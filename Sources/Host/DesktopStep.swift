import Machine

/// XFCE that starts by `startxfce4` and by nothing else (O2): its packages are among the others; here the computer is kept from starting
/// a graphical login of whatever brought one along.
struct DesktopStep: Step {
    let server: Server
    let name = "Desktop"

    /// Bare, and what it takes to start it at the console: an X server, a way to start one, a bus for the session, a terminal.
    static let packages = [
        "xfce4", "xfce4-terminal", "xinit", "xserver-xorg", "dbus-x11",
    ]
    private static let target = "multi-user.target"

    func inspect() async throws -> Inspection {
        let now = try await server.world.commands.run(
            Command("systemctl", ["get-default"], timeLimit: .seconds(30)))
        guard now.text == Self.target else {
            return Inspection("1 to do", changes: [Change("start the computer to text, not to \(now.text)")])
        }
        return Inspection("XFCE, by startxfce4 alone")
    }

    func apply(_ detail: @escaping @Sendable (String) async -> Void) async throws {
        _ = try await server.world.commands.require(
            Command("systemctl", ["set-default", Self.target], timeLimit: .seconds(60)),
            toDo: "have the computer start to text", fix: "mend what is named there, then run 'kopnik host apply' again"
        )
    }
}
