import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Deployment

@Suite struct `The book of alerts` {
    private let start = Date(timeIntervalSince1970: 1_795_642_168)
    private let backup = AlertBook.Source("backup")
    private let log = AlertBook.Source("log", after: 600, settles: 600)
    private var book = AlertBook()

    private func after(_ seconds: Double) -> Date { start.addingTimeInterval(seconds) }
    private func words(_ book: AlertBook) -> [String] {
        book.waiting.map { "\($0.source) \($0.isAlarm ? "alarm" : "well")" }
    }

    @Test mutating func `tells a change, and it once`() {
        for second in 0..<5 { book.note(backup, "no answer, \(second) wait", at: after(Double(second)), to: [.mail]) }
        #expect(words(book) == ["backup alarm"])
        #expect(book.waiting.first?.words == "no answer, 0 wait")
        book.note(backup, nil, at: after(10), to: [.mail])
        #expect(words(book) == ["backup alarm"])
        book.note(backup, nil, at: after(130), to: [.mail])
        book.note(backup, nil, at: after(131), to: [.mail])
        #expect(words(book) == ["backup alarm", "backup well"])
        #expect(book.troubles.isEmpty)
    }

    @Test mutating func `tells nothing again after a restart`() throws {
        book.note(backup, "no answer", at: start, to: [.mail])
        let message = try #require(book.next(for: .mail, at: start))
        book.sent(message, by: .mail)
        // As it is kept on disk.
        let folder = TemporaryFolder()
        let files = Files()
        try files.write(record: book, to: "\(folder.path)/book.json")
        var read = try #require(files.record(AlertBook.self, at: "\(folder.path)/book.json"))
        #expect(read == book)
        read.note(backup, "no answer", at: after(60), to: [.mail])
        #expect(read.waiting.isEmpty && read.troubles["backup"]?.isTold == true)
    }

    @Test mutating func `waits with what may pass by itself`() {
        book.note(log, "stuck", at: start, to: [.mail])
        book.note(log, "stuck", at: after(599), to: [.mail])
        #expect(book.waiting.isEmpty)
        book.note(log, nil, at: after(599), to: [.mail])
        book.note(log, "stuck", at: after(620), to: [.mail])
        book.note(log, "stuck", at: after(700), to: [.mail])
        #expect(book.waiting.isEmpty)
        book.note(log, "stuck", at: after(1221), to: [.mail])
        #expect(words(book) == ["log alarm"])
    }

    @Test mutating func `sends no letter each minute of what goes and comes`() {
        for minute in 0..<240 {
            // Bad for a minute, then well for four.
            book.note(backup, minute % 5 == 0 ? "no answer" : nil, at: after(Double(minute) * 60), to: [.mail])
        }
        #expect(words(book) == ["backup alarm", "backup well"])
        // What comes to stay is told again.
        for minute in 240..<260 { book.note(backup, "no answer", at: after(Double(minute) * 60), to: [.mail]) }
        #expect(words(book) == ["backup alarm", "backup well", "backup alarm"])
    }

    @Test mutating func `tells each channel by itself, in order`() throws {
        book.note(backup, "no answer", at: start, to: [.mail, .hook])
        book.note(backup, nil, at: after(1), to: [.mail, .hook])
        book.note(backup, nil, at: after(200), to: [.mail, .hook])
        for isAlarm in [true, false] {
            let message = try #require(book.next(for: .mail, at: after(201)))
            #expect(message.isAlarm == isAlarm)
            book.sent(message, by: .mail)
        }
        #expect(book.next(for: .mail, at: after(202)) == nil)
        #expect(book.next(for: .hook, at: after(202))?.isAlarm == true)
        #expect(book.waiting.count == 2)
    }

    @Test mutating func `tries again later and later, up to an hour, and not for ever`() throws {
        book.note(backup, "no answer", at: start, to: [.hook])
        var now = start
        var pauses: [Double] = []
        for _ in 0..<9 {
            #expect(book.next(for: .hook, at: now) != nil)
            book.failed(.hook, "hooks.example.org answered 500", at: now)
            let pause = try #require(
                (1...4000).first { book.next(for: .hook, at: now.addingTimeInterval(Double($0))) != nil })
            pauses.append(Double(pause))
            now = now.addingTimeInterval(Double(pause))
        }
        #expect(pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
        #expect(book.trouble(of: .hook)?.failures == 9)
        // A clock that was put back by a year.
        #expect(book.next(for: .hook, at: now.addingTimeInterval(-365 * 86400)) != nil)
        book.tidy([.hook], at: after(3 * 86400 + 1))
        #expect(book.waiting.isEmpty)
    }

    @Test mutating func `forgets a channel that was taken away, and is bounded`() {
        book.note(backup, "no answer", at: start, to: [.mail, .hook])
        book.failed(.hook, "down", at: start)
        book.tidy([.mail], at: start)
        #expect(book.next(for: .hook, at: start) == nil && book.trouble(of: .hook) == nil)
        #expect(book.next(for: .mail, at: start) != nil)
        for index in 0..<300 { book.note(AlertBook.Source("\(index)"), "x", at: start, to: [.mail]) }
        #expect(book.waiting.count == 100)
    }

    @Test func `is worded so that a mail program and a chat can show it`() {
        var message = AlertBook.Message(
            id: "1", source: "backup", isAlarm: true, words: "nas:22 does not answer\nsecond line", since: start,
            at: start, channels: [.mail])
        let alarm = AlertText(message: message, domain: "kopnik.org")
        #expect(alarm.subject == "[kopnik.org] backup: nas:22 does not answer second line")
        #expect(alarm.text.contains("kopnik status") && alarm.body(site: "kopnik").state == "alarm")
        message.isAlarm = false
        let well = AlertText(message: message, domain: "kopnik.org")
        #expect(well.subject == "[kopnik.org] backup: good again" && well.body(site: "kopnik").text == well.subject)
        message.words = String(repeating: "long ", count: 500)
        message.isAlarm = true
        #expect(AlertText(message: message, domain: "kopnik.org").subject.count < 200)
    }

    @Test func `shows the hook's host alone`() throws {
        let secret = "https://hooks.example.org/services/T0/verysecret?token=abcdef"
        let site = Site(alerts: Site.Alerts(to: "anna@example.org", hook: secret))
        let folder = TemporaryFolder()
        let world = deployment(in: folder, site: site)
        let alerts = Alerts(deployment: world)
        #expect(alerts.channels == [.mail, .hook])
        #expect(alerts.place(of: .hook) == "hooks.example.org")
        #expect(!world.world.redaction.apply(to: "POST \(secret)").contains("verysecret"))
        #expect(world.examineAlerts().map(\.what) == ["go to anna@example.org, hooks.example.org"])
        #expect(deployment(in: folder, site: Site(domain: "kopnik.org")).examineAlerts().map(\.level) == [.warning])
        #expect(deployment(in: folder).examineAlerts().isEmpty)
    }
}
