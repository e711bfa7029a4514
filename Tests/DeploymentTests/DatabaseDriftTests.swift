import Machine
import Engine
import Foundation
import Site
import Testing

@testable import Deployment

@Suite struct `The running database` {
    private func state(_ change: (inout DatabaseState) -> Void = { _ in }) throws -> DatabaseState {
        let text = """
            {"version": "17.6 (Debian)", "number": 170006, "overrides": [],
             "settings": {"max_connections": "1000", "shared_buffers": "512MB", "effective_cache_size": "1GB",
                          "work_mem": "40MB", "port": "5432", "listen_addresses": "*",
                          "synchronous_commit": "on", "fsync": "on", "full_page_writes": "on",
                          "synchronous_standby_names": "FIRST 1 (kopnik_peer)"},
             "databases": {"kopnik": "UTF8", "dev": "UTF8", "test": "UTF8", "postgres": "UTF8"}}
            """
        var state = try JSONDecoder().decode(DatabaseState.self, from: Data(text.utf8))
        change(&state)
        return state
    }

    private func drift(_ change: (inout DatabaseState) -> Void = { _ in }) throws -> DatabaseDrift {
        DatabaseDrift(try state(change), wanted: Site().postgres)
    }

    @Test func `that is as the site says has no drift, in whatever unit`() throws {
        #expect(try drift().isEmpty)
    }

    @Test(arguments: DatabaseState.names.filter { $0 != "synchronous_standby_names" })
    func `with another setting has one, and it is a conflict`(name: String) throws {
        let drift = try drift { $0.settings[name] = "7" }
        #expect(drift.settings == [name])
        #expect(drift.changes.count == 1 && drift.changes[0].conflict?.contains(name) == true)
        #expect(DatabaseDrift.reset(drift.settings).contains("ALTER SYSTEM RESET \(name);"))
    }

    @Test func `with a setting for one role or database has one`() throws {
        #expect(try drift { $0.overrides = ["work_mem=4MB"] }.settings == ["work_mem"])
        #expect(try drift { $0.overrides = ["work_memory=4MB"] }.isEmpty)
        #expect(try drift { $0.overrides = ["synchronous_commit=local"] }.settings == ["synchronous_commit"])
    }

    @Test
    func
        `whose commits wait for the other server or for nobody is as it is to be, unless somebody set it past the files`()
        throws
    {
        #expect(try drift { $0.settings["synchronous_standby_names"] = "" }.isEmpty)
        #expect(
            try drift { $0.overrides = ["synchronous_standby_names="] }.settings == ["synchronous_standby_names"])
    }

    @Test func `without a database gets it back unasked`() throws {
        let drift = try drift { $0.databases["test"] = nil }
        #expect(drift.missing == ["test"] && drift.settings.isEmpty)
        #expect(drift.changes.allSatisfy { $0.conflict == nil })
    }
}
