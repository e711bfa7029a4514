import Foundation
import Machine
import Site
import TestSupport
import Testing

@testable import Keeper

@Suite struct `The remembered site` {
    @Test func `is read anew when the file is another one, and only then`() throws {
        let (folder, files, remembered) = (TemporaryFolder(), Files(), RememberedSite())
        let path = folder.path + "/site.yaml"
        #expect(remembered.read(path, files) == nil)
        try files.write("name: one\n", to: path)
        #expect(remembered.read(path, files)?.name == "one")
        // Put in place as every file of ours is: another file under the same name, of the same size.
        try files.write("name: two\n", to: path)
        #expect(remembered.read(path, files)?.name == "two")
        try files.write("name: [\n", to: path)
        #expect(remembered.read(path, files) == nil)
        try files.write("name: two\n", to: path)
        #expect(remembered.read(path, files)?.name == "two")
        try files.remove(path)
        #expect(remembered.read(path, files) == nil)
    }
}
