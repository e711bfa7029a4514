import Site
import Testing

@Suite struct `An amount of memory` {
    @Test(arguments: [
        ("512MB", 512 << 20), ("1GB", 1 << 30), ("64kB", 64 << 10), ("2 TB", 2 << 40), ("0MB", 0), ("7B", 7),
    ])
    func `is read as PostgreSQL does`(text: String, bytes: Int) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "512", "MB", "512mb", "512M", "-1MB", "1.5GB", "1  GB", " 1GB", "9999999999999TB", "1GBs", "１GB",
    ])
    func `is refused when it is not one`(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test(arguments: [
        (ByteCount.megabytes(512), "512MB"), (.megabytes(1024), "1GB"), (.megabytes(1536), "1536MB"),
        (.kilobytes(40), "40kB"), (ByteCount(bytes: 1), "1B"), (ByteCount(bytes: 0), "0B"),
    ])
    func `is printed in the largest unit that divides it`(amount: ByteCount, text: String) {
        #expect(amount.description == text)
        #expect(ByteCount(text) == amount)
    }
}
