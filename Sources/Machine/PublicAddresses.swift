import Foundation

extension Computer {
    /// The IPv4 addresses of this computer's own interfaces that the whole internet can reach, as far as their numbers tell; a
    /// computer behind a router has none.
    public static var publicAddresses: [String] { ownAddresses.filter(isPublic) }

    /// All IPv4 addresses of this computer's own interfaces.
    public static var ownAddresses: [String] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [String] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let address = entry.pointee.ifa_addr, Int32(address.pointee.sa_family) == AF_INET else { continue }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
                continue
            }
            let number = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if !found.contains(number) { found.append(number) }
        }
        return found
    }

    /// Whether an IPv4 address is none of those kept for other purposes (RFC 6890).
    static func isPublic(_ address: String) -> Bool {
        let parts = address.split(separator: ".").compactMap { UInt8($0) }
        guard parts.count == 4 else { return false }
        switch (parts[0], parts[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (172, 16...31), (192, 168), (100, 64...127), (224..., _):
            return false
        default: return true
        }
    }
}
