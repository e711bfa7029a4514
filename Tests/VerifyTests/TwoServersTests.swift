import Testing

@testable import Verify

/// Rows A1 to A4, for each way in which two servers can stand.
@Suite struct TwoServersTests {
    private let leader = TwoServers(
        leads: true, epoch: 3, peerLeads: false, hasFollowed: true, isStreaming: true, waits: true, filesAge: 2,
        filesComplaint: nil)

    private func outcomes(_ servers: TwoServers) -> [Outcome] {
        [servers.leading, servers.readiness, servers.replication, servers.files].map(\.outcome)
    }

    @Test func `all hold on both where all is well`() {
        #expect(outcomes(leader) == [.holds, .holds, .holds, .holds])
        var follower = leader
        (follower.leads, follower.peerLeads) = (false, true)
        #expect(outcomes(follower) == [.holds, .holds, .holds, .holds])
        #expect(follower.leading.evidence.contains("the other server leads"))
    }

    @Test func `a main server whose standby is not there yet differs, one whose standby went away is broken`() {
        var servers = leader
        (servers.isStreaming, servers.waits, servers.filesAge, servers.peerLeads) = (false, false, nil, nil)
        #expect(outcomes(servers) == [.holds, .broken, .broken, .broken])
        servers.hasFollowed = false
        #expect(outcomes(servers) == [.holds, .differs, .differs, .differs])
    }

    @Test func `two that lead, or none, are broken`() {
        var servers = leader
        servers.peerLeads = true
        #expect(servers.leading.outcome == .broken)
        servers.leads = false
        servers.peerLeads = false
        #expect(servers.leading.outcome == .broken)
        servers.peerLeads = nil
        #expect(servers.leading.outcome == .broken && servers.leading.fix?.contains("failover --plan") == true)
    }

    @Test func `writes that do not wait, and files that do not follow, are broken each for itself`() {
        var servers = leader
        servers.waits = false
        #expect(outcomes(servers) == [.holds, .holds, .broken, .holds])
        servers = leader
        servers.filesComplaint = "the standby has not fetched the uploaded files for 5 minutes"
        #expect(outcomes(servers) == [.holds, .holds, .holds, .broken])
    }
}
