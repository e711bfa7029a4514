import Blueprint
import Foundation
import Machine
import TestSupport
import Testing

@Suite struct `Crossbar's configuration` {
    private func object(_ text: String) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
    }
    private func router(options: String = "{}", path: String) -> String {
        #"{"version":2,"workers":[{"type":"router","options":\#(options),"transports":[{"type":"web","paths":{"ws":\#(path),"/":{"type":"static","options":{"auto_ping_size":1}}}}]}]}"#
    }

    @Test func `has a ping of the least size that Crossbar takes now, and nothing else changed`() throws {
        let original = router(path: #"{"type":"websocket","options":{"auto_ping_size":4,"max_frame_size":1048576}}"#)
        let derived = try CrossbarSettings(original: original)
        #expect(derived.rules.count == 1)
        #expect(derived.rules.first?.hasPrefix("ws: auto_ping_size 4 → 12") == true)
        #expect(
            try object(derived.text)
                == object(original.replacing("\"auto_ping_size\":4", with: "\"auto_ping_size\":12")))
    }

    @Test(arguments: [12, 13, 125]) func `keeps a ping that is large enough`(size: Int) throws {
        let original = router(path: #"{"type":"websocket","options":{"auto_ping_size":\#(size)}}"#)
        let derived = try CrossbarSettings(original: original)
        #expect(derived.rules.isEmpty)
        #expect(try object(derived.text) == object(original))
    }

    @Test func `keeps cookies in memory, and nothing else changed`() throws {
        let cookie = #"{"name":"c","max_age":604800,"store":{"type":"file","filename":"cookies.dat"}}"#
        let original = router(path: #"{"type":"websocket","cookie":\#(cookie)}"#)
        let derived = try CrossbarSettings(original: original)
        #expect(derived.rules == ["ws: cookies are kept in memory, for the container's file system cannot be written"])
        let wanted = original.replacing(#"{"type":"file","filename":"cookies.dat"}"#, with: #"{"type":"memory"}"#)
        #expect(try object(derived.text) == object(wanted))
    }

    @Test func `looks for the authenticator in the image, and nothing else changed`() throws {
        let original = router(options: #"{"pythonpath":["."],"env":{"x":"y"}}"#, path: #"{"type":"websocket"}"#)
        let derived = try CrossbarSettings(original: original)
        #expect(derived.rules.count == 1)
        #expect(derived.rules.first?.hasPrefix("pythonpath: ") == true)
        #expect(try object(derived.text) == object(original.replacing(#"["."]"#, with: #"["/opt/kopnik"]"#)))
    }

    @Test func `is left as it is where nothing has to be changed`() throws {
        let original = #"{"version":2,"controller":{},"workers":[],"text":"ё/\"","flags":[true,false,null,0,1.5]}"#
        let derived = try CrossbarSettings(original: original)
        #expect(derived.rules.isEmpty)
        #expect(try object(derived.text) == object(original))
        #expect(derived.text.contains("true") && derived.text.contains("ё/"))
    }

    @Test func `is the same for its own result`() throws {
        let once = try CrossbarSettings(original: Plans.crossbar)
        let twice = try CrossbarSettings(original: once.text)
        #expect(twice.text == once.text)
        #expect(once.rules.count == 2)
    }

    @Test(arguments: ["", "[]", "null", "{", "\"text\"", "{\"a\":1} x"]) func `is refused where it is no JSON object`(
        text: String
    ) {
        #expect(throws: CrossbarSettings.Problem.self) { try CrossbarSettings(original: text) }
    }

    @Test func `tells its changes in an order that does not vary`() throws {
        let paths = (0..<9).map { #""p\#($0)":{"type":"websocket","options":{"auto_ping_size":4}}"# }.joined(
            separator: ",")
        let derived = try CrossbarSettings(original: #"{"workers":[{"transports":[{"paths":{\#(paths)}}]}]}"#)
        #expect(derived.rules.count == 9)
        #expect(derived.rules == derived.rules.sorted())
    }
}
