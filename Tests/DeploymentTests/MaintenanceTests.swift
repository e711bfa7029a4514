import Foundation
import Testing

@testable import Deployment

/// What visitors are shown while somebody works on the server.
@Suite struct MaintenanceTests {
    @Test func `the page says it in both languages, and a note is shown as it was typed`() {
        let page = Maintenance.page(note: #"until <b>18:00</b> & no "later""#)
        #expect(page.contains("На сайте идут работы") && page.contains("under maintenance"))
        #expect(page.contains(#"<p>until &lt;b&gt;18:00&lt;/b&gt; &amp; no "later"</p>"#))
        #expect(!Maintenance.page(note: nil).contains("<p></p>"))
    }
}
