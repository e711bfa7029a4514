import Blueprint
import Engine
public import Foundation
import Machine
import Site

/// A pause that somebody planned: visitors see a page that says so, and nobody writes.
public struct Maintenance: Sendable {
    let deployment: Deployment

    /// That of a site.
    public init(deployment: Deployment) { self.deployment = deployment }

    private var files: Files { deployment.world.files }
    private var path: String { deployment.layout.maintenance }

    /// Since when it lasts; `nil`: there is none. It outlasts `up`, `update` and a start of the computer.
    public var since: Date? { files.exists(path) ? files.changed(path) ?? deployment.world.now() : nil }

    /// The same for a person.
    public var words: String? {
        since.map { "visitors are shown the page of maintenance since \($0.universalMinute)" }
    }

    /// Begins it: from the next request on everybody is shown the page, and those who are connected are disconnected in order.
    /// - Parameter note: what visitors are told besides, such as until when.
    public func begin(note: String?) async throws {
        try files.write(Self.page(note: note), to: path)
        // An open session goes past nginx for hours. One that is closed with 1012 comes back, and is shown the page.
        let kind = ServiceKind.crossbar.rawValue
        guard let container = try await deployment.docker.container(of: kind, in: deployment.stack) else { return }
        try await deployment.docker.restart(container, of: kind, in: deployment.stack)
    }

    /// Ends it.
    public func end() throws { try files.remove(path) }

    static func page(note: String?) -> String {
        let note = note.map { "\n  <p>\(escaped($0))</p>" } ?? ""
        return """
            <!doctype html>
            <html lang="ru">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="refresh" content="60">
            <title>Идут работы · Under maintenance</title>
            <style>
              :root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif }
              body { margin: 0; min-height: 100vh; display: grid; place-items: center }
              main { max-width: 32rem; padding: 2rem }
              h1 { font-size: 1.4rem; margin: 0 0 .3rem }
              p { margin: 0 0 1.6rem; opacity: .8 }
            </style>
            <main>
              <h1>На сайте идут работы</h1>
              <p>Скоро всё заработает снова. Страница обновится сама.</p>
              <h1 lang="en">The site is under maintenance</h1>
              <p lang="en">It will be back soon. The page reloads by itself.</p>\(note)
            </main>
            </html>

            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
