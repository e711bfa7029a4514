public import Blueprint
public import Machine
public import Overview

/// What `verify` found last, kept for whoever shows the site.
public enum VerificationRecord {
    /// Keeps it.
    /// - Throws: `Failure` where it cannot be written.
    public static func write(_ verification: SiteOverview.Verification, _ layout: Layout, files: Files) throws {
        try files.write(record: verification, to: layout.verified)
    }

    /// Reads it back; `nil` where there is none.
    static func read(_ layout: Layout, files: Files) -> SiteOverview.Verification? {
        files.record(SiteOverview.Verification.self, at: layout.verified)
    }
}
