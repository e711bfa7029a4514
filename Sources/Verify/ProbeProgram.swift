import Bundled

/// The programs that look where this one cannot: JSON in, JSON out. They are the files of `probes/`.
enum ProbeProgram: String {
    /// From outside, as everybody else sees the site; run by the Python of the crossbar image, which has HTTP/2 and WebSocket.
    case outside = "outside.py"
    /// From inside the container of kp-server, with Node's own modules only.
    case inside = "inside.js"
    /// The world as a mail server sees it, from the same container.
    case mail = "mail.js"

    /// A stranger's words to the mail service; run inside its container.
    case stranger = "stranger.pl"

    /// The program's text.
    var text: String { BundledFile.text(at: "probes/" + rawValue) }
}
