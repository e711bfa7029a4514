/// One key of the site file: a row of `Setting.all`, from which validation, reference and schema are made.
struct Setting: Sendable {
    /// The keys from the root to this one.
    let path: [String]
    let kind: Kind
    /// What it is for, in whole sentences.
    let doc: String
    /// A value other than the default.
    let example: SettingValue?
    /// The value of this key in a site; nil when the site has none.
    let get: @Sendable (Site) -> SettingValue?
    /// Puts a value into a site; nil for groups, and for keys that are parts of another's value.
    let set: (@Sendable (inout Site, SettingValue) -> Void)?

    enum Kind: Sendable {
        /// A group of keys.
        case group
        case text(TextRule)
        case integer(ClosedRange<Int>)
        /// One of a few numbers.
        case oneOf([Int])
        case memory(ClosedRange<ByteCount>)
        case choice([String])
        /// A list of different texts, at least one.
        case list(TextRule)
        /// `demo`, or a group of `git` and `ref`, or a group of `folder`.
        case source
    }

    var name: String { path.joined(separator: ".") }
    var key: String { path.last ?? "" }

    static func at(_ path: [String]) -> Setting? { all.first { $0.path == path } }
    static func children(of path: [String]) -> [Setting] { all.filter { $0.path.dropLast() == path[...] } }
}

/// A value as the site file writes it.
enum SettingValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case memory(ByteCount)
    case list([String])
    case source(Site.Source)
}

extension Setting {
    static func group(_ name: String, _ doc: String) -> Setting {
        make(name, .group, nil, doc, get: { _ in nil }, set: nil)
    }

    static func text(
        _ name: String, _ path: any WritableKeyPath<Site, String> & Sendable, _ rule: TextRule, example: String,
        _ doc: String
    ) -> Setting {
        make(name, .text(rule), .text(example), doc, get: { .text($0[keyPath: path]) }) { site, value in
            if case .text(let text) = value { site[keyPath: path] = text }
        }
    }

    static func integer(
        _ name: String, _ path: any WritableKeyPath<Site, Int> & Sendable, _ kind: Kind, example: Int?, _ doc: String
    ) -> Setting {
        make(name, kind, example.map { .integer($0) }, doc, get: { .integer($0[keyPath: path]) }) { site, value in
            if case .integer(let number) = value { site[keyPath: path] = number }
        }
    }

    /// One of a few words, each a case of a type.
    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Site, Value> & Sendable, example: Value, _ doc: String
    ) -> Setting {
        make(
            name, .choice(Value.allCases.map(\.rawValue)), .text(example.rawValue), doc,
            get: { .text($0[keyPath: path].rawValue) }
        ) { site, value in
            if case .text(let word) = value, let choice = Value(rawValue: word) { site[keyPath: path] = choice }
        }
    }

    static func memory(
        _ name: String, _ path: any WritableKeyPath<Site, ByteCount> & Sendable, example: ByteCount, _ doc: String
    ) -> Setting {
        let range = ByteCount.megabytes(1)...ByteCount.gigabytes(1024)
        return make(name, .memory(range), .memory(example), doc, get: { .memory($0[keyPath: path]) }) { site, value in
            if case .memory(let amount) = value { site[keyPath: path] = amount }
        }
    }

    /// The four keys of one source.
    static func source(
        _ part: String, _ path: any WritableKeyPath<Site, Site.Source> & Sendable, _ doc: String
    ) -> [Setting] {
        let name = "sources.\(part)"
        return [
            make(name, .source, .source(.demo), doc, get: { .source($0[keyPath: path]) }) { site, value in
                if case .source(let source) = value { site[keyPath: path] = source }
            },
            make(
                "\(name).git", .text(.repository), .text("https://example.org/our/kp-\(part).git"),
                "The repository to clone.",
                get: { if case .git(let url, _) = $0[keyPath: path] { .text(url) } else { nil } }, set: nil),
            make(
                "\(name).ref", .text(.ref), .text("develop"),
                "The branch, tag or commit to take; master when left out.",
                get: { if case .git(_, let ref) = $0[keyPath: path] { .text(ref) } else { nil } }, set: nil),
            make(
                "\(name).folder", .text(.folder), .text("/srv/kp-\(part)"),
                "Instead of git and ref: a folder of this computer, absolute or relative to the folder of this file.",
                get: { if case .folder(let path) = $0[keyPath: path] { .text(path) } else { nil } }, set: nil),
        ]
    }

    static func make(
        _ name: String, _ kind: Kind, _ example: SettingValue?, _ doc: String,
        get: @escaping @Sendable (Site) -> SettingValue?, set: (@Sendable (inout Site, SettingValue) -> Void)?
    ) -> Setting {
        Setting(
            path: name.split(separator: ".").map(String.init), kind: kind, doc: doc, example: example, get: get,
            set: set)
    }
}
