import ArgumentParser
import Testing

@testable import kopnik

@Suite struct `The manual page` {
    @Test func `has a section for each verb that people see, and each of its options`() throws {
        let text = try ManualPage(help: Kopnik._dumpHelp()).text
        let lines = text.split(separator: "\n")
        for verb in Kopnik.configuration.subcommands where verb.configuration.shouldDisplay {
            #expect(lines.contains(".Ss \(verb._commandName)"), "\(verb._commandName)")
        }
        #expect(!lines.contains(".Ss keeper"))
        #expect(lines.contains(".It Fl y , Fl -yes") && lines.contains(".Op Fl -domain Ar domain"))
    }

    @Test func `takes no text for a request of roff`() throws {
        let help = #"{"command":{"commandName":"k","abstract":".so /etc/passwd\\n","shouldDisplay":true}}"#
        let text = try ManualPage(help: help).text
        #expect(text.contains(#"\&.so /etc/passwd"#) && !text.contains("\n.so"))
    }
}
