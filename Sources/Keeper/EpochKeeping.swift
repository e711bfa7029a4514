import Blueprint
import Deployment
import Foundation
import Machine
import Standby
import Synchronization

/// What the keeper of the server that leads does with the record of epochs beside the backups: writes its own down, and reads it where the other
/// server is silent. By itself, for a repository may take long to say that it is not there.
final class EpochKeeping: Sendable {
    private struct State {
        var isOtherSilent = false
        var answer = EpochsAnswer.none
        var complaint: String?
        /// The epoch and the repository in which it is known to be written down.
        var marked: String?
    }

    private let state = Mutex(State())
    private let site: @Sendable () -> Deployment
    private let standing: Standing
    private let say: @Sendable (String) -> Void

    init(
        _ site: @escaping @Sendable () -> Deployment, _ standing: Standing, _ say: @escaping @Sendable (String) -> Void
    ) {
        self.site = site
        self.standing = standing
        self.say = say
    }

    /// What is written there; `none` while the other server answers, for then nobody asks.
    var answer: EpochsAnswer { state.withLock { $0.answer } }
    /// What a person should look at.
    var complaint: String? { state.withLock { $0.complaint } }

    /// The other server answers, or does not.
    func otherIs(silent isSilent: Bool) {
        state.withLock {
            $0.isOtherSilent = isSilent
            if !isSilent { $0.answer = .none }
        }
    }

    /// Goes on for ever.
    func run() async throws {
        while true {
            let wasSilent = state.withLock { $0.isOtherSilent }
            await wasSilent ? read() : write()
            // Nothing starts before it is known, nor do writes go on alone; after that it is to be known within a minute that another one leads.
            let pause = wasSilent ? (standing.isGranted && record?.bond.waits != true ? 60 : 5) : 10
            _ = try await poll(for: .seconds(pause), every: .seconds(1)) {
                state.withLock { $0.isOtherSilent } == wasSilent ? nil : true
            }
        }
    }

    private var record: HostRecord? {
        guard let record = try? Pair(deployment: site()).record(), record.role == .primary, record.isEnding != true
        else { return nil }
        return record
    }

    private func read() async {
        guard record?.recordedIn != nil else { return state.withLock { $0.answer = .none } }
        let answer = await EpochRecord(deployment: site()).ask()
        state.withLock { if $0.isOtherSilent { $0.answer = answer } }
    }

    private func write() async {
        guard let record else { return state.withLock { $0.complaint = nil } }
        let epochs = EpochRecord(deployment: site())
        do {
            // Whether anybody follows or not: whoever starts while this one is silent is to find it there.
            let mark = epochs.place.map { "\(record.epoch) \($0)" }
            if let mark, state.withLock({ $0.marked }) != mark {
                try await epochs.begin(record.epoch, by: record.name)
                state.withLock { $0.marked = mark }
                say("pair: epoch \(record.epoch) is written down beside the backups")
            }
            if let look = try? await Pair(deployment: site()).look(), look.isFollowed {
                try await epochs.rely(record, look)
            }
            state.withLock { $0.complaint = nil }
        } catch let failure as Failure {
            state.withLock { $0.complaint = failure.inOneLine + (failure.fix.map { " (\($0))" } ?? "") }
        } catch {
            state.withLock { $0.complaint = "\(error)" }
        }
    }
}
