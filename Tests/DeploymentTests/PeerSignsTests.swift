import Standby
import Testing

@testable import Deployment

/// By which ways a main server still answers when somebody wants to take over from it.
@Suite struct PeerSignsTests {
    private let stream = PairLook.Stream(status: "streaming", silence: 1.5, lag: 0)
    private let peer = "203.0.113.10"

    @Test func `each way is told in words`() {
        let signs = Failover.signs(stream, .epoch(3, isPrimary: true), open: [443, 80, 5432], at: peer)
        #expect(
            signs == [
                "it sends what is written, 1.5 s ago", "its database takes writes (epoch 3)",
                "something answers at 203.0.113.10, port 80 and 443 and 5432",
            ])
    }

    @Test func `one that is silent everywhere is gone, also where it was heard of long ago`() {
        #expect(Failover.signs(nil, .silent, open: [], at: peer).isEmpty)
        let old = PairLook.Stream(status: "streaming", silence: 6, lag: 0)
        #expect(Failover.signs(old, .silent, open: [], at: peer).isEmpty)
    }

    @Test func `one that follows itself leads nobody; whatever else answers there is told`() {
        #expect(Failover.signs(stream, .epoch(3, isPrimary: false), open: [5432], at: peer).isEmpty)
        let signs = Failover.signs(stream, .epoch(3, isPrimary: false), open: [5432, 443], at: peer)
        #expect(signs == ["something answers at 203.0.113.10, port 443"])
    }
}
