import Testing

@testable import Keeper

@Suite struct `What happens in Docker` {
    @Test func `is read as Docker tells it`() throws {
        let end = try #require(DockerEvent("container\tdie\tabc\tkopnik_db\t137"))
        #expect(end.kind == "container" && end.action == "die" && end.id == "abc" && end.exitCode == 137)
        #expect(end.concerns("kopnik") && !end.concerns("kop") && !end.concerns("other"))
        let change = try #require(DockerEvent("service\tupdate\txyz\tkopnik_nginx"))
        #expect(change.exitCode == nil && change.concerns("kopnik"))
        #expect(DockerEvent("") == nil && DockerEvent("WARNING: something") == nil)
    }

    @Test func `wakes nobody where it is another's`() throws {
        // A container that somebody just runs, a backup's own, another site's whose name begins alike.
        for line in [
            "container\tstart\ta", "container\tdie\ta\t\t0", "container\tstart\ta\tkopnik2_db",
            "service\tupdate\ta\tx_kopnik_db",
        ] {
            #expect(try #require(DockerEvent(line)).concerns("kopnik") == false, "\(line)")
        }
        #expect(try #require(DockerEvent("node\tupdate\ta\tserver")).concerns("kopnik"))
    }
}
