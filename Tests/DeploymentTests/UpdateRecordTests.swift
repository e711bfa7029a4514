import Blueprint
import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

/// What an update knows counts for nothing until it runs healthy.
@Suite struct `What is known of an update` {
    let folder = TemporaryFolder()
    private let day = Date(timeIntervalSince1970: 1_795_000_000)

    private func site(_ now: Date? = nil) -> Deployment { deployment(in: folder, now: { [day] in now ?? day }) }
    private func read(_ path: String) -> String? { Files().text(of: path) }

    @Test func `lies apart, and takes the place of what was known in one step, however often that is broken off`()
        throws
    {
        let site = site()
        try Files().write("old", to: "\(site.layout.sources)/kp-server.json")
        try site.prepareUpdate(renewBase: true)
        #expect(read("\(site.layout.next)/kp-server.json") == "old")
        try Files().write("new", to: "\(site.layout.next)/kp-server.json")
        #expect(read("\(site.layout.sources)/kp-server.json") == "old")
        #expect(BaseStamp.read(site) == nil)
        // Killed in its last step: the mark is there, the copying is not done.
        try Files().write("", to: "\(site.layout.next)/done")
        try site.completeUpdate()
        #expect(read("\(site.layout.sources)/kp-server.json") == "new")
        #expect(BaseStamp.read(site)?.hasPrefix("20261118T") == true)
        #expect(!Files().exists(site.layout.next))
        try site.completeUpdate()
    }

    @Test func `counts after a failure where it runs healthy all the same, and is forgotten where it does not`() throws
    {
        var site = site()
        site.options.isUpdate = true
        for kind in SourceKind.allCases {
            let place = SourcePlace(deployment: site, kind: kind)
            try Files().makeFolder("\(site.layout.releases)/\(kind.rawValue)-new")
            try place.remember(
                PlacedSource(
                    wish: place.wish(), folder: "\(kind.rawValue)-new", title: "new", tree: "", acquaintance: nil))
        }
        var stack = DeployedStack(
            release: SourceRelease(server: "kp-server-new", client: "kp-client-new"), site: "", files: [:],
            services: ["db": "1"])
        try stack.write(site.layout, files: Files())
        let records = try #require(read("\(site.layout.next)/kp-server.json"))
        try site.endFailedUpdate()
        #expect(read("\(site.layout.sources)/kp-server.json") == records)
        stack.release = SourceRelease(server: "kp-server-old", client: "kp-client-old")
        try stack.write(site.layout, files: Files())
        try Files().write("newer", to: "\(site.layout.next)/kp-server.json")
        try site.endFailedUpdate()
        #expect(read("\(site.layout.sources)/kp-server.json") == records)
        #expect(!Files().exists(site.layout.next))
    }

    @Test func `goes on with the base image of the same day, and with none of another`() throws {
        try site().prepareUpdate(renewBase: true)
        let first = read("\(site().layout.next)/base")
        try site(day.addingTimeInterval(60)).prepareUpdate(renewBase: true)
        #expect(read("\(site().layout.next)/base") == first)
        try site(day.addingTimeInterval(200_000)).prepareUpdate(renewBase: true)
        #expect(read("\(site().layout.next)/base") != first)
        try site().dropUpdate()
        #expect(!Files().exists(site().layout.next))
        try site().prepareUpdate(renewBase: false)
        #expect(read("\(site().layout.next)/base") == nil)
    }

    @Test func `asks which commit a name means as git itself would take it`() {
        let text = """
            aaaa\trefs/heads/master
            bbbb\trefs/heads/topic/master
            cccc\trefs/tags/1.0
            dddd\trefs/tags/1.0^{}
            eeee\trefs/heads/1.0
            ffff\tHEAD
            """
        #expect(GitSource.commit(of: "master", in: text) == "aaaa")
        #expect(GitSource.commit(of: "1.0", in: text) == "dddd")
        #expect(GitSource.commit(of: "refs/heads/1.0", in: text) == "eeee")
        #expect(GitSource.commit(of: "HEAD", in: text) == "ffff")
        #expect(GitSource.commit(of: "gone", in: text) == nil)
    }

    @Test func `names the packages that wait, by image, and only those with a security update`() {
        let text = """
            image nginx
            Inst libssl3t64 [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])
            Inst tzdata [2025b-4] (2025b-4+deb13u1 Debian:13.2/stable [all])
            Conf libssl3t64 (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])
            image db
            0 upgraded, 0 newly installed
            """
        let found = SecurityUpdates.packages(in: text)
        #expect(found == ["nginx": ["libssl3t64"], "db": []])
        #expect(SecurityUpdates.finding(found).level == .warning)
        #expect(SecurityUpdates.finding(["db": []]).level == .good)
        #expect(SecurityUpdates.age(of: day, now: day.addingTimeInterval(86_400 * 31)).level == .warning)
        #expect(SecurityUpdates.age(of: day, now: day.addingTimeInterval(86_400 * 30)).level == .good)
        #expect(Deployment.fullness("Disk", DiskUse(free: 20, total: 100))?.level == .warning)
        #expect(Deployment.fullness("Disk", DiskUse(free: 21, total: 100)) == nil)
    }
}

/// Who did what, when and from where.
@Suite struct `The history` {
    let folder = TemporaryFolder()

    private func site(_ address: String? = nil) -> Deployment {
        deployment(in: folder, environment: address.map { ["SSH_CONNECTION": "\($0) 50122 10.0.0.1 22"] } ?? [:])
    }

    @Test func `has a line for the beginning and one for the end, and never loses one`() async throws {
        let site = site("2001:db8::7")
        try await site.noted("kopnik up") {}
        await #expect(throws: Failure.self) { try await site.noted("kopnik update") { throw Failure("it burnt") } }
        let history = History(deployment: site)
        // This process lives, so it is taken for one that goes on.
        _ = history.begin("kopnik down")
        let entries = history.entries
        #expect(entries.map(\.what) == ["kopnik up", "kopnik update", "kopnik down"])
        #expect(entries.map(\.outcome) == ["done", "it burnt", "goes on"])
        #expect(entries.map(\.failed) == [false, true, nil])
        #expect(entries.allSatisfy { $0.from == "2001:db8::7" && $0.who == "anna" })
        #expect((Files().text(of: site.layout.history) ?? "").split(separator: "\n").count == 5)
        var dead = entries[2]
        dead.boot = "another"
        #expect(dead.outcome == "broken off")
    }

    @Test func `takes no more room than it was given, and keeps the half before`() async throws {
        let site = site()
        var history = History(deployment: site)
        history.longest = 2000
        for number in 0..<40 {
            let entry = history.begin("kopnik restart \(number)")
            history.end(entry, "done", failed: false, took: .seconds(1))
        }
        let sizes = ["", ".1"].compactMap { Files().size(of: site.layout.history + $0) }
        #expect(sizes.count == 2 && sizes.allSatisfy { $0 < 3000 })
        #expect(history.entries.last?.what == "kopnik restart 39")
        #expect(history.entries.allSatisfy { $0.result == "done" })
    }

    @Test func `is silent when all of it was just removed`() async throws {
        let site = site()
        try await site.noted("kopnik destroy") { try Files().remove(site.layout.history) }
        #expect(!Files().exists(site.layout.history))
    }
}
