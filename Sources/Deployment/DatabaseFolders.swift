import Machine

/// The folders of Postgres in the database's volume, as `upgrade-db state` tells them.
struct DatabaseFolders: Sendable, Equatable {
    /// The versions whose folder is the truth: one, but for an upgrade that was killed between two renames.
    var main: [Int] = []
    /// The versions whose data were put aside.
    var kept: [Int] = []
    /// How long the files of the truth are together, in bytes.
    var bytes = 0
    /// How many bytes are free beside them.
    var free = 0

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int(words[1]) else { continue }
            switch words[0] {
            case "main": main.append(number)
            case "kept": kept.append(number)
            case "bytes": bytes = number
            case "free": free = number
            default: break
            }
        }
    }

    /// A copy has fewer holes than what it was made from; besides there is the new one's own log, of 256 MB and what comes until it is written.
    var needed: Int { bytes + bytes / 10 + 800 << 20 }

    /// - Throws: `Failure` where a copy of the truth does not fit beside it.
    func checkSpace() throws {
        guard free < needed else { return }
        throw Failure(
            "there is not enough room for a second database",
            because:
                "the data take \(Self.words(bytes)), the copy may need \(Self.words(needed)), and \(Self.words(free)) are free",
            fix:
                "make room on the disk of Docker's volumes ('kopnik doctor' shows it), then the same command; nothing was changed"
        )
    }

    private static func words(_ bytes: Int) -> String {
        bytes >= 10 << 30 ? "\(bytes >> 30) GB" : "\(bytes >> 20) MB"
    }
}
