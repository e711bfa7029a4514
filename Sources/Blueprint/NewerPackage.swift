/// A package that others are built with, put in the place of an older one that they ask for: after `npm install`, in `node_modules` alone.
public struct NewerPackage: Sendable, Equatable {
    /// Its name at npm, such as `nan`.
    public var name: String
    /// Those below this version are replaced, wherever in `node_modules` they lie.
    public var least: String
    /// By this one.
    public var version: String

    /// As words of a command.
    public var words: [String] { [name, least, version] }
}
