import Testing
import Verify

/// Needs no computer: whether every row of `verify` has something that turns it red.
@Suite struct MutationListTests {
    /// Rows that nothing can turn red, and why.
    private static let never: [String: String] = [
        "H1": "few cores are a difference, not a fault", "H2": "little memory is a difference, not a fault",
        "H3": "the disk's kind is a difference, not a fault", "H4": "the link's speed is a difference, not a fault",
        "P1": "no virtual machines are made here", "P2": "no machines are created here",
        "O1": "another distribution is a difference, not a fault", "O2": "the person's desktop is left alone",
        "O4": "a clock that is not synchronised is a difference; the kernel's own state is this computer's too",
        "O5": "the person's users are left alone", "O6": "the person's SSH is left alone",
        "O7": "the person's SSH is left alone", "O8": "Node.js is in the containers only",
        "A1": "one host has no standby", "A2": "one host has no standby", "A3": "one host has no standby",
        "A4": "one host has no standby", "Z1": "there are no backups yet: it always differs",
    ]

    @Test func `every row of verify is turned red by a mutation, or is named here with a reason`() {
        let numbers = Set(Verification.numbers)
        let red = Set(Mutation.all.map(\.number))
        #expect(numbers.subtracting(red).subtracting(Self.never.keys) == [], "rows that nothing turns red")
        #expect(red.intersection(Self.never.keys) == [], "rows that are turned red and said never to be")
        #expect(red.union(Self.never.keys).subtracting(numbers) == [], "rows that verify does not have")
        #expect(Mutation.all.reduce(into: Set()) { $0.formUnion($1.red) }.subtracting(numbers) == [])
        #expect(Self.never.values.allSatisfy { $0.count > 15 })
    }
}
