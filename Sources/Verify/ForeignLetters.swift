import Engine
import Machine

/// What the mail service does with a stranger's letter in a network that is not the stack's.
struct ForeignLetter: Sendable, Equatable {
    var network: String
    var address: String
    var isTaken: Bool
}

extension Docker {
    /// Says a stranger's words to the mail service at its address in each network that is not the stack's. They are said inside its own
    /// container: there the address that asks is one of the same network, as for all that stand in it, and this needs no container more in a
    /// network that may not take one.
    func foreignLetters(to mail: StackSighting.Container, stack: [StackSighting.Network]) async throws
        -> [ForeignLetter]
    {
        let own = Set(stack.map(\.Name))
        let foreign = mail.addresses.filter { !own.contains($0.key) && !$0.value.isEmpty }.sorted { $0.key < $1.key }
        guard !foreign.isEmpty else { return [] }
        let output = try await require(
            ["exec", mail.id, "perl", "-e", ProbeProgram.stranger.text] + foreign.map(\.value),
            toDo: "hand over a stranger's letter", timeLimit: .seconds(20), fix: "kopnik logs mail")
        let answers = Set(output.lines)
        return foreign.map { network, address in
            ForeignLetter(network: network, address: address, isTaken: answers.contains("\(address) TAKEN"))
        }
    }
}
