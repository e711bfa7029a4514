public import Foundation

/// SHA-256 (FIPS 180-4, section 6.2), for naming things by their content. Not used to protect anything:
/// a whole cryptography library would add minutes to the first build, a process for each small text would add them to each run.
public struct Digest: Sendable, Hashable, CustomStringConvertible {
    /// 64 hexadecimal digits.
    public let description: String

    /// The first 12 digits: enough to tell contents apart in a name.
    public var short: String { String(description.prefix(12)) }

    /// Of a text's UTF-8 bytes.
    public init(_ text: String) { self.init(Data(text.utf8)) }

    /// Of these bytes.
    public init(_ data: Data) {
        var hasher = SHA256()
        data.withUnsafeBytes { hasher.update($0) }
        description = hasher.finish().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

private struct SHA256 {
    private static let constants: [UInt32] = {
        // The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
        let primes = (2...).lazy.filter { n in !(2..<n).contains { $0 * $0 <= n && n % $0 == 0 } }.prefix(64)
        return primes.map { prime in UInt32(truncatingIfNeeded: fraction(root: 3, of: UInt64(prime))) }
    }()

    /// floor(frac(prime^(1/3)) * 2^32), exact: the largest integer x with x^3 ≤ prime · 2^96, without its whole part.
    private static func fraction(root: Int, of prime: UInt64) -> UInt64 {
        var low: UInt64 = 0
        var high: UInt64 = 1 << 35
        while low < high {
            let middle = (low + high + 1) / 2
            let square = middle.multipliedFullWidth(by: middle)
            // middle < 2^35, so its cube is below 2^105: keep it as high·2^64 + low.
            let (carry, lowest) = square.low.multipliedFullWidth(by: middle)
            let highest = square.high &* middle &+ carry
            let target = prime << 32
            if highest < target || (highest == target && lowest == 0) { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    private var length: UInt64 = 0
    private var rest: [UInt8] = []

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length += UInt64(bytes.count)
        var offset = 0
        if !rest.isEmpty {
            let taken = min(64 - rest.count, bytes.count)
            rest.append(contentsOf: bytes[0..<taken])
            offset = taken
            guard rest.count == 64 else { return }
            rest.withUnsafeBytes { block in compress(block) }
            rest.removeAll(keepingCapacity: true)
        }
        while offset + 64 <= bytes.count {
            compress(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 64]))
            offset += 64
        }
        rest.append(contentsOf: bytes[offset...])
    }

    mutating func finish() -> [UInt8] {
        let bits = length * 8
        var tail: [UInt8] = [0x80]
        let used = (rest.count + 1) % 64
        tail.append(contentsOf: [UInt8](repeating: 0, count: used <= 56 ? 56 - used : 120 - used))
        for shift in stride(from: 56, through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        tail.withUnsafeBytes { update($0) }
        return state.flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private mutating func compress(_ block: UnsafeRawBufferPointer) {
        var w = [UInt32](repeating: 0, count: 64)
        for i in 0..<16 { w[i] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self)) }
        func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { (x >> n) | (x << (32 - n)) }
        for i in 16..<64 {
            let s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3)
            let s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10)
            w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
        }
        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7])
        for i in 0..<64 {
            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let t1 = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ Self.constants[i] &+ w[i]
            let t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
        }
        for (i, value) in [a, b, c, d, e, f, g, h].enumerated() { state[i] = state[i] &+ value }
    }
}
