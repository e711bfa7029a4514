import Synchronization

/// The secrets of this run, and what is shown in their place.
public final class Redaction: Sendable {
    private let secrets = Mutex<Set<String>>([])

    /// Knows no secret yet.
    public init() {}

    /// From now on this text is never shown. Texts shorter than 8 characters are not secrets worth the confusion.
    public func add(_ secret: String) {
        guard secret.count >= 8 else { return }
        secrets.withLock { _ = $0.insert(secret) }
    }

    /// The text with every known secret replaced.
    public func apply(to text: String) -> String {
        secrets.withLock { $0 }.reduce(text) { $0.contains($1) ? $0.replacing($1, with: "‹secret›") : $0 }
    }
}
