/// What one service needs, before it is put into the compose file's words.
struct ServiceShape {
    enum Mount {
        case folder(source: String, target: String, isWritable: Bool)
        case volume(String, target: String)
        case memory(target: String, megabytes: Int)

        static func settings(_ kind: ServiceKind, _ layout: Layout) -> Mount {
            .folder(
                source: "\(layout.settings)/\(kind.rawValue)", target: "/etc/kopnik/\(kind.rawValue)", isWritable: false
            )
        }

        static func permit(_ layout: Layout) -> Mount {
            .folder(source: layout.permit, target: "/run/kopnik/permit", isWritable: false)
        }
    }

    struct SecretGrant {
        var kind: SecretKind
        /// A name below `/run/secrets`, or an absolute path.
        var target: String
        var owner: Owner
    }

    struct Port {
        var host: Int
        var container: Int
    }

    var user: String?
    var folder: String?
    var command: [String] = []
    var environment: [(String, String)] = []
    var isReadOnly = true
    /// What stays of root's rights after all were dropped (capabilities(7)).
    var capabilities: [String] = []
    var mounts: [Mount] = []
    var secrets: [SecretGrant] = []
    var ports: [Port] = []
    var stopGraceSeconds = 10
    /// Whether a new task may run beside the old one for a moment.
    var mayOverlap = false
    var memoryMegabytes: Int
    /// What is set aside for it; all of them together fit H2.
    var reservedMegabytes = 32
    var processLimit = 200

    init(memoryMegabytes: Int) { self.memoryMegabytes = memoryMegabytes }
}
