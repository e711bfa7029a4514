import Deployment
import Foundation
import Machine
import Testing

@testable import kopnik

@Suite struct `The inbox` {
    private let plain = Terminal(isInteractive: false, hasColour: false, width: 80)

    private func inbox(_ count: Int, subject: String = "Привет") throws -> Inbox {
        let letters = (0..<count).map { index in
            """
            {"id":"\(index)","time":\(1_764_000_000 - index),"from":"noreply@kopnik.localhost","to":"anna@example.org",
             "subject":"\(subject)","text":"строка 1\\nстрока \\u001b[31m2","attached":[]}
            """
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        let text = "{\"count\":\(count),\"letters\":[\(letters.joined(separator: ","))]}"
        return try decoder.decode(Inbox.self, from: Data(text.utf8))
    }

    @Test func `says why it is empty`() throws {
        #expect(InboxText.list(try inbox(0), sends: false, on: plain).contains("None leaves this computer"))
        #expect(InboxText.list(try inbox(0), sends: true, on: plain).contains("sends its letters"))
    }

    @Test func `lists the newest, and says how many more there are`() throws {
        let text = InboxText.list(try inbox(25), sends: false, on: plain)
        #expect(text.contains("    1  20") && text.contains("anna@example.org  ") && text.contains("Привет"))
        #expect(text.contains("and 5 older ones") && text.contains("kopnik mail inbox 1"))
    }

    @Test func `lets no letter steer the terminal`() throws {
        let inbox = try inbox(1, subject: "a\\u001b]0;x\\u0007b\\u202ec")
        #expect(
            !InboxText.list(inbox, sends: false, on: plain).unicodeScalars.contains {
                $0.value == 27 || $0.value == 0x202E
            })
        let whole = InboxText.whole(try #require(inbox.letters.first), on: plain)
        #expect(whole.contains("строка 1\nстрока") && !whole.unicodeScalars.contains { $0.value == 27 })
    }
}
