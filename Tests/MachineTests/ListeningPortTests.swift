import Foundation
import Machine
import Testing

@Suite struct `A listening port` {
    static let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 292264 1 000000007365886d 100 0 0 10 0
           1: 0100007F:0949 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 189620 1 000000007a822ede 100 0 0 10 0
           2: 0100007F:1F90 0100007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 77 1 000000007a822ede 100 0 0 10 0
           3: 0100007F:0050 0100007F:C001 06 00000000:00000000 03:00000FA0 00000000     0        0 0 3 000000007a822ede

        """
    static let table6 = """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 00000000 100 0 0 10 0

        """

    @Test func `is found in the kernel's table by its hexadecimal number`() {
        #expect(ListeningPort.inode(listeningOn: 443, in: Self.table) == "292264")
        #expect(ListeningPort.inode(listeningOn: 2377, in: Self.table) == "189620")
        #expect(ListeningPort.inode(listeningOn: 8080, in: Self.table6) == "4242")
    }

    @Test(arguments: [8080, 80, 49153, 1]) func `is not one that is only connected, closing, remote or absent`(
        port: Int
    ) {
        #expect(ListeningPort.inode(listeningOn: port, in: Self.table) == nil)
    }

    @Test func `is nobody's in an empty or cut table`() {
        #expect(ListeningPort.inode(listeningOn: 80, in: "") == nil)
        #expect(ListeningPort.inode(listeningOn: 443, in: "head\n 0: 00000000:01BB 00000000:0000 0A") == nil)
    }

    @Test func `is found with its program and process, until it is closed`() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) + getsockname(descriptor, $0, &length)
            }
        }
        try #require(bound == 0)
        let port = Int(UInt16(bigEndian: address.sin_port))
        #expect(ListeningPort.find(port) == nil)
        try #require(listen(descriptor, 1) == 0)
        let found = try #require(ListeningPort.find(port))
        #expect(found.port == port)
        #expect(found.process == Int(ProcessInfo.processInfo.processIdentifier))
        #expect(found.program?.isEmpty == false)
        close(descriptor)
        #expect(ListeningPort.find(port) == nil)
    }
}
