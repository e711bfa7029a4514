/// Keys that nobody can guess.
enum RandomKey {
    /// 256 bits as 64 hexadecimal digits.
    static func draw() -> String {
        var generator = SystemRandomNumberGenerator()  // getrandom(2)
        return (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
