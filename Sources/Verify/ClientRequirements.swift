import Site

extension Requirements {
    static let client: [Requirement] = [
        Requirement("C1", "Source of kp-client", at: [.sources]) { sightings in
            sightings.sources.judged { seen in
                guard let folder = seen.client else {
                    return .broken(
                        "no package.json in /home/ubuntu/kp-client",
                        because: "the source is not there, or the link to it leads nowhere")
                }
                return source(folder, wanted: "alexey-baranov/kp-client", choice: sightings.site.sources.client)
            }
        },
        Requirement("C2", "npm install in kp-client", at: [.sources]) { sightings in
            sightings.sources.judged { seen in
                guard let folder = seen.client else { return .broken("there is no kp-client") }
                guard folder.missing.isEmpty else {
                    return .broken(
                        "not installed: \(list(folder.missing))",
                        because: "package.json names them, node_modules does not have them")
                }
                return .holds(
                    folder.dependencies.isEmpty
                        ? "it has no dependencies" : "all \(folder.dependencies.count) dependencies are in node_modules"
                )
            }
        },
        Requirement("C3", "npm run build in kp-client", at: [.sources]) { sightings in
            sightings.sources.judged { seen in
                guard let folder = seen.client else { return .broken("there is no kp-client") }
                guard let absent = folder.absent else {
                    return .broken("no dist/index.html", because: "the client was not built, or its dist was emptied")
                }
                guard absent.isEmpty else {
                    return .broken("dist lacks \(list(absent))", because: "dist/index.html needs them")
                }
                if let younger = folder.younger {
                    return .broken(
                        "\(younger) is younger than dist", because: "the client was changed after it was built")
                }
                return .holds("dist is complete: \(folder.built) files, \(max(folder.builtBytes >> 10, 1)) kB")
            }
        },
    ]

    /// A source that is there; the real one, or another one that the site file chose.
    static func source(_ folder: SourceFolder, wanted: String, choice: Site.Source) -> Judgement {
        switch choice {
        case .demo:
            .differs(
                "the bundled demo",
                because: "it was asked for by --demo or in the site file; it honours the same contract")
        case .folder(let path): .differs("a copy of \(path)", because: "the site file names that folder as the source")
        case .git(let url, _):
            if let origin = folder.origin, origin.contains(wanted) {
                .holds("cloned from \(origin)")
            } else {
                .differs(
                    "cloned from \(folder.origin ?? url)", because: "the site file names that repository as the source")
            }
        }
    }

    /// The first few of many names.
    static func list(_ names: [String], limit: Int = 4) -> String {
        names.prefix(limit).joined(separator: ", ") + (names.count > limit ? " and \(names.count - limit) more" : "")
    }
}
