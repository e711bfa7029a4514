/// Walks a document along the table of settings and collects values and complaints.
struct SettingReader {
    var complaints: Complaints
    /// Keys that were complained about already.
    let ignored: Set<String>
    /// The values read, by name, and where they are.
    var values: [String: (value: SettingValue, place: Place)] = [:]
    /// The keys that were written, whatever their values are.
    private var written: Set<String> = []

    init(complaints: Complaints, ignored: Set<String>) {
        self.complaints = complaints
        self.ignored = ignored
    }

    mutating func readRoot(_ root: YAMLNode) {
        if root.isNull { return }
        guard case .mapping(let pairs) = root.shape else {
            complaints.add(
                "this is not a site file", at: root.place, because: "a site file consists of 'key: value' lines",
                fix: "begin with a line such as 'domain: kopnik.org'")
            return
        }
        readGroup(pairs, path: [])
    }

    mutating func readGroup(_ pairs: [(key: YAMLNode, value: YAMLNode)], path: [String]) {
        for (key, value) in pairs {
            switch key.shape {
            case .plain(let word), .quoted(let word):
                if ignored.contains(word) { continue }
                if let setting = Setting.at(path + [word]) {
                    read(value, of: setting, key: key.place)
                } else {
                    complainUnknown(word, in: path, at: key.place)
                }
            case .mapping, .list:
                complaints.add(
                    "a key must be a word", at: key.place,
                    because: "a site file consists of 'key: value' lines", fix: "remove the brackets")
            }
        }
    }

    private mutating func read(_ node: YAMLNode, of setting: Setting, key: Place) {
        written.insert(setting.name)
        switch setting.kind {
        case .group:
            // All keys below it may have been taken out, or made comments.
            if node.isNull { return }
            guard case .mapping(let pairs) = node.shape else {
                let example = Setting.children(of: setting.path).first?.key ?? ""
                complaints.add(
                    "\(setting.name) is a group of keys, not a value", at: node.place,
                    fix: "write '\(setting.key):' and under it, two spaces further right, '\(example): …'")
                return
            }
            readGroup(pairs, path: setting.path)
        case .source:
            if let source = readSource(node, of: setting, key: key) {
                values[setting.name] = (.source(source), node.place)
            }
        default:
            if node.isNull {
                complaints.add(
                    "\(setting.name) has no value", at: key, fix: "write one after the colon, or remove the line")
            } else if let value = readValue(node, of: setting) {
                values[setting.name] = (value, node.place)
            }
        }
    }

    private mutating func complainUnknown(_ word: String, in path: [String], at place: Place) {
        let name = (path + [word]).joined(separator: ".")
        let known = Setting.children(of: path).map(\.key)
        if Setting.later.contains(name) {
            complaints.add(
                "this version of kopnik cannot do \(word.shown) yet", at: place,
                because: "it installs the whole site on this computer and nothing else", fix: "remove the key")
        } else if let meant = NearMiss.nearest(to: word, among: known) {
            complaints.add("unknown key \(word.shown) — did you mean '\(meant)'?", at: place, fix: "write \(meant)")
        } else if let elsewhere = Setting.all.first(where: { $0.key == word }) {
            let group = elsewhere.path.dropLast().joined(separator: ".")
            complaints.add(
                "unknown key \(word.shown)", at: place,
                because: group.isEmpty ? "it belongs to no group" : "it belongs to the group '\(group)'",
                fix: group.isEmpty ? "write it at the left edge" : "move it below '\(group):', two spaces further right"
            )
        } else {
            complaints.add("unknown key \(word.shown)", at: place, fix: "known here: \(known.joined(separator: ", "))")
        }
    }

    /// The site of the values read, with the checks that concern more than one of them.
    mutating func site() -> Site {
        var site = Site()
        if case .text(let name)? = values["name"]?.value { site = Site(name: name) }
        if case .text(let domain)? = values["domain"]?.value { site = Site(name: site.name, domain: domain) }
        for setting in Setting.all {
            if let value = values[setting.name]?.value { setting.set?(&site, value) }
        }
        if site.ports.http == site.ports.https {
            let places = ["ports.http", "ports.https"].compactMap { values[$0]?.place }
            complaints.add(
                "both ports are \(site.ports.http)", at: places.max() ?? .start,
                because: "one port cannot speak both http and https", fix: "write another number for one of them")
        }
        checkHosts(site.hosts)
        return site
    }

    private mutating func checkHosts(_ hosts: Site.Hosts) {
        let places = ["hosts.main", "hosts.standby"].compactMap { values[$0]?.place }
        guard let main = hosts.main, let standby = hosts.standby else {
            // One that was refused was told of already.
            guard let place = places.first, !written.isSuperset(of: ["hosts.main", "hosts.standby"]) else { return }
            complaints.add(
                "hosts names one server", at: place, because: "a pair has two: main and standby",
                fix: "name the other one too; a site of one server needs no 'hosts'")
            return
        }
        if Site.Hosts.address(main) == Site.Hosts.address(standby) {
            complaints.add(
                "both hosts are \(Site.Hosts.address(main))", at: places.max() ?? .start,
                because: "a server cannot stand in for itself",
                fix: "write the address of another server for one of them")
        }
    }
}
