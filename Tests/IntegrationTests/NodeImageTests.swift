import Machine
import Testing

extension OnABareComputer {
    /// What the images of Node.js bring for sources of 2017.
    @Suite struct NodeImageTests {
        let host = BareHost.shared
        private let image =
            "$(docker inspect --format '{{.Config.Image}}' \"$(docker ps -q --filter name=kopnik_nodejs)\")"

        @Test(.timeLimit(.minutes(5)))
        func `the newest Node makes webpack 2's hashes when it is told to, and pads without a package`() async throws {
            try await host.raise()
            let hash = "require('crypto').createHash('md4').update('x').digest('hex').length"
            let run = "docker run --rm --network none --entrypoint node"
            // Without the option it refuses: else it would be set for nothing.
            #expect(try await !host.shell("\(run) \(image) -p \"\(hash)\"").succeeded)
            let told = try await host.shell("\(run) -e NODE_OPTIONS=--openssl-legacy-provider \(image) -p \"\(hash)\"")
            #expect(told.text == "32", "\(told)")
            let padded = try await host.shell(
                "\(run) -w /home/ubuntu/sftp/kp-server \(image) -p \"require('string.prototype.padstart')(7, 2, 0)\"")
            #expect(padded.text == "07", "\(padded)")
        }

        /// The official image of Node 8 cannot be had without Docker Hub: our own stands for it, so that all but its name is tried.
        @Test(.timeLimit(.minutes(5)))
        func `the image of Node 8 is built around whatever image it is given, with our programs in it`() async throws {
            try await host.raise()
            let folder = "\(BareHost.prefix)/var/lib/kopnik/unpacked/images/nodejs8"
            let root = try #require(Files().names(in: ".").contains("images") ? "." : nil)
            for name in ["Dockerfile", "npmrc"] {
                try await host.write(
                    try #require(Files().text(of: "\(root)/images/nodejs8/\(name)")), to: "\(folder)/\(name)")
            }
            let built = try await host.run([
                "sh", "-euc",
                "docker build -q -t test/nodejs8 --build-arg NODEJS=\(image) --build-arg LEGACY=\(image) \"$0\" >/dev/null",
                folder,
            ])
            #expect(built.succeeded, "\(built)")
            let inside = try await host.shell(
                "docker run --rm --network none --entrypoint sh test/nodejs8 -c 'command -v permit start-nodejs healthcheck; ls /usr/local/lib/kopnik; id -u'; docker image rm test/nodejs8 >/dev/null"
            )
            for word in ["/usr/local/bin/permit", "make-tables.js", "wamp-watch.js", "1000"] {
                #expect(inside.standardOutput.contains(word), "\(inside)")
            }
        }
    }
}
