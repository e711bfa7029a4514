import Site
import Standby
import Testing

@Suite struct `The supervisor` {
    private let limit = Supervisor.nearEnough

    @Test(arguments: Bond.allCases, Promise.allCases)
    func `has writes wait as soon as the standby is near enough, whatever was before`(bond: Bond, promise: Promise) {
        var supervisor = Supervisor(promise: promise, bond: bond)
        let order = supervisor.saw(.following(lag: limit), at: .zero)
        #expect(order == (bond == .together ? nil : .bind))
        #expect(supervisor.bond == .together && supervisor.alarm == nil)
        // Once is enough.
        #expect(supervisor.saw(.following(lag: 0), at: .seconds(2)) == nil)
    }

    @Test(arguments: Bond.allCases.filter { $0 != .together })
    func `waits for a standby that is far behind to come nearer`(bond: Bond) {
        var supervisor = Supervisor(promise: .strict, bond: bond)
        #expect(supervisor.saw(.following(lag: limit + 1), at: .zero) == nil)
        #expect(supervisor.bond == bond)
    }

    @Test func `does not part from a standby that falls behind while it follows`() {
        var supervisor = Supervisor(promise: .available, bond: .together)
        for second in 0..<100 { #expect(supervisor.saw(.following(lag: limit * 9), at: .seconds(second)) == nil) }
        #expect(supervisor.bond == .together)
    }

    @Test func `under strict waits for ever and says what to type`() throws {
        var supervisor = Supervisor(promise: .strict, bond: .together)
        for hour in 0..<100 { #expect(supervisor.saw(.away, at: .seconds(hour * 3600)) == nil) }
        #expect(supervisor.bond == .together)
        #expect(try #require(supervisor.alarm).contains("kopnik standby degrade"))
    }

    @Test func `under available parts after its patience, and not before`() {
        var supervisor = Supervisor(promise: .available, bond: .together)
        #expect(supervisor.saw(.away, at: .seconds(100)) == nil)
        #expect(supervisor.alarm != nil)
        #expect(supervisor.saw(.away, at: .seconds(100) + Supervisor.patience - .milliseconds(1)) == nil)
        #expect(supervisor.saw(.away, at: .seconds(100) + Supervisor.patience) == .part)
        #expect(supervisor.bond == .lost && supervisor.alarm != nil)
        // Once is enough.
        #expect(supervisor.saw(.away, at: .seconds(1000)) == nil)
        #expect(supervisor.saw(.following(lag: 0), at: .seconds(1001)) == .bind)
    }

    @Test(arguments: [Supervisor.Sighting.following(lag: 0), .silent])
    func `counts anew after the standby was seen, or nothing could be seen`(between: Supervisor.Sighting) {
        var supervisor = Supervisor(promise: .available, bond: .together)
        _ = supervisor.saw(.away, at: .zero)
        _ = supervisor.saw(between, at: .seconds(20))
        #expect(supervisor.saw(.away, at: .seconds(24)) == nil)
        #expect(supervisor.saw(.away, at: .seconds(48)) == nil)
        #expect(supervisor.saw(.away, at: .seconds(49)) == .part)
    }

    @Test(arguments: [Bond.unpaired, .lost, .degraded]) func `has nothing to part where writes do not wait`(bond: Bond)
    {
        var supervisor = Supervisor(promise: .available, bond: bond)
        _ = supervisor.saw(.away, at: .zero)
        #expect(supervisor.saw(.away, at: .seconds(3600)) == nil)
        #expect(supervisor.bond == bond)
        #expect((supervisor.alarm == nil) == (bond == .unpaired))
    }

    @Test(arguments: Bond.allCases) func `parts when a person says so, where writes wait`(bond: Bond) {
        var supervisor = Supervisor(promise: .strict, bond: bond)
        #expect(supervisor.degrade() == (bond == .together ? .part : nil))
        #expect(supervisor.bond == (bond == .together ? .degraded : bond))
    }
}
