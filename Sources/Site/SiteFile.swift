/// The site file: what the administrator writes.
public enum SiteFile {
    /// Reads the bytes of a site file. See `read(text:name:)`.
    ///
    /// - Parameter name: How diagnostics call the file.
    public static func read(bytes: [UInt8], name: String) throws(SiteFileErrors) -> Site {
        var complaints = Complaints(file: name)
        let text = SiteText.decode(bytes, complaints: &complaints)
        try complaints.throwIfAny()
        return try read(text: text, name: name)
    }

    /// Reads the text of a site file: checks everything and, when anything is wrong, tells all of it.
    ///
    /// - Parameter name: How diagnostics call the file.
    public static func read(text: String, name: String) throws(SiteFileErrors) -> Site {
        var complaints = Complaints(file: name)
        let text = SiteText.withoutByteOrderMark(text)

        // Text that YAML cannot read, or that is not what it looks like, says nothing reliable about its keys.
        SiteText.check(text, complaints: &complaints)
        try complaints.throwIfAny()

        let document = YAMLDocument.compose(text, complaints: &complaints)
        var reader = SettingReader(complaints: complaints, ignored: document.repeatedKeys)
        if let root = document.root { reader.readRoot(root) }
        let site = reader.site()
        try reader.complaints.throwIfAny()
        return site
    }
}
