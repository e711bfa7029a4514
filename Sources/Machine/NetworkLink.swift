/// The network card that leads out, and how fast it says its link is.
public struct NetworkLink: Sendable, Equatable {
    /// What is known of the speed.
    public enum Speed: Sendable, Equatable {
        /// What the card agreed on with the other end, in Mbit/s.
        case agreed(Int)
        /// Some software plays the card: its figure, if it shows one, measures nothing.
        case played(by: String)
        /// It shows none, as a wireless card does.
        case unknown
    }

    /// The card's name, such as `eth0`.
    public var card: String
    /// How fast the link is.
    public var speed: Speed

    /// Makes one from its parts; `read` asks this computer.
    public init(card: String, speed: Speed) {
        self.card = card
        self.speed = speed
    }

    /// Reads the card of the default route; `nil` where nothing leads out.
    /// - Parameter root: the folder that /proc and /sys are looked for in; tests name another.
    public static func read(root: String = "") -> NetworkLink? {
        let files = Files()
        guard
            let card = card(in: files.text(of: root + "/proc/net/route") ?? "")
                ?? card6(in: files.text(of: root + "/proc/net/ipv6_route") ?? "")
        else { return nil }
        if let hypervisor = Hypervisor.read(root: root) {
            return NetworkLink(card: card, speed: .played(by: hypervisor.name))
        }
        let cards = hardware(below: card, root: root)
        guard !cards.isEmpty else { return NetworkLink(card: card, speed: .played(by: "the kernel")) }
        let speeds = cards.compactMap {
            files.text(of: "\(root)/sys/class/net/\($0)/speed").flatMap { Int($0.trimmed) }
        }
        return NetworkLink(card: card, speed: speeds.filter { $0 > 0 }.max().map { .agreed($0) } ?? .unknown)
    }

    /// The cards of hardware that a card is or is laid over: a bridge, a bond and a VLAN name theirs as `lower_NAME`.
    private static func hardware(below card: String, root: String) -> [String] {
        let names = Files().names(in: "\(root)/sys/class/net/\(card)")
        if names.contains("device") { return [card] }
        return names.filter { $0.hasPrefix("lower_") }.flatMap {
            hardware(below: String($0.dropFirst("lower_".count)), root: root)
        }
    }

    /// The card of the default route in /proc/net/route: destination 00000000.
    static func card(in table: String) -> String? {
        for line in table.split(whereSeparator: \.isNewline).dropFirst() {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 2, words[1] == "00000000" { return String(words[0]) }
        }
        return nil
    }

    /// The same in /proc/net/ipv6_route, where a route that refuses everything is one of `lo`.
    static func card6(in table: String) -> String? {
        for line in table.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 9, words[0].allSatisfy({ $0 == "0" }), words[1] == "00", words[9] != "lo" {
                return String(words[9])
            }
        }
        return nil
    }
}
