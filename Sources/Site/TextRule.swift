/// What a text must be like. Checked by `check`; `pattern` is the same for programs, as exact as a pattern can be.
struct TextRule: Sendable {
    /// Continues "Allowed: ".
    let allowed: String
    /// An ECMA 262 regular expression for the whole text; it accepts at least what `check` does.
    let pattern: String
    /// Whether nothing of it may be repeated to whoever looks over the shoulder.
    var isSecret = false
    let check: @Sendable (String) -> Objection?

    /// Why a text is refused, and what to write instead.
    struct Objection: Equatable {
        let because: String
        let fix: String?

        init(_ because: String, fix: String? = nil) {
            self.because = because
            self.fix = fix
        }
    }
}

extension TextRule {
    static let siteName = TextRule(
        allowed: "1 to 30 of a-z, 0-9 and '-'; the first is a letter, the last is not '-'",
        pattern: "^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$"
    ) { text in
        objection(siteName: text)
    }

    private static func objection(siteName text: String) -> Objection? {
        if text.isEmpty { return Objection("a name cannot be empty", fix: "write a name such as kopnik") }
        if let stranger = text.first(where: { !$0.isIn("a"..."z", "0"..."9", "-"..."-") }) {
            let lower = text.lowercased()
            let isOnlyCase = lower != text && objection(siteName: lower) == nil
            return Objection(
                "a name consists of a-z, 0-9 and '-'; \(String(stranger).shown) is none of them",
                fix: isOnlyCase ? "write \(lower)" : "write a name such as kopnik-2")
        }
        if text.first?.isIn("a"..."z") != true { return Objection("a name begins with a letter") }
        if text.last == "-" { return Objection("a name does not end with '-'") }
        if text.count > 30 { return Objection("a name has at most 30 characters; this has \(text.count)") }
        return nil
    }

    static let identifier = TextRule(
        allowed: "1 to 63 of a-z, 0-9 and '_'; the first is not a digit; not postgres, template0 or template1",
        pattern: "^[a-z_][a-z0-9_]{0,62}$"
    ) { text in
        if text.isEmpty { return Objection("a name cannot be empty") }
        if let stranger = text.first(where: { !$0.isIn("a"..."z", "0"..."9", "_"..."_") }) {
            return Objection(
                "the name of a database consists of a-z, 0-9 and '_'; \(String(stranger).shown) is none of them")
        }
        if text.first?.isIn("0"..."9") == true { return Objection("the name of a database begins with a letter") }
        if text.count > 63 { return Objection("PostgreSQL cuts names after 63 characters") }
        if ["postgres", "template0", "template1"].contains(text) {
            return Objection("PostgreSQL has this database for itself", fix: "take another name")
        }
        return nil
    }

    static let ref = TextRule(
        allowed: "the name of a branch or tag, or a commit",
        pattern: #"^[^ ~^:?*\[\\/.-][^ ~^:?*\[\\]{0,249}$"#
    ) { text in
        if text.isEmpty { return Objection("a branch cannot be empty", fix: "leave the key out for master") }
        // git-check-ref-format(1); a leading '-' would be an option of git.
        let isWrong =
            text.contains { " ~^:?*[\\".contains($0) } || ["-", "/", "."].contains { text.hasPrefix($0) }
            || ["/", ".", ".lock"].contains { text.hasSuffix($0) }
            || ["..", "//", "@{", "/."].contains { text.contains($0) } || text == "@"
            || text.unicodeScalars.count > 250
        return isWrong ? Objection("git allows no such name of a branch, tag or commit") : nil
    }

    static let folder = TextRule(
        allowed: "a folder; spaces and letters of any language may be in its name",
        pattern: "^[^~].{0,4095}$"
    ) { text in
        if text.isEmpty { return Objection("the folder is empty", fix: "write '.' for the folder of this file") }
        if text.hasPrefix("~") {
            return Objection("'~' means something only in a terminal", fix: "write the whole path, such as /home/anna")
        }
        if text.hasPrefix("file:") {
            return Objection("this is an address", fix: "write the path itself, such as /srv/kp-server")
        }
        // PATH_MAX of Linux.
        if text.utf8.count > 4096 { return Objection("no path is longer than 4096 bytes") }
        return nil
    }

    static let pagePath = TextRule(
        allowed: "a slash, then 1 to 30 of a-z, 0-9 and '-'; not a path that the site itself has",
        pattern: "^/[a-z0-9][a-z0-9-]{0,29}$"
    ) { text in
        guard text.hasPrefix("/") else {
            return Objection("a path begins with a slash", fix: "write /dashboard")
        }
        let name = text.dropFirst()
        if name.isEmpty || name.count > 30 || name.first == "-"
            || !name.allSatisfy({ $0.isIn("a"..."z", "0"..."9", "-"..."-") })
        {
            return Objection("after the slash come 1 to 30 of a-z, 0-9 and '-'", fix: "write /dashboard")
        }
        // nginx takes `/api…` for the application, whatever follows.
        if ["api", "upload", "download"].contains(where: { name.hasPrefix($0) }) || name == "ws" {
            return Objection("the application has this path for itself", fix: "write /dashboard")
        }
        return nil
    }

    static let authorityFile = TextRule(
        allowed: "the whole path of a file in PEM form", pattern: program.pattern
    ) { text in
        text.hasPrefix("/")
            ? program.check(text)
            : Objection("it is looked for from the root on", fix: "write the whole path, such as /srv/authority.pem")
    }

    static let program = TextRule(
        allowed: "the whole path of a program", pattern: "^/.{1,4095}$"
    ) { text in
        guard text.hasPrefix("/"), text.count > 1 else {
            return Objection("it is looked for from the root on", fix: "write the whole path, such as /srv/dns-hook")
        }
        return text.utf8.count > 4096 ? Objection("no path is longer than 4096 bytes") : nil
    }
}

extension Character {
    /// Whether it is an ASCII character in one of the ranges.
    func isIn(_ ranges: ClosedRange<Character>...) -> Bool {
        isASCII && ranges.contains { $0.contains(self) }
    }
}
