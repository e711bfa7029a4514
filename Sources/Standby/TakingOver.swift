/// Whether a host is one that could take over from the other one at all.
enum TakingOver {
    /// It follows.
    case follower(HostRecord)
    /// In no case, why, and what to type instead.
    case impossible(because: String, fix: String)

    /// - Parameters:
    ///   - leading: what to type where it leads itself.
    ///   - fenced: what to type where its epoch is over.
    init(_ record: HostRecord?, leading: String, fenced: String) {
        guard let record else {
            self = .impossible(
                because: "this site has one server", fix: "name both under 'hosts' in the site file (docs/standby.md)")
            return
        }
        switch record.role {
        case .primary:
            self = .impossible(because: "this server leads already (epoch \(record.epoch))", fix: leading)
        case .fenced:
            self = .impossible(
                because: "this server's data are of an epoch that is over; the other one has the newer ones",
                fix: fenced)
        case .standby: self = .follower(record)
        }
    }
}
