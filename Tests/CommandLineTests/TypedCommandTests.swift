import Testing

@testable import kopnik

@Suite struct `A command to type` {
    private func typed(_ words: String...) -> TypedCommand { TypedCommand(program: "./kopnik", words: words) }

    @Test func `is named as this person calls the program`() {
        let typed = typed("status")
        #expect(typed.applied(to: "kopnik up") == "./kopnik up")
        #expect(typed.applied(to: "sudo ./kopnik up --trust") == "sudo ./kopnik up --trust")
        #expect(typed.applied(to: "read it ('kopnik plan' shows it)") == "read it ('./kopnik plan' shows it)")
        #expect(typed.applied(to: "a\n  fix:     kopnik logs db\nb") == "a\n  fix:     ./kopnik logs db\nb")
    }

    @Test func `is left alone where it is no command`() {
        for text in ["kopnik: nothing was removed", "kopnik installs packages", "https://kopnik.localhost", "a kopnik"]
        {
            #expect(typed("up", "--name", "x").applied(to: text) == text)
        }
    }

    @Test func `is about the same site`() {
        #expect(typed("down", "--name", "second").applied(to: "kopnik up") == "./kopnik up --name second")
        #expect(
            typed("status", "--prefix=/srv/a b").applied(to: "kopnik logs db") == "./kopnik logs '--prefix=/srv/a b' db"
        )
        #expect(
            typed("up", "--name", "a").applied(to: "another name: kopnik up --name a2")
                == "another name: ./kopnik up --name a2")
    }

    @Test func `asks for the same things again, if it is up or plan`() {
        let typed = typed("up", "--demo", "--http-port", "8080")
        #expect(
            typed.applied(to: "kopnik up --https-port 8443") == "./kopnik up --demo --http-port 8080 --https-port 8443")
        #expect(typed.applied(to: "kopnik status") == "./kopnik status")
    }

    @Test func `stands twice in one line`() {
        #expect(
            typed("up", "--name", "x").applied(to: "kopnik plan (to see what), then kopnik up --yes")
                == "./kopnik plan --name x (to see what), then ./kopnik up --name x --yes")
    }

    @Test func `puts the site behind both words of a verb of two`() {
        let typed = typed("up", "--name", "shop")
        #expect(
            typed.applied(to: "then:  kopnik certificate issue, or kopnik certificate")
                == "then:  ./kopnik certificate issue --name shop, or ./kopnik certificate --name shop")
    }
}
