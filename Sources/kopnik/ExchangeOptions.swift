import ArgumentParser

/// What every verb asks that exchanges what runs for something else.
struct ExchangeOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Overwrite what somebody changed by hand: those changes are lost.")
    var force = false

    @Option(help: "How long to wait for the services, in seconds.")
    var patience: Int = 240
}
