import Foundation

/// Random moments that can be had again: the seed is printed, and taken from `KOPNIK_TEST_SEED` where that is set.
struct Chance: Sendable {
    let seed: UInt64

    init() {
        seed =
            ProcessInfo.processInfo.environment["KOPNIK_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 1...999_999)
    }

    /// A moment for something named; the same for the same seed and name.
    func moment(_ name: String, upTo longest: Duration) -> Duration {
        // FNV-1a, then a step of SplitMix64: one number, well mixed.
        var state = name.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
        return longest * (Double((state ^ (state >> 31)) >> 11) / Double(1 << 53))
    }

    /// One of two, by the same dice.
    func either<Value>(_ first: Value, _ second: Value) -> Value {
        seed % 2 == 0 ? first : second
    }
}
